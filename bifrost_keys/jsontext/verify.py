"""Parse an edited text and compare it with the plan of the edit.

Nothing of the arithmetic of the splices is used: the new text is read from its first character as JSON, and
each value in it must be that of the old text, letter for letter, or the requested data.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from bifrost_keys.errors import BifrostKeysError
from bifrost_keys.jsontext.equality import same_in_order
from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.plan import Change, ListChange, ObjectChange, Write
from bifrost_keys.jsontext.scanner import after_space, pairs_at, read_member_name
from bifrost_keys.jsontext.tree import Tree

_CHUNK = 1 << 20


class _Same(NamedTuple):
    """The text between these offsets of the old text: a value, a whole member, or several items in a row."""

    start: int
    end: int


class _Named(NamedTuple):
    """A member by its name and value."""

    name: str
    value: _Same | Change


_Expected: TypeAlias = _Same | Change


def check_edit(tree: Tree, new: str, change: Change) -> None:
    """Raise BifrostKeysError unless ``new`` is the text of ``tree`` with exactly this change."""
    if not _is_edit(tree, new, change):
        raise BifrostKeysError(
            "the edited text is not what was asked for: nothing was written",
            code="postcondition",
            hint="this is a fault of bifrost-keys: please report it",
        )


def _is_edit(tree: Tree, new: str, change: Change) -> bool:
    try:
        if new[: tree.root] != tree.text[: tree.root]:
            return False
        end = _Check(tree.text, new).value(tree.root, change, depth=0)
        return end is not None and after_space(new, end) == len(new)
    except ScanError:
        return False


class _Check:
    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new

    def value(self, offset: int, expected: _Expected, *, depth: int) -> int | None:
        """Return the end of the value at ``offset``; None if it is not the expected one."""
        if isinstance(expected, _Same):
            return self._same(offset, expected)
        if isinstance(expected, Write):
            value, end = pairs_at(self.new, offset, depth=depth)
            return end if same_in_order(value, expected.value) else None
        if isinstance(expected, ObjectChange):
            return self._items(offset, "{}", _members(expected), depth=depth + 1)
        return self._items(offset, "[]", _elements(expected), depth=depth + 1)

    def _items(
        self, offset: int, pair: str, items: Iterator[_Expected | _Named], *, depth: int
    ) -> int | None:
        if self.new[offset : offset + 1] != pair[0]:
            return None
        offset = after_space(self.new, offset + 1)
        for number, item in enumerate(items):
            if number:
                if self.new[offset : offset + 1] != ",":
                    return None
                offset = after_space(self.new, offset + 1)
            if isinstance(item, _Named):
                name, offset = read_member_name(self.new, offset)
                if name != item.name:
                    return None
                end = self.value(offset, item.value, depth=depth)
            else:
                end = self.value(offset, item, depth=depth)
            if end is None:
                return None
            offset = after_space(self.new, end)
        return offset + 1 if self.new[offset : offset + 1] == pair[1] else None

    def _same(self, offset: int, same: _Same) -> int | None:
        for start in range(same.start, same.end, _CHUNK):
            piece = self.old[start : min(same.end, start + _CHUNK)]
            if not self.new.startswith(piece, offset):
                return None
            offset += len(piece)
        return offset


def _members(change: ObjectChange) -> Iterator[_Expected | _Named]:
    """Return the expected members of the object: unchanged ones whole, others by name and value."""
    yield from (_Named(name, Write(value)) for name, value in change.added.get(-1, ()))
    for place, member in enumerate(change.block.members or ()):
        if place in change.changed:
            name, inner = change.changed[place]
            yield _Named(name, inner if inner is not None else _Same(member.start, member.end))
        elif place not in change.removed:
            yield _Same(member.name_start, member.end)
        yield from (_Named(name, Write(value)) for name, value in change.added.get(place, ()))


def _elements(change: ListChange) -> Iterator[_Expected | _Named]:
    """Return the expected elements of the list, unchanged runs as one, to compare few elements."""
    starts, ends = change.block.starts, change.block.ends
    untouched = 0
    for place in sorted({*change.changed, *change.removed}):
        if place > untouched:
            yield _Same(starts[untouched], ends[place - 1])
        untouched = place + 1
        if place in change.changed and place not in change.removed:
            yield change.changed[place]
    if untouched < len(starts):
        yield _Same(starts[untouched], ends[-1])
    yield from (Write(value) for value in change.added)
