"""INT, QUIT, TERM and HUP end a run that has written nothing, and wait for one that is writing.

The exit codes 130, 131, 143 and 129 promise that nothing was written, unless the run says what was done
before it at a gateway, which cannot undo it. A run that reads, waits or plans ends at once, and a signal
that follows within two seconds is the same wish. The signals are held back only from the temporary file
of a write to the flush of its directory. After a write the first signal is ignored, because the result is
about to be printed; a second one ends the run with the exit code of a result that could not be printed.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bifrost_keys.errors import IOFailureError

# QUIT too: its default action would leave the terminal without echo, and secrets in a core dump.
_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
_REPEATED_SECONDS = 2.0
_written: str | None = None
_begun: str | None = None
_asked = False
_ended = -_REPEATED_SECONDS


class Interrupted(BaseException):
    """A signal ended the run before anything was written."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def _interrupt(number: int, _: FrameType | None) -> None:
    global _asked, _ended
    if _written is None:
        # INT twice, or INT and then HUP, is one wish: a second exception would cut the first one's end short.
        now = time.monotonic()
        if now - _ended > _REPEATED_SECONDS:
            _ended = now
            raise Interrupted(number)
        return
    if _asked:
        message = f"written: {_written}, but the run was ended before it could print its result"
        raise IOFailureError(message, code="output-failed")
    # The result is on its way. It may hang because nobody reads it, so a second signal is obeyed.
    _asked = True


@contextmanager
def handled(*, final: bool = False) -> Iterator[None]:
    """Turn the signals into ``Interrupted`` for the time of a run; one that is ignored stays ignored.

    ``final`` means that the process ends after this. If something was written, the signals are ignored
    from then on: the process must not end as if a signal had stopped it in time.
    """
    global _written, _begun, _asked, _ended
    _written, _begun, _asked, _ended = None, None, False, -_REPEATED_SECONDS
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
                signal.signal(number, signal.SIG_IGN if final and _written is not None else action)


@contextmanager
def held_back() -> Iterator[None]:
    """Let the signals wait until the end of this block.

    Only the calling thread is covered: any other thread of the process must block the signals itself.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        # Inside, because a signal that came just before is handled here and may raise.
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def written(path: str) -> None:
    """Note that the file at ``path`` was written: a signal no longer means that nothing was."""
    global _written
    _written = path


def begun(place: str) -> None:
    """Note that changes of ``place`` are under way which an end of the run does not undo."""
    global _begun
    _begun = place


def has_written() -> bool:
    """Whether this run wrote a file."""
    return _written is not None


def outcome() -> str:
    """What a failure must say: which file was written last, that changes were begun, or that nothing was."""
    if _written is not None:
        return f"{_written} was written"
    return "nothing was written" if _begun is None else f"a part of the changes of {_begun} may be made"
