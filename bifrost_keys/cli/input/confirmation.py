"""Ask for confirmation before keys are deleted, with the consequences above the question."""

from __future__ import annotations

from bifrost_keys.cli.input.questions import ask_line
from bifrost_keys.cli.output.keys import value_cell
from bifrost_keys.cli.output.messages import say_all
from bifrost_keys.cli.output.streams import print_to_stderr
from bifrost_keys.cli.output.tables import Cell, Column, Part, Row, Table, line, parts_text
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.results import ChangeReport, KeyChange

_YES = ("y", "yes")


def confirm_deletion(session: Session, planned: ChangeReport) -> None:
    """Ask whether to delete the keys that ``planned`` would delete; raise UsageError unless confirmed.

    Nothing is asked if nothing would be deleted.
    """
    gone = [change for change in planned.changes if change.action == "deleted"]
    providers = planned.details.pruned or ()
    if not (gone or providers):
        return
    # The answer depends on the warnings, so they are shown with --quiet and JSON too.
    say_all(planned.notices, screen=session.err)
    columns = (Column("key", comfort=24), Column("value", rank=1, comfort=20), Column("models", 2, 16))
    parts: list[Part] = [Table(columns, [_row(change) for change in gone])] if gone else []
    parts += [line(f"provider {shown_name(provider)}") for provider in providers]
    print_to_stderr(parts_text(parts, session.err).rstrip("\n"))
    answer = ask_line(f"delete {_what(len(gone))}? [y/N] ")
    if answer is None or answer.strip().lower() not in _YES:
        raise UsageError("nothing was deleted", code="confirmation-declined")


def _what(keys: int) -> str:
    return "this provider" if not keys else "this key" if keys == 1 else f"these {keys} keys"


def _row(change: KeyChange) -> Row:
    return Row((Cell(change.label), value_cell(change.key["value"]), value_cell(change.key["models"])))
