"""keys export."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.changes import label, tell_warnings, warning_json
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import emit, emit_json
from bifrost_keys.cli.session import Session, print_to_stderr
from bifrost_keys.stores.protocol import Notice


def export(
    session: Session,
    provider: Annotated[
        str | None,
        typer.Argument(metavar="PROVIDER", help="Export the keys of this provider only.", show_default=False),
    ] = None,
    env: Annotated[
        bool,
        flag("--env", "Print the variables that the file refers to, as a .env template.", OPTIONS_PANEL),
    ] = False,
    reveal: Annotated[bool, flag("--reveal", "Print literal secrets too.", OPTIONS_PANEL)] = False,
) -> int:
    """Print the keys in the form that apply reads, without literal secrets.

    Examples:
      keys export > desired.json
      keys export openai | keys apply - --config other.json
      keys export --env > bifrost.env.example
    """
    from bifrost_keys.operations.export import export_keys, referenced_variables

    if env:
        snapshot = session.config_store().read()
        found = referenced_variables(snapshot, provider)
        emit("".join(f"# {shown(', '.join(places))}\n{name}=\n" for name, places in found.items()))
        return 0
    exported = export_keys(session.store().read(), provider, reveal=reveal)
    if session.output == "name":
        keys = ((name, key) for name, its in exported.data["providers"].items() for key in its["keys"])
        emit("".join(f"{label(name, key.get('name'))}\n" for name, key in keys))
        return 0
    emit_json(exported.data)
    if exported.left_out:
        message = f"literal secrets were left out of {', '.join(exported.left_out)}"
        hint = "apply keeps those that are there; --reveal prints those of a file"
        _tell(session, Notice("secrets-left-out", message, hint))
    return 0


def _tell(session: Session, notice: Notice) -> None:
    """A warning beside a result that has no place for it: on standard error, with JSON as JSON."""
    if session.output == "json":
        print_to_stderr(json.dumps({"warnings": [warning_json(notice)]}))
    else:
        tell_warnings(session, [notice])
