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
from collections.abc import Callable, Container
from typing import Generic, NamedTuple, TypeVar

from bifrost_keys.jsontext.scanner import members

_Made = TypeVar("_Made")
_WORTH = 100
_MOST = 8
_SPACE = r"[ \t\n\r]*+"
_FOLLOWING = rf"{_SPACE},{_SPACE}(?=\{{)"
# The content of a text: a class that excludes is slower, one that names all of Unicode slow to compile.
_ASCII = r"[ !#-\[\]-~]*+"
_UNICODE = r'[^"\\\x00-\x1f]*+'


class PlainEntries(NamedTuple):
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


class Shapes(Generic[_Made]):
    """What was made for shapes (an entry's names in order) that came so often that it pays for itself."""

    def __init__(self, make: Callable[[str, int], _Made]) -> None:
        """``make`` gets the text and the place of an entry of the shape."""
        self.made: list[_Made] = []
        self._make = make
        self._seen: dict[tuple[str, ...], int] = {}

    def seen(self, shape: tuple[str, ...], text: str, start: int) -> None:
        """Counts the entry at ``start``, for which nothing that was made served.

        When as many others of this shape come again, because the layout has changed, it is made anew.
        """
        count = self._seen[shape] = self._seen.get(shape, 0) + 1
        if count % _WORTH == 0 and len(self.made) < _MOST:
            self.made.append(self._make(text, start))


def plain_entries(text: str, start: int) -> PlainEntries:
    """The pattern of entries like that at ``start``, for runs of them."""
    like = likeness(text, start, texts=("name", "id"))
    places = {name: place for place, name in enumerate(like.groups, 1)}
    between = re.compile(_FOLLOWING).match(text, like.end)
    following = f"{re.escape(between[0])}(?=\\{{)" if between else _FOLLOWING
    pattern = re.compile(f"{like.pattern}()(?:{following})?+")
    return PlainEntries(pattern, places.get("name"), places.get("id"))


class Likeness(NamedTuple):
    """A pattern made from the entry that ends at ``end``; ``groups`` are the members that it takes out."""

    pattern: str
    groups: tuple[str, ...]
    end: int


def likeness(text: str, start: int, *, texts: Container[str], others: bool = False) -> Likeness:
    """The pattern of entries with the members, in the layout, of that at ``start``.

    A group is, of the members ``texts``, what stands between the quotation marks; with ``others`` also
    the whole value of every other one.
    """
    content = _ASCII if text.isascii() else _UNICODE
    parts, groups = [], []
    offset = start
    for member in members(text, start):
        inside = member.name in texts
        value = f'"({content})"' if inside else _like(text[member.start : member.end], content)
        parts += [re.escape(text[offset : member.start]), f"({value})" if others and not inside else value]
        if inside or others:
            groups.append(member.name)
        offset = member.end
    end = text.index("}", offset) + 1
    parts.append(re.escape(text[offset:end]))
    return Likeness("".join(parts), tuple(groups), end)


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
