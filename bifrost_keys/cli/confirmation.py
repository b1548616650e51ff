"""A question at the terminal before keys are deleted, with what follows from it above."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from bifrost_keys.cli.output.changes import cell, label, tell_warnings
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.session import Session, print_to_stderr
from bifrost_keys.errors import UsageError
from bifrost_keys.operations.results import ChangeReport, KeyChange

_YES = ("y", "yes")


def confirm_deletion(session: Session, planned: ChangeReport) -> None:
    """Ask whether the keys that ``planned`` would delete may go; raises UsageError for any other answer.

    Nothing is asked where nothing would be deleted.
    """
    gone = [change for change in planned.changes if change.action == "deleted"]
    if not gone:
        return
    tell_warnings(session, planned.notices)
    for line in _lines(gone):
        print_to_stderr(line)
    sys.stderr.write(f"delete {'this key' if len(gone) == 1 else f'these {len(gone)} keys'}? [y/N] ")
    sys.stderr.flush()
    try:
        answer = sys.stdin.readline()
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        raise
    if not answer.endswith("\n"):
        sys.stderr.write("\n")
    if answer.strip().lower() not in _YES:
        raise UsageError("not deleted", code="declined")


def _lines(gone: Iterable[KeyChange]) -> Iterable[str]:
    for change in gone:
        models = shown(cell(change.key["models"]))
        name = label(change.provider, change.key["name"])
        yield f"  {name}  {shown(cell(change.key['value']))}  models {models}"
