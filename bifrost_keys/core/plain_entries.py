"""Reads runs of entries that are plain and alike, several times as fast as one by one.

In a large file nearly all entries have the same members in the same order and the same layout, and hold
just texts without escapes, short numbers, true, false, null and lists of such texts. One regular
expression, made from one of them, says so of the next and finds its end, its name and its id. What it
does not match is read the ordinary way, so it decides nothing: it must merely never match what the
ordinary way would refuse or report.
"""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass

from bifrost_keys.core.scan import members

_WORTH = 100
_MOST = 8
_SPACE = r"[ \t\n\r]*+"
_FOLLOWING = rf"{_SPACE},{_SPACE}(?=\{{)"
# The content of a text: a class that excludes is slower, one that names all of Unicode slow to compile.
_ASCII = r"[ !#-\[\]-~]*+"
_UNICODE = r'[^"\\\x00-\x1f]*+'


@dataclass(frozen=True)
class PlainEntries:
    """The entries with exactly these members; ``name`` and ``id`` are groups of the pattern, or None.

    The last group is empty and stands at the entry's end.
    """

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
        match, last, name, id_ = self.pattern.match, self.pattern.groups, self.name, self.id
        (starts, ends), (names, ids) = places, handles
        end = None
        while found := match(text, offset):
            starts.append(offset)
            end = found.end(last)
            ends.append(end)
            names.append(found[name] if name is not None else None)
            ids.append(found[id_] if id_ is not None else None)
            offset = found.end()
            if offset == end:
                break
        return end


class PlainShapes:
    """Which shapes (an entry's names in order) have come so often that a pattern pays for itself."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, ...], int] = {}
        self._made: dict[tuple[str, ...], PlainEntries] = {}
        self._left = _MOST

    def seen(self, shape: tuple[str, ...], text: str, start: int) -> PlainEntries | None:
        """Counts the entry at ``start``, which no pattern has read; the pattern for others of its shape.

        None while it is not worth one. When as many others of this shape were read the ordinary way
        again, because the layout has changed, the pattern is made anew.
        """
        count = self._seen[shape] = self._seen.get(shape, 0) + 1
        if count % _WORTH == 0 and self._left:
            self._left -= 1
            self._made[shape] = _plain_entries(text, start)
        return self._made.get(shape)


def _plain_entries(text: str, start: int) -> PlainEntries:
    """The pattern of entries like that at ``start``: what stands around its values is taken literally."""
    content = _ASCII if text.isascii() else _UNICODE
    groups: dict[str, int] = {}
    parts = []
    offset = start
    for member in members(text, start):
        parts.append(re.escape(text[offset : member.start]))
        if member.name in ("name", "id"):
            groups[member.name] = len(groups) + 1
            parts.append(f'"({content})"')
        else:
            parts.append(_like(text[member.start : member.end], content))
        offset = member.end
    end = text.index("}", offset) + 1
    between = re.compile(_FOLLOWING).match(text, end)
    following = f"{re.escape(between[0])}(?=\\{{)" if between else _FOLLOWING
    pattern = re.compile(f"{''.join(parts)}{re.escape(text[offset:end])}()(?:{following})?+")
    return PlainEntries(pattern, groups.get("name"), groups.get("id"))


def _like(value: str, content: str) -> str:
    """The pattern of any plain value, quickest at this one: many keys have the same models and weight."""
    plain = _value(content)
    if value.startswith('"') or not re.fullmatch(plain, value):
        return plain
    return f"(?:{re.escape(value)}|{plain})"


def _value(content: str) -> str:
    """The pattern of plain values: no exponent, and never so many digits that a float64 could overflow."""
    texts = rf'"{content}"{_SPACE}(?:,{_SPACE}"{content}"{_SPACE})*+'
    return (
        rf'(?:"{content}"|-?+(?:0|[1-9][0-9]{{0,14}}+)(?:\.[0-9]{{1,15}}+)?+'
        rf"|true|false|null|\[{_SPACE}(?:{texts})?+\])"
    )
