"""keys hash."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.changes import label
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.gateway.secrets.masking import shown_hash, shown_name
from bifrost_keys.operations.hash import list_hashes


def hash_(
    session: Session,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="Show these keys only: NAME, PROVIDER/NAME or id.", show_default=False
        ),
    ] = None,
    env: Annotated[
        bool,
        flag("--env", "Resolve references inside config objects from this environment.", OPTIONS_PANEL),
    ] = False,
) -> int:
    """Show each key's hash as the gateway computes it, beside the recorded one.

    Examples:
      keys hash
      keys hash openai/prod azure/eu --env
      keys hash -o json --gateway-release 1.5.1
    """
    snapshot = session.config_store().read(lenient=True)
    basis = snapshot.gateway.basis
    environ = os.environ if env else None
    views = list(list_hashes(snapshot, names or (), basis=basis, environ=environ))
    if session.output == "json":
        told = [
            {
                "provider": shown_name(view.provider),
                "name": view.name and shown_name(view.name),
                "hash": view.hash,
                "recorded": view.recorded and shown_hash(view.recorded),
                "match": view.match,
                "reproducible": view.reproducible,
            }
            for view in views
        ]
        emit_json({"keys": told, "total": len(told)})
    elif session.output == "name":
        emit("".join(label(view.provider, view.name) + "\n" for view in views))
    elif not session.quiet:
        rows = [
            (label(view.provider, view.name), view.hash, _match(view.match, view.reproducible))
            for view in views
        ]
        emit_table(session, Columns(("key", "hash", "recorded"), rows))
    return 0


def _match(match: bool | None, reproducible: bool) -> str:
    if match:
        return "equal"
    if not reproducible:
        return "only the gateway knows it"
    return "none" if match is None else "differs"
