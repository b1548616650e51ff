"""Report the outcome of a change: messages, warnings, and the changed file in filter mode."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.cli.output.changes import ChangeResult
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.messages import say_warnings
from bifrost_keys.cli.output.streams import give_up_stdout, print_to_stderr
from bifrost_keys.cli.selection import Change
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import IOFailureError, UsageError
from bifrost_keys.operations.results import ChangeReport
from bifrost_keys.stores.files.signals import outcome
from bifrost_keys.stores.protocol import Notice, Store

if TYPE_CHECKING:
    from bifrost_keys.operations.check import Finding

INITIAL_TEXT: Final = '{\n  "$schema": "https://www.getbifrost.ai/schema",\n  "providers": {}\n}\n'


def made(
    session: Session, store: Store, change: Change, *, test: bool = False, dry_run: bool = False
) -> ChangeReport:
    """Make a change, with ``test`` only of keys that work: raises KeyTestError for another one."""
    if test:
        return session.selection.change_tested(store, change, dry_run=dry_run)
    return change(store, dry_run=dry_run)


def finish(
    session: Session,
    store: Store,
    report: ChangeReport,
    more: Sequence[Notice] = (),
    *,
    diff: bool = False,
    left: Sequence[Finding] | None = None,
) -> int:
    """Report the outcome of a change. In filter mode the changed file itself is the output.

    Its outcome for programs is then on standard error. ``left`` are the findings that are left after a fix.
    """
    require_place(session, dry_run=report.dry_run)
    notices = session.selection.placed([*report.notices, *more, *_refused_keys(report)])
    notices += [*session.passed_over(), *session.close()]
    if store.exposed and report.changed:
        message = f"{report.path} is readable by other users"
        notices.append(Notice("config-exposed", message, "run chmod 600 to protect its secrets"))
    result = ChangeResult(report._replace(notices=tuple(notices)), diff, session.verbose, left)
    if session.stdout and session.format.structured:
        _emit_bytes(store)
        if not session.quiet:
            print_to_stderr(json.dumps(result.json()))
        return 0
    # The result comes first. If it cannot be printed, the warnings are printed nevertheless.
    try:
        if session.stdout:
            _emit_bytes(store)
        else:
            show(session, result, written=report.changed and not report.dry_run)
    finally:
        say_warnings(session, notices)
    return 0


def _refused_keys(report: ChangeReport) -> Iterator[Notice]:
    """Return a warning about each key with which a running gateway could not list the provider's models."""
    for change in report.changes:
        if change.outcome is not None and change.outcome.gateway_status == "list_models_failed":
            about = change.outcome.description
            message = (
                f"the gateway could not list the provider's models with it{f': {about}' if about else ''}"
            )
            hint = f"to test the key: keys test {change.label}"
            yield Notice("list-models-failed", message, hint, change.provider, change.key["name"])


def require_place(session: Session, *, dry_run: bool) -> None:
    """Raise UsageError for a change of a file from standard input that is not written anywhere."""
    if session.config == "-" and not session.stdout and not dry_run:
        hint = "add --stdout to write the changed file to standard output"
        raise UsageError("a file from standard input has no place to be written", hint=hint)


def left_out_notices(members: Sequence[str]) -> list[Notice]:
    """Return a warning for each member of a request body that belongs to the gateway."""
    return [Notice("field-ignored", f"{member} belongs to the gateway and was omitted") for member in members]


def _emit_bytes(store: Any) -> None:
    try:
        sys.stdout.buffer.write(store.output)
        sys.stdout.buffer.flush()
    except (AttributeError, OSError, ValueError):
        give_up_stdout()
        # Externalize has written the environment file nevertheless.
        message = f"the changed file could not be printed; {outcome()}"
        raise IOFailureError(message, code="output-failed") from None
