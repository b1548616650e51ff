"""Complete a request that a signal must not interrupt, without delaying the signal too long."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Final

from bifrost_keys.stores.files.signals import held_back

_SLICE: Final = 0.05


def finished(action: Callable[[], None], *, seconds: float | None = None, grace: float) -> bool:
    """Run ``action`` in a thread of its own; return whether it ended within ``seconds``.

    An exception in the middle of a request would lose its response, and with it the session that a login has
    just opened. Therefore a signal's exception is raised as soon as ``action`` has ended, but not later than
    ``grace`` seconds after the signal. Raise what ``action`` raised.
    """
    raised: list[BaseException] = []
    ended = Event()  # not ``join``: after an interrupted join, Python 3.11 treats the thread as ended

    def run() -> None:
        try:
            action()
        except BaseException as error:  # raised below: a thread would print it
            raised.append(error)
        finally:
            ended.set()

    try:
        with held_back():  # the thread starts with all signals blocked, so that the main thread gets them
            _start(run)
        whole = _waited(ended, seconds)
    except BaseException:
        _waited(ended, grace)
        raise
    if raised:
        raise raised[0]
    return whole


def _start(run: Callable[[], None]) -> None:
    try:
        Thread(target=run, daemon=True).start()
    except RuntimeError:  # no more threads
        run()


def _waited(ended: Event, seconds: float | None) -> bool:
    """Wait in slices, because a signal just before a wait would only be handled after it."""
    deadline = None if seconds is None else monotonic() + seconds
    while not ended.wait(_SLICE):
        if deadline is not None and monotonic() > deadline:
            return False
    return True
