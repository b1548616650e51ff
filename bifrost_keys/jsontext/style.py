"""Infer the style of a text from the surroundings of an edit, the nearest first."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bifrost_keys.jsontext.tree import Block, Tree
from bifrost_keys.jsontext.writer import Style

_INDENT = re.compile(r"[ \t]*").match
_FAR = 1 << 16
_NEIGHBOURS = 3
_SIBLINGS = 8
_LEVELS = 16


class Step(NamedTuple):
    """One object or list on the way to a position, and the item in it that the way leads through, if any."""

    block: Block
    place: int | None = None


def line_indent(text: str, offset: int) -> str:
    """Return the white space at the beginning of the line with ``offset``.

    At most 64 KiB are searched: a longer line is minified text without indentation.
    """
    start = text.rfind("\n", max(0, offset - _FAR), offset) + 1
    found = _INDENT(text, start, offset) if start or offset <= _FAR else None
    return found[0] if found else ""


class Styles:
    """The styles of one text, by the position of an edit."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._around: dict[int, Mapping[str, Any]] = {}

    def at(self, way: Sequence[Step], new: Mapping[str, Any] | None = None) -> Style:
        """Return the style at the end of the way; ``new`` are members that are added there.

        The first evidence counts, in this order: the row (an element of the first list on the way) that the
        way leads through, its neighbours, other rows of the list, rows of similar lists (of another object
        that has such a list), and the objects around.
        """
        rows = next((number for number, step in enumerate(way) if step.block.members is None), None)
        if rows is None:
            return _style(self._outside(way, new or {}))
        start = way[rows].block.start
        if start not in self._around:
            self._around[start] = self._outside(way[: rows + 1], {})
        seen_style = _SeenStyle(self._tree)
        place = way[rows].place
        if place is not None:
            seen_style.see_list(way[rows].block, "rows", (place, place - 1, place + 1))
        return _style({**self._around[start], **seen_style.seen})

    def _outside(self, way: Sequence[Step], new: Mapping[str, Any]) -> Mapping[str, Any]:
        """Collect evidence from the list at the end of the way, similar lists, and the objects around."""
        seen_style = _SeenStyle(self._tree)
        tail = _names_to_list(new)
        if way and way[-1].block.members is None:
            last = len(way[-1].block.starts) - 1
            seen_style.see_list(way[-1].block, "rows", range(last, last - _NEIGHBOURS, -1))
            way = way[:-1]
        like = list(self._like(way, tail))
        for _, _, rows in like:
            seen_style.see_list(rows, "rows", (len(rows.starts) - 1,))
        for number in range(len(way) - 1, -1, -1):
            for block in (first for step, first, _ in like if step == number and first.members is not None):
                seen_style.see_object(block, "outer")
            seen_style.see_object(way[number].block, "outer")
        return seen_style.seen

    def _like(self, way: Sequence[Step], tail: Sequence[str]) -> Iterator[tuple[int, Block, Block]]:
        """Yield the lists at the same path with another name in one of its last two steps.

        Each comes with the number of that step and the block that it leads to.
        """
        steps = [(step.block.members, step.place) for step in way]
        names = [members[place].name for members, place in steps if members and place is not None]
        names += tail
        for number in range(len(way) - 1, max(len(names) - 3, -1), -1):
            block, own = way[number]
            others = [place for place in range(len(block.starts)) if place != own][-_SIBLINGS:]
            for place in reversed(others):
                first = self._tree.block(block.value(place))
                found = first
                for name in names[number + 1 :]:
                    inner = self._tree.place(found, name) if found is not None else None
                    found = self._tree.block(found.value(inner)) if found and inner is not None else None
                if first is not None and found is not None and found.members is None:
                    yield number, first, found


def _names_to_list(new: Mapping[str, Any], levels: int = _LEVELS) -> list[str]:
    """Return the names that lead to the first list in the data; empty if there is none."""
    for name, value in new.items():
        if isinstance(value, (list, tuple)):
            return [name]
        if isinstance(value, Mapping) and levels and (tail := _names_to_list(value, levels - 1)):
            return [name, *tail]
    return []


def _style(seen: Mapping[str, Any]) -> Style:
    known = {"comma": "," if seen.get("colon") == ":" else ", ", **seen}
    known.setdefault("rows", known.get("outer", True))
    known.setdefault("row", known["rows"])
    known.setdefault("nested", known["row"])
    return Style(**known)


class _SeenStyle:
    """The evidence so far; for each feature the first one counts."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.seen: dict[str, Any] = {}

    def see_list(self, block: Block, feature: str, places: Iterable[int]) -> None:
        """Collect evidence from these elements of a list as rows, then from the list itself."""
        for place in places:
            if 0 <= place < len(block.starts):
                self._see_value(block.starts[place], "row", _LEVELS)
        if block.starts:
            scalars = self._tree.text[block.starts[0]] not in "[{"
            self._see_block(block, "lists" if scalars else feature)

    def see_object(self, block: Block, feature: str) -> None:
        """Collect evidence from the members of an object, but not from their content."""
        text = self._tree.text
        for member in block.members or ():
            name = text[member.name_start : member.start]
            colon = name[name.rindex('"') + 1 :]
            if "\n" not in colon:
                self.seen.setdefault("colon", colon)
                break
        if block.starts:
            self._see_block(block, feature)

    def _see_value(self, start: int, feature: str, levels: int) -> None:
        if self._tree.text[start] not in "[{" or not levels:
            return
        block = self._tree.block(start)
        if block is None:
            return
        if block.members is None:
            if block.starts and self._tree.text[block.starts[0]] not in "[{":
                self._see_block(block, "lists")
            return
        self.see_object(block, feature)
        for member in block.members:
            self._see_value(member.start, "nested", levels - 1)

    def _see_block(self, block: Block, feature: str) -> None:
        text, seen, starts, ends = self._tree.text, self.seen, block.starts, block.ends
        lead = text[block.start + 1 : starts[0]]
        spread = "\n" in lead
        seen.setdefault(feature, spread)
        if spread:
            seen.setdefault("newline", "\r\n" if "\r\n" in lead else "\n")
            inner, outer = lead[lead.rindex("\n") + 1 :], line_indent(text, block.start)
            if inner.startswith(outer) and inner != outer:
                seen.setdefault("unit", inner[len(outer) :])
        elif text.find("\n", starts[0], ends[0]) < 0:
            seen.setdefault("list_pad" if block.members is None else "object_pad", lead)
        if len(starts) > 1:
            between = text[ends[0] : starts[1]]
            if "\n" not in between:
                seen.setdefault("comma", between)
