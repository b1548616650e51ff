"""INT, TERM and HUP: they end a run that has written nothing, and wait for one that is writing.

The exit codes 130, 143 and 129 promise that nothing was written. So the three signals are blocked
while a transaction holds its lock; after a write the first is swallowed, and a second one ends the run
with the exit code of a result that was not told.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bifrost_keys.errors import IOFailureError

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_written = False
_asked = False


class Interrupted(BaseException):
    """A signal ended the run before anything was written."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def _interrupt(number: int, _: FrameType | None) -> None:
    global _asked
    if not _written:
        raise Interrupted(number)
    if _asked:
        message = "written: but the run was ended before it could tell its result"
        raise IOFailureError(message, code="output_failed")
    # The result is on its way; it may hang on whoever reads it, so a second signal is obeyed.
    _asked = True


@contextmanager
def handled(*, final: bool = False) -> Iterator[None]:
    """Turn the three signals into ``Interrupted`` for the time of a run; one that is ignored stays so.

    ``final`` means that the process ends after this: when something was written, the signals are
    ignored from then on, for the process must not seem to be ended by one.
    """
    global _written, _asked
    _written = _asked = False
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, action in before.items():
        if action is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        yield
    finally:
        for number, action in before.items():
            if action is not None:
                signal.signal(number, signal.SIG_IGN if final and _written else action)


@contextmanager
def blocked() -> Iterator[None]:
    """Let the three signals wait until the end of this block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def written() -> None:
    """Note that the file was written: from now on a signal no longer means that nothing was."""
    global _written
    _written = True


def has_written() -> bool:
    """Whether this run wrote the file."""
    return _written
