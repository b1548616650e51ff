"""What a change of keys does to ``providers``: the blocks it adds, changes and removes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bifrost_keys.jsontext.block_edit import Change, Fresh, list_change, member_block, object_change
from bifrost_keys.jsontext.object_edit import entry_change
from bifrost_keys.jsontext.splices import Block, layout_of
from bifrost_keys.jsontext.style import document_style
from bifrost_keys.jsontext.writer import (
    Style,
    render_entry,
    render_keys,
    render_member,
    render_provider,
    render_providers,
)
from bifrost_keys.stores.config_file.key_list import KeyList
from bifrost_keys.stores.config_file.layout import Index, ProviderSpan


@dataclass
class ProviderEdit:
    """What is to become of one provider; ``span`` is None for one that the file lacks."""

    name: str
    span: ProviderSpan | None
    appended: list[Mapping[str, Any]] = field(default_factory=list)
    replaced: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    dropped: bool = False


def providers_member(edits: Sequence[ProviderEdit], style: Style, indent: str) -> Fresh:
    """The whole member ``providers`` for a file that lacks it; ``indent`` is that of its line."""
    data = {edit.name: {"keys": edit.appended} for edit in edits if edit.appended}
    lists = {edit.name: edit.appended for edit in edits if edit.appended}
    return Fresh("providers", render_member("providers", render_providers(lists, style, indent), style), data)


def providers_change(text: str, index: Index, edits: Sequence[ProviderEdit]) -> Change | None:
    """The change of the object ``providers``, which must be there; None when nothing differs."""
    member = index.providers_member
    assert member is not None
    places = {inner.start: place for place, inner in enumerate(index.provider_members)}
    changed: dict[int, tuple[str, Change]] = {}
    removed: list[int] = []
    new: list[ProviderEdit] = []
    for edit in edits:
        if edit.span is None:
            new += [edit] if edit.appended else []
        elif edit.dropped:
            removed.append(places[edit.span.member.start])
        elif change := _provider_change(text, index, edit, edit.span):
            changed[places[edit.span.member.start]] = (edit.name, change)
    block = member_block(text, member.start, member.end, index.provider_members)
    if not removed and not new:
        return object_change(block, index.provider_members, None, changed=changed) if changed else None
    style = document_style(text, index, None)
    layout = layout_of(block, style, spread=style.blocks)
    fresh = [
        Fresh(
            edit.name,
            render_member(edit.name, render_provider(edit.appended, style, layout.indent), style),
            {"keys": edit.appended},
        )
        for edit in new
    ]
    last = max(set(range(len(index.provider_members))) - set(removed), default=-1)
    return object_change(
        block,
        index.provider_members,
        layout,
        changed=changed,
        removed=removed,
        fresh={last: fresh} if fresh else {},
    )


def _provider_change(text: str, index: Index, edit: ProviderEdit, span: ProviderSpan) -> Change | None:
    style = document_style(text, index, span)
    block = member_block(text, span.member.start, span.member.end, span.members)
    if span.keys is not None:
        change = _list_change(text, edit, span.keys, style)
        place = span.members.index(span.keys.member)
        return object_change(block, span.members, None, changed={place: ("keys", change)}) if change else None
    if not edit.appended:
        return None
    layout = layout_of(block, style, spread=style.blocks)
    rendered = render_member("keys", render_keys(edit.appended, style, layout.indent), style)
    fresh = {len(span.members) - 1: [Fresh("keys", rendered, edit.appended)]}
    return object_change(block, span.members, layout, fresh=fresh)


def _list_change(text: str, edit: ProviderEdit, keys: KeyList, style: Style) -> Change | None:
    changed: dict[int, Change] = {}
    for place, new in edit.replaced.items():
        if place not in edit.removed:
            change = entry_change(text, keys.starts[place], keys.ends[place], new, style)
            if change is not None:
                changed[place] = change
    if not changed and not edit.removed and not edit.appended:
        return None
    block = Block(text, keys.member.start, keys.member.end, keys.starts, keys.ends)
    layout = layout_of(block, style, spread=style.keys)
    fresh = [(render_entry(entry, style, layout.indent), entry) for entry in edit.appended]
    return list_change(block, layout, changed=changed, removed=edit.removed, fresh=fresh)
