"""Reads an edited text once more and compares it with what the edit was to make of it.

Nothing of the edit's own arithmetic is used: the new text is read from its first character as JSON,
and each value in it must be the old text's, letter for letter, or the data that was asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from bifrost_keys.errors import BifrostKeysError
from bifrost_keys.jsontext.equality import same_in_order
from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.scanner import after_space, pairs_at, read_member_name


@dataclass(frozen=True)
class Same:
    """What stands between these offsets of the old text: a value, a whole member, or several in a row."""

    start: int
    end: int


@dataclass(frozen=True)
class Data:
    """A value that was written: equal in type and in the order of members."""

    value: Any


@dataclass(frozen=True)
class ObjectOf:
    """An object with just these members: untouched ones whole, others by name and value."""

    members: Sequence[Same | tuple[str, Expected]]


@dataclass(frozen=True)
class ListOf:
    """A list of just these elements."""

    elements: Sequence[Expected]


Expected: TypeAlias = Same | Data | ObjectOf | ListOf

_CHUNK = 1 << 20


def check_edit(old: str, new: str, start: int, expected: Expected) -> None:
    """Raises BifrostKeysError unless ``new`` holds what is expected and nothing else.

    ``start`` is where the top level's object begins in ``old``.
    """
    if not _is_edit(old, new, start, expected):
        raise BifrostKeysError(
            "the edited text is not what was asked for: nothing was written",
            code="postcondition",
            hint="this is a fault of bifrost-keys: please report it",
        )


def _is_edit(old: str, new: str, start: int, expected: Expected) -> bool:
    try:
        if new[:start] != old[:start]:
            return False
        end = _Check(old, new).value(start, expected, depth=0)
        return end is not None and after_space(new, end) == len(new)
    except ScanError:
        return False


class _Check:
    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new

    def value(self, offset: int, expected: Expected, *, depth: int) -> int | None:
        """Where the value at ``offset`` ends; None when it is not the expected one."""
        if isinstance(expected, Same):
            return self._same(offset, expected)
        if isinstance(expected, Data):
            value, end = pairs_at(self.new, offset, depth=depth)
            return end if same_in_order(value, expected.value) else None
        if isinstance(expected, ObjectOf):
            return self._items(offset, "{}", expected.members, depth=depth + 1)
        return self._items(offset, "[]", expected.elements, depth=depth + 1)

    def _items(
        self, offset: int, pair: str, items: Sequence[Expected | tuple[str, Expected]], *, depth: int
    ) -> int | None:
        if self.new[offset : offset + 1] != pair[0]:
            return None
        offset += 1
        for place, item in enumerate(items):
            offset = after_space(self.new, offset)
            if place:
                if self.new[offset : offset + 1] != ",":
                    return None
                offset = after_space(self.new, offset + 1)
            if isinstance(item, tuple):
                name, offset = read_member_name(self.new, offset)
                if name != item[0]:
                    return None
                end = self.value(offset, item[1], depth=depth)
            else:
                end = self.value(offset, item, depth=depth)
            if end is None:
                return None
            offset = end
        offset = after_space(self.new, offset)
        return offset + 1 if self.new[offset : offset + 1] == pair[1] else None

    def _same(self, offset: int, same: Same) -> int | None:
        for start in range(same.start, same.end, _CHUNK):
            piece = self.old[start : min(same.end, start + _CHUNK)]
            if not self.new.startswith(piece, offset):
                return None
            offset += len(piece)
        return offset
