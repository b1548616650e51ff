"""Line and column numbers of a text."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left

_ENDS = re.compile("\n").finditer


class Lines:
    """The line endings of a text, collected on first use."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: array[int] | None = None

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of the character at ``offset``, both from 1; lines end with LF or CRLF."""
        if self._ends is None:
            self._ends = array("Q", (found.start() for found in _ENDS(self._text)))
        before = bisect_left(self._ends, offset)
        return before + 1, offset - (self._ends[before - 1] if before else -1)
