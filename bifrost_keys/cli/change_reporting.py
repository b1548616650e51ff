"""How a change of the file begins and ends: the text of a new file, the outcome told, the filter's output."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.cli.output.changes import render_change
from bifrost_keys.cli.output.streams import give_up_stdout
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import IOFailureError, UsageError
from bifrost_keys.operations.results import ChangeReport
from bifrost_keys.stores.files.signals import outcome
from bifrost_keys.stores.protocol import Notice

if TYPE_CHECKING:
    from bifrost_keys.stores.config_file.store import FileStore
    from bifrost_keys.stores.gateway_api.store import GatewayStore
    from bifrost_keys.stores.stream import StreamStore

INITIAL_TEXT: Final = '{\n  "$schema": "https://www.getbifrost.ai/schema",\n  "providers": {}\n}\n'


def finish(
    session: Session,
    store: FileStore | StreamStore | GatewayStore,
    report: ChangeReport,
    more: Sequence[Notice] = (),
    *,
    diff: bool = False,
) -> int:
    """Tell the outcome of a change; in filter mode the changed file itself is the output."""
    require_place(session, dry_run=report.dry_run)
    notices = [*report.notices, *more, *session.close()]
    if store.exposed and report.changed and not session.quiet:
        message = f"{report.path} is readable by other users; run chmod 600 to protect its secrets"
        notices.append(Notice("config-exposed", message))
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
    return [Notice("field-ignored", f"{member} is the gateway's own and was left out") for member in members]


def _emit_bytes(store: Any) -> None:
    try:
        sys.stdout.buffer.write(store.output)
        sys.stdout.buffer.flush()
    except (AttributeError, OSError, ValueError):
        give_up_stdout()
        # Externalize has written the environment file all the same.
        message = f"the changed file could not be printed; {outcome()}"
        raise IOFailureError(message, code="output-failed") from None
