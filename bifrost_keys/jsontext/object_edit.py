"""From the old and the new members of one object to the splices that change just what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bifrost_keys.gateway.fields import BOOKKEEPING
from bifrost_keys.gateway.key import MEMBER_ORDER
from bifrost_keys.jsontext.block_edit import Change, Fresh, member_block, object_change
from bifrost_keys.jsontext.equality import same
from bifrost_keys.jsontext.scanner import Member, elements, members, value_at
from bifrost_keys.jsontext.splices import Block, Layout, Splice, layout_of
from bifrost_keys.jsontext.style import entry_style
from bifrost_keys.jsontext.verify import Data
from bifrost_keys.jsontext.writer import Style, render_member, render_scalar, render_value

_RANK = {name: rank for rank, name in enumerate((*MEMBER_ORDER, *BOOKKEEPING))}


def entry_change(text: str, start: int, end: int, new: Mapping[str, Any], base: Style) -> Change | None:
    """The change of the entry between the offsets into ``new``; None when they are equal.

    A new field comes after the last present one that precedes it in the order of a new entry.
    """
    old = value_at(text, start)[0]
    if same(old, new):
        return None
    found = members(text, start)
    block = member_block(text, start, end, found)
    # Scalars in place of scalars, the most frequent change by far, need no style.
    plain = all(name in old and (value == old[name] or _is_scalar(value)) for name, value in new.items())
    style = base if plain else entry_style(text, start, found, base)
    return _object_change(block, found, old, new, style, spread=style.entries, rank=_RANK)


def _object_change(
    block: Block,
    found: Sequence[Member],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    style: Style,
    *,
    spread: bool,
    rank: Mapping[str, int],
) -> Change:
    layout = layout_of(block, style, spread=spread)
    changed: dict[int, tuple[str, Change]] = {}
    removed: list[int] = []
    kept: dict[str, int] = {}
    for place, member in enumerate(found):
        if member.name not in new:
            removed.append(place)
            continue
        kept[member.name] = place
        before, after = old[member.name], new[member.name]
        if not same(before, after):
            changed[place] = (member.name, _value_change(block.text, member, before, after, style, layout))
    fresh: dict[int, list[Fresh]] = {}
    for name in sorted((name for name in new if name not in old), key=lambda name: rank.get(name, len(rank))):
        rendered = render_value(new[name], style, layout.indent)
        place = _predecessor(name, kept, rank)
        fresh.setdefault(place, []).append(Fresh(name, render_member(name, rendered, style), new[name]))
    return object_change(block, found, layout, changed=changed, removed=removed, fresh=fresh)


def _predecessor(name: str, kept: Mapping[str, int], rank: Mapping[str, int]) -> int:
    """The place of the member after which a new one goes; -1: before all others."""
    limit = rank.get(name)
    places = (place for other, place in kept.items() if limit is None or rank.get(other, len(rank)) < limit)
    return max(places, default=-1)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, (Mapping, list, tuple))


def _value_change(text: str, member: Member, old: Any, new: Any, style: Style, layout: Layout) -> Change:
    if isinstance(old, dict) and isinstance(new, Mapping):
        found = members(text, member.start)
        block = member_block(text, member.start, member.end, found)
        return _object_change(block, found, old, new, style, spread=style.nested, rank={})
    if isinstance(old, list) and isinstance(new, (list, tuple)):
        rendered = _list_in_style(text, member, new, style, layout)
    elif isinstance(new, (Mapping, list, tuple)):
        rendered = render_value(new, style, layout.indent)
    else:
        rendered = render_scalar(new)
    return Change([Splice(member.start, member.end, rendered)], Data(new))


def _list_in_style(text: str, member: Member, new: Sequence[Any], style: Style, layout: Layout) -> str:
    found = elements(text, member.start)
    if not found or not new:
        return render_value(list(new), style, layout.indent)
    starts, ends = zip(*found, strict=True)
    block = Block(text, member.start, member.end, starts, ends)
    inner = layout_of(block, style, spread=style.lists)
    parts = [render_value(part, style, inner.indent) for part in new]
    return f"[{inner.lead}{inner.separator.join(parts)}{inner.trail}]"
