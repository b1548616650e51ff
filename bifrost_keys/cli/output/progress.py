"""A progress bar on standard error, shown only at a terminal and only after one second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.cli.output.screen import is_terminal
from bifrost_keys.cli.session import Session

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE_SECONDS: Final = 1.0
_REFRESH_SECONDS: Final = 0.1


@contextmanager
def progress(session: Session, what: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a function to call with the number done and the total; the bar disappears after the block."""
    bar = _Bar(what, shows=is_terminal(sys.stderr) and not session.quiet and not session.format.structured)
    try:
        yield bar.tell
    finally:
        bar.end()


class _Bar:
    """The bar, created when there is something to wait for, without a thread of its own."""

    def __init__(self, what: str, *, shows: bool) -> None:
        self._what = what
        self._shows = shows
        self._next = time.monotonic() + _PATIENCE_SECONDS
        self._progress: Progress | None = None
        self._task: Any = None

    def tell(self, done: int, total: int) -> None:
        """Update the bar from time to time."""
        now = time.monotonic()
        if not self._shows or now < self._next:
            return
        self._next = now + _REFRESH_SECONDS
        if self._progress is None:
            from rich.console import Console
            from rich.progress import Progress

            self._progress = Progress(console=Console(stderr=True), transient=True, auto_refresh=False)
            self._progress.start()
            self._task = self._progress.add_task(self._what, total=total)
        self._progress.update(self._task, completed=done)
        self._progress.refresh()

    def end(self) -> None:
        """Remove the bar."""
        if self._progress is not None:
            self._progress.stop()
