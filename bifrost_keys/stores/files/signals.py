"""INT, QUIT, TERM and HUP end a run that has written nothing, and wait for one that is writing.

The exit codes 130, 131, 143 and 129 promise that nothing was written. A run that reads, waits or plans
ends at once. The signals are held back only from the temporary file of a write to the flush of its
directory. After a write the first signal is ignored, because the result is about to be printed; a second
one ends the run with the exit code of a result that could not be printed.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from bifrost_keys.errors import IOFailureError

# QUIT too: its default action would leave the terminal without echo, and secrets in a core dump.
_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)
_written: str | None = None
_asked = False


class Interrupted(BaseException):
    """A signal ended the run before anything was written."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def _interrupt(number: int, _: FrameType | None) -> None:
    global _asked
    if _written is None:
        raise Interrupted(number)
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
    global _written, _asked
    _written, _asked = None, False
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


def has_written() -> bool:
    """Whether this run wrote a file."""
    return _written is not None


def outcome() -> str:
    """What a failure must say of the files: which one was written last, or that none was."""
    return "nothing was written" if _written is None else f"{_written} was written"
