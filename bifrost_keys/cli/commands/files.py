"""keys init and keys path."""

from __future__ import annotations

from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT
from bifrost_keys.cli.output.changes import change_json
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.operations.results import ChangeReport


def init(session: Session) -> int:
    """Create the smallest valid config.json, for its owner's eyes only.

    Example: keys init --app-dir ~/bifrost
    """
    from bifrost_keys.stores.config_file.store import create_file, text_digest

    path = create_file(
        session.location().path, INITIAL_TEXT, lock_timeout=session.lock_timeout, on_wait=session.say_waiting
    )
    if session.quiet:
        return 0
    if session.output == "json":
        made = ChangeReport(path, (), (), None, text_digest(INITIAL_TEXT), changed=True, dry_run=False)
        emit_json(change_json(made), written=True)
    else:
        emit(shown(path), written=True)
    return 0


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
