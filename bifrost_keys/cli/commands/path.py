"""keys path."""

from __future__ import annotations

from typing import Annotated

import typer

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session


def path(
    session: Session,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say which rule chose the file, and what else was tried.")
    ] = False,
) -> int:
    """Print which config.json is used.

    Example: keys path --explain
    """
    location = session.location()
    tried = [
        {"rule": place.rule, "path": place.path or None, "result": place.why} for place in location.tried
    ]
    if session.output == "json":
        emit_json({"path": location.path, "rule": location.rule, **({"tried": tried} if explain else {})})
    elif explain:
        rows = [(place.rule, shown(place.path), place.why) for place in location.tried]
        emit_table(session, shown(location.path), Columns(("rule", "path", "result"), rows))
    else:
        emit(shown(location.path))
    return 0
