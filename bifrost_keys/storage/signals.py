"""INT, TERM and HUP: they end a run that has written nothing, and wait for one that is writing.

The exit codes 130, 143 and 129 promise that nothing was written. So the three signals are blocked
while a transaction holds its lock, and one that arrived after the write is swallowed.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_written = False


class Interrupted(BaseException):
    """A signal ended the run before anything was written."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.exit_code = 128 + number


def _interrupt(number: int, _: FrameType | None) -> None:
    global _written
    if not _written:
        raise Interrupted(number)
    # The result is on its way; whoever asks a second time is obeyed the system's own way.
    _written = False
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_DFL)


@contextmanager
def handled() -> Iterator[None]:
    """Turn the three signals into ``Interrupted`` for the time of a run; one that is ignored stays so."""
    global _written
    _written = False
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
                signal.signal(number, action)


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
