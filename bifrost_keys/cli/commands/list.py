"""keys list."""

from __future__ import annotations

from typing import Annotated

import typer

from bifrost_keys.cli.output.changes import label, list_table
from bifrost_keys.cli.output.streams import emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.operations.list import Filters, list_keys


def list_(
    session: Session,
    provider: Annotated[
        str | None, typer.Argument(metavar="PROVIDER", help="Only this provider's.", show_default=False)
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="Only keys that may serve it.", show_default=False),
    ] = None,
    enabled: Annotated[
        bool | None,
        typer.Option("--enabled/--disabled", help="Only enabled, or only disabled keys.", show_default=False),
    ] = None,
) -> int:
    """List the keys, secrets masked.

    Example: keys list openai --enabled
    """
    snapshot = session.store().read(lenient=True)
    views = list(list_keys(snapshot, provider, Filters(model, enabled)))
    if session.output == "json":
        told = [{"provider": view.provider, "key": view.key} for view in views]
        emit_json({"keys": told, "total": len(views)})
    elif session.output == "name":
        emit("".join(label(view.provider, view.key["name"]) + "\n" for view in views))
    elif not session.quiet:
        total = f"{len(views)} key{'' if len(views) == 1 else 's'}"
        emit_table(session, *([list_table(views)] if views else []), total)
    return 0
