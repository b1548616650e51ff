"""A question at the terminal before keys are deleted, with what follows from it above."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from bifrost_keys.cli.output.changes import cell, label, tell_warnings
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.session import Session, print_to_stderr
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.results import ChangeReport, KeyChange

_YES = ("y", "yes")


def confirm_deletion(session: Session, planned: ChangeReport) -> None:
    """Ask whether the keys that ``planned`` would delete may go; raises UsageError for any other answer.

    Nothing is asked where nothing would be deleted.
    """
    gone = [change for change in planned.changes if change.action == "deleted"]
    providers = planned.details.get("pruned", ())
    if not (gone or providers):
        return
    tell_warnings(session, planned.notices)
    for line in _lines(gone):
        print_to_stderr(line)
    for provider in providers:
        print_to_stderr(shown(f"  provider {shown_name(provider)}"))
    sys.stderr.write(f"delete {_what(len(gone))}? [y/N] ")
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


def _what(keys: int) -> str:
    return "this provider" if not keys else "this key" if keys == 1 else f"these {keys} keys"


def _lines(gone: Iterable[KeyChange]) -> Iterable[str]:
    for change in gone:
        models = shown(cell(change.key["models"]))
        name = label(change.provider, change.key["name"])
        yield f"  {name}  {shown(cell(change.key['value']))}  models {models}"
