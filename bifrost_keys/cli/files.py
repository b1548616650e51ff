"""keys init and keys path; and how every change ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bifrost_keys.cli.output import emit, emit_json, emit_table, give_up_stdout, plain_table
from bifrost_keys.cli.render import render_change
from bifrost_keys.cli.session import Session
from bifrost_keys.cli.text import shown
from bifrost_keys.errors import IOFailureError, UsageError
from bifrost_keys.operations.results import ChangeReport, Notice

if TYPE_CHECKING:
    from bifrost_keys.storage.store import FileStore
    from bifrost_keys.storage.stream import StreamStore

INITIAL_TEXT: Final = '{\n  "$schema": "https://www.getbifrost.ai/schema",\n  "providers": {}\n}\n'


def init(session: Session) -> int:
    """Create the smallest valid config.json, for its owner's eyes only.

    Example: keys init --app-dir ~/bifrost
    """
    from bifrost_keys.storage.store import create_file

    path = create_file(
        session.location().path, INITIAL_TEXT, lock_timeout=session.lock_timeout, on_wait=session.say_waiting
    )
    if session.quiet:
        return 0
    if session.output == "json":
        emit_json({"changed": True, "config": {"path": path}}, written=True)
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
        emit_table(session, shown(location.path), plain_table(("rule", "path", "result"), rows))
    else:
        emit(shown(location.path))
    return 0


def finish(
    session: Session,
    store: FileStore | StreamStore,
    report: ChangeReport,
    more: Sequence[Notice] = (),
    *,
    diff: bool = False,
) -> int:
    """Tell the outcome of a change; in filter mode the changed file itself is the output."""
    require_place(session, dry_run=report.dry_run)
    notices = [*report.notices, *more]
    if store.exposed and report.changed and not session.quiet:
        message = f"{report.path} can be read by others than its owner: chmod 600 keeps its secrets"
        notices.append(Notice("config_exposed", message))
    if session.stdout:
        _emit_bytes(store)
    render_change(session, report._replace(notices=tuple(notices)), diff=diff)
    return 0


def require_place(session: Session, *, dry_run: bool) -> None:
    """Raise UsageError for a change of a file that came on standard input and goes nowhere."""
    if session.config == "-" and not session.stdout and not dry_run:
        hint = "give --stdout, and the changed file goes to standard output"
        raise UsageError("a file from standard input has no place to be written", hint=hint)


def left_out_notices(members: Sequence[str]) -> list[Notice]:
    """A warning for each member of a request body that is the gateway's own."""
    return [Notice("field_ignored", f"{member} is the gateway's own and was left out") for member in members]


def _emit_bytes(store: Any) -> None:
    try:
        sys.stdout.buffer.write(store.output)
        sys.stdout.buffer.flush()
    except (AttributeError, OSError, ValueError):
        give_up_stdout()
        raise IOFailureError("the changed file could not be printed", code="output_failed") from None
