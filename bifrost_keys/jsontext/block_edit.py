"""One change of an object or list: the splices that make it, and what must stand there afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bifrost_keys.jsontext.scanner import Member
from bifrost_keys.jsontext.splices import Block, Layout, Splice, splice_block
from bifrost_keys.jsontext.verify import Data, Expected, ListOf, ObjectOf, Same


class Change(NamedTuple):
    """Splices of the old text, and what the new text must hold in place of the value they lie in."""

    splices: list[Splice]
    expected: Expected


class Fresh(NamedTuple):
    """A new member: its name, its whole text (name and value), and the data that this stands for."""

    name: str
    text: str
    data: Any


def member_block(text: str, start: int, end: int, found: Sequence[Member]) -> Block:
    """The object between the offsets with its members as items."""
    return Block(text, start, end, [member.name_start for member in found], [member.end for member in found])


def object_change(
    block: Block,
    found: Sequence[Member],
    layout: Layout | None,
    *,
    changed: Mapping[int, tuple[str, Change]] | None = None,
    removed: Iterable[int] = (),
    fresh: Mapping[int, Sequence[Fresh]] | None = None,
) -> Change:
    """Members at their places changed (with the name they then have) or removed, new ones after a place.

    ``fresh[-1]`` goes before all others; other places of ``fresh`` must stay. ``layout`` is that of the
    block, which to find out takes time: None where nothing is added or removed.
    """
    changed, fresh, gone = changed or {}, fresh or {}, sorted(removed)
    added = {place: [member.text for member in new] for place, new in fresh.items()}
    splices = splice_block(block, layout, removed=gone, added=added) if layout is not None else []
    expected: list[Same | tuple[str, Expected]] = _expected(fresh.get(-1, ()))
    out = set(gone)
    for place, member in enumerate(found):
        if place in out:
            continue
        if place in changed:
            name, change = changed[place]
            splices += change.splices
            expected.append((name, change.expected))
        else:
            expected.append(Same(member.name_start, member.end))
        expected += _expected(fresh.get(place, ()))
    return Change(splices, ObjectOf(expected))


def list_change(
    block: Block,
    layout: Layout,
    *,
    changed: Mapping[int, Change],
    removed: Iterable[int] = (),
    fresh: Sequence[tuple[str, Any]] = (),
) -> Change:
    """Elements changed or removed, and new ones (text and data) after the last that stays.

    Costs no more than its touched elements, however long the list is.
    """
    gone = sorted(removed)
    out = set(gone)
    last = len(block.starts) - 1
    while last in out:
        last -= 1
    added = {last: [text for text, _ in fresh]} if fresh else {}
    splices = splice_block(block, layout, removed=gone, added=added)
    expected: list[Expected] = []
    untouched = 0
    for place in sorted({*changed, *gone}):
        if place > untouched:
            expected.append(Same(block.starts[untouched], block.ends[place - 1]))
        untouched = place + 1
        if place in changed and place not in out:
            splices += changed[place].splices
            expected.append(changed[place].expected)
    if untouched < len(block.starts):
        expected.append(Same(block.starts[untouched], block.ends[-1]))
    return Change(splices, ListOf([*expected, *(Data(data) for _, data in fresh)]))


def _expected(fresh: Sequence[Fresh]) -> list[Same | tuple[str, Expected]]:
    return [(member.name, Data(member.data)) for member in fresh]
