"""Handle INT, QUIT, TERM and HUP: stop before a write, never during one.

The exit codes 130, 131, 143 and 129 promise that nothing was written, except at a gateway, which cannot
undo a change: the error then says which changes were made. While the program reads, waits or plans, a
signal ends it at once; further signals within two seconds are ignored. The signals are blocked only from
the creation of the temporary file to the fsync of the directory. After a write the first signal is ignored,
because the result is about to be printed; the second ends the run, with the exit code for a result that
could not be printed.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bifrost_keys.errors import IOFailureError

# QUIT too: by default it could leave the terminal without echo, and write secrets to a core dump.
_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
_REPEATED_SECONDS = 2.0
_written: str | None = None
_begun: str | None = None
_asked = False
_ended = -_REPEATED_SECONDS
_raised: Interrupted | None = None


class Interrupted(BaseException):
    """A signal ended the run before anything was written."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def _interrupt(number: int, _: FrameType | None) -> None:
    global _asked, _ended, _raised
    if _written is None:
        # INT is often sent twice, or followed by HUP. A second exception would interrupt the cleanup after
        # the first.
        now = time.monotonic()
        if now - _ended > _REPEATED_SECONDS:
            _ended = now
            _raised = Interrupted(number)
            raise _raised
        return
    if _asked:
        message = f"written: {_written}, but the run was ended before it could print its result"
        raise IOFailureError(message, code="output-failed")
    # The result is being printed. That may block if nobody reads it, so a second signal ends the run.
    _asked = True


@contextmanager
def handled(*, final: bool = False) -> Iterator[None]:
    """Turn the signals into ``Interrupted`` for the duration of the block; ignored signals stay ignored.

    ``final`` says that the process ends after this. If something was written, the signals are then ignored:
    the exit code must not claim that a signal stopped the run before it wrote.
    """
    global _written, _begun, _asked, _ended, _raised
    _written, _begun, _asked, _ended, _raised = None, None, False, -_REPEATED_SECONDS, None
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number, action in before.items():
        if action is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    hook = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if lost.exc_value is _raised else hook(lost)
    try:
        yield
    finally:
        _raised = None
        sys.unraisablehook = hook
        for number, action in before.items():
            if action is not None:
                signal.signal(number, signal.SIG_IGN if final and _written is not None else action)


@contextmanager
def held_back() -> Iterator[None]:
    """Block the signals until the end of this block.

    This covers only the calling thread; any other thread of the process must block the signals itself.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # Inside ``try``, because a signal that arrived just before is handled here and may raise.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def raise_lost() -> None:
    """Raise the ``Interrupted`` of a signal that came while a compiled library could not pass it on.

    A library written in Rust or C calls Python back in places where it ignores every exception.
    """
    if _raised is not None:
        raise _raised


def written(path: str) -> None:
    """Record that the file at ``path`` was written, so that a signal no longer stops the run."""
    global _written
    _written = path


def begun(place: str) -> None:
    """Record that changes at ``place`` have begun, which the end of the run does not undo."""
    global _begun
    _begun = place


def has_written() -> bool:
    """Return whether this run wrote a file."""
    return _written is not None


def outcome() -> str:
    """Return what an error must report: the file that was written, changes that may be made, or nothing."""
    if _written is not None:
        return f"{_written} was written"
    return "nothing was written" if _begun is None else f"some of the changes at {_begun} may have been made"
