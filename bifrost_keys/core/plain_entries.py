"""Reads runs of entries that are plain and alike, several times as fast as one by one.

In a large file nearly all entries have the same members in the same order, and hold just texts without
escapes, short numbers, true, false, null and lists of such texts. One regular expression says so of an
entry and finds its end, its name and its id. What it does not match is read the ordinary way, so it
decides nothing: it must merely never match what the ordinary way would refuse or report.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

_WORTH = 100
_MOST = 8
_SPACE = r"[ \t\n\r]*+"
_TEXT = r'[^"\\\x00-\x1f]*+'
_LIST = rf'\[{_SPACE}(?:"{_TEXT}"{_SPACE}(?:,{_SPACE}"{_TEXT}"{_SPACE})*+)?+\]'
# No exponent, and never so many digits that a float64 could overflow.
_VALUE = rf'(?:"{_TEXT}"|-?+(?:0|[1-9][0-9]{{0,14}}+)(?:\.[0-9]{{1,15}}+)?+|true|false|null|{_LIST})'


@dataclass(frozen=True)
class PlainEntries:
    """The entries with exactly these members; ``name`` and ``id`` are groups of the pattern, or None."""

    pattern: re.Pattern[str]
    name: int | None
    id: int | None

    def read_run(
        self,
        text: str,
        offset: int,
        places: tuple[array[int], array[int]],
        handles: tuple[list[str | None], list[str | None]],
    ) -> int | None:
        """Adds the entries from ``offset`` on, as long as they match, to starts and ends, names and ids.

        Returns the end of the last one; None when already the first does not match.
        """
        match, name, id_ = self.pattern.match, self.name, self.id
        (starts, ends), (names, ids) = places, handles
        end = None
        while found := match(text, offset):
            groups = found.groups()
            starts.append(offset)
            end = found.end(found.re.groups)
            ends.append(end)
            names.append(groups[name] if name is not None else None)
            ids.append(groups[id_] if id_ is not None else None)
            offset = found.end()
            if offset == end:
                break
        return end


class PlainShapes:
    """Which shapes (an entry's names in order) have come so often that a pattern pays for itself."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], int] = {}
        self._made: dict[tuple[str, ...], PlainEntries] = {}

    def seen(self, shape: tuple[str, ...]) -> PlainEntries | None:
        """Counts one more entry of this shape; its pattern, or None while it is not worth one."""
        made = self._made.get(shape)
        if made is not None or len(self._made) >= _MOST:
            return made
        count = self._seen[shape] = self._seen.get(shape, 0) + 1
        if count < _WORTH:
            return None
        if any('"' in name or "\\" in name or not name.isprintable() for name in shape):
            return None
        return self._made.setdefault(shape, _plain_entries(shape))


def _plain_entries(shape: Sequence[str]) -> PlainEntries:
    groups: dict[str, int] = {}
    parts = []
    for name in shape:
        value = _VALUE
        if name in ("name", "id"):
            groups[name] = len(groups)
            value = f'"({_TEXT})"'
        parts.append(f'{_SPACE}"{re.escape(name)}"{_SPACE}:{_SPACE}{value}{_SPACE}')
    following = rf"(?:{_SPACE},{_SPACE}(?=\{{))?+"
    pattern = re.compile(rf"\{{{','.join(parts)}\}}(){following}")
    return PlainEntries(pattern, groups.get("name"), groups.get("id"))
