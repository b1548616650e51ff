"""keys list."""

from __future__ import annotations

from typing import Annotated

import typer

from bifrost_keys.cli.options import OPTIONS_PANEL, flag, value_option
from bifrost_keys.cli.output.changes import label, list_table, tell_warnings, warning_json
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.list import Filters, list_keys
from bifrost_keys.stores.protocol import Notice, Snapshot


def list_(
    session: Session,
    provider: Annotated[
        str | None,
        typer.Argument(metavar="PROVIDER", help="List the keys of this provider only.", show_default=False),
    ] = None,
    model: Annotated[
        str | None,
        value_option("--model", "MODEL", "List only the keys that may serve this model.", OPTIONS_PANEL),
    ] = None,
    enabled: Annotated[
        bool | None,
        flag("--enabled/--disabled", "List only the enabled keys, or only the disabled ones.", OPTIONS_PANEL),
    ] = None,
) -> int:
    """List the keys, secrets masked.

    Examples:
      keys list
      keys list openai --enabled
      keys list --model gpt-4o
      keys list -o name | xargs keys disable --dry-run
    """
    snapshot = session.store().read(lenient=True)
    views = list(list_keys(snapshot, provider, Filters(model, enabled)))
    notices = _gateway_values(snapshot, provider, model=model, enabled=enabled)
    tell_warnings(session, notices)
    if session.output == "json":
        told = [{"provider": shown_name(view.provider), "key": view.key} for view in views]
        warnings = {"warnings": [warning_json(notice) for notice in notices]} if notices else {}
        emit_json({"keys": told, "total": len(views), **warnings})
    elif session.output == "name":
        emit("".join(label(view.provider, view.key["name"]) + "\n" for view in views))
    elif not session.quiet:
        total = f"{len(views)} key{'' if len(views) == 1 else 's'} in {shown(snapshot.source)}"
        emit_table(session, *([list_table(views)] if views else []), total)
    return 0


def _gateway_values(
    snapshot: Snapshot, provider: str | None, *, model: str | None, enabled: bool | None
) -> list[Notice]:
    """What the running gateway uses instead of the file, of the fields that the keys were filtered by."""
    from bifrost_keys.operations.gateway_values import gateway_values
    from bifrost_keys.stores.config_file.snapshot import FileSnapshot

    fields = {"enabled"} if enabled is not None else set()
    fields |= {"models", "blacklisted_models"} if model is not None else set()
    if not fields or not isinstance(snapshot, FileSnapshot):
        return []
    return [each for each in gateway_values(snapshot, provider, fields) if each.code == "gateway-differs"]
