"""Changes of single scalars and of members' spellings anywhere in a document, given by path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bifrost_keys.gateway.fields import fold
from bifrost_keys.gateway.rules.fault import Path, path_text
from bifrost_keys.jsontext.block_edit import Change, list_change, member_block, object_change
from bifrost_keys.jsontext.equality import same
from bifrost_keys.jsontext.scanner import Member, value_at
from bifrost_keys.jsontext.splices import Block, Layout, Splice
from bifrost_keys.jsontext.tree import Tree
from bifrost_keys.jsontext.verify import Data, Same
from bifrost_keys.jsontext.writer import render_scalar, render_text
from bifrost_keys.stores.config_file.ambiguous_names import PlacedFault

_NO_LAYOUT = Layout("", "", "", "")


class WishError(Exception):
    """The path of a wish leads nowhere, or to more than one place; ``fault`` says where."""

    def __init__(self, fault: PlacedFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass
class Wish:
    """What is wished for one value and for those below it."""

    children: dict[str | int, Wish] = field(default_factory=dict)
    values: list[Any] = field(default_factory=list)
    name: str | None = None

    def at(self, path: Path) -> Wish:
        """The wish for the value at ``path`` from here."""
        wish = self
        for step in path:
            wish = wish.children.setdefault(step, Wish())
        return wish


def wished_members(
    tree: Tree, text: str, offset: int, path: Path, wish: Wish
) -> dict[int, tuple[str, Change]]:
    """What the wishes for the object at ``offset`` change, by the places of its members.

    Raises WishError.
    """
    found = tree.items(offset)
    places: dict[str, list[int]] = {}
    for place, member in enumerate(found):
        places.setdefault(fold(member.name), []).append(place)
    changed: dict[int, tuple[str, Change]] = {}
    for step, inner in wish.children.items():
        named = places.get(fold(str(step)), [])
        if len(named) != 1 or found[named[0]].name != step:
            raise WishError(_lost(offset, (*path, step)))
        member = found[named[0]]
        change = _value_change(tree, text, member, (*path, step), inner)
        if inner.name is not None and inner.name != member.name:
            if inner.name != fold(member.name) and fold(inner.name) in places:
                raise WishError(_lost(member.name_start, (*path, inner.name)))
            change = change or Change([], Same(member.start, member.end))
            end = member.name_start + text[member.name_start : member.start].rindex('"') + 1
            change.splices.append(Splice(member.name_start, end, render_text(inner.name)))
        if change is not None:
            changed[named[0]] = (inner.name or member.name, change)
    return changed


def _value_change(tree: Tree, text: str, item: Member, path: Path, wish: Wish) -> Change | None:
    if wish.values:
        value = wish.values[-1]
        if text[item.start] in "[{" or isinstance(value, (dict, list, tuple)):
            raise WishError(_lost(item.start, path))
        if same(value_at(text, item.start)[0], value):
            return None
        return Change([Splice(item.start, item.end, render_scalar(value))], Data(value))
    if text[item.start] == "{":
        found = tree.items(item.start)
        changed = wished_members(tree, text, item.start, path, wish)
        if not changed:
            return None
        block = member_block(text, item.start, item.end, found)
        return object_change(block, found, _NO_LAYOUT, changed=changed)
    return _list_change(tree, text, item, path, wish)


def _list_change(tree: Tree, text: str, item: Member, path: Path, wish: Wish) -> Change | None:
    found = tree.items(item.start)
    changed: dict[int, Change] = {}
    for step, inner in wish.children.items():
        if not isinstance(step, int) or not 0 <= step < len(found):
            raise WishError(_lost(item.start, (*path, step)))
        change = _value_change(tree, text, found[step], (*path, step), inner)
        if change is not None:
            changed[step] = change
    if not changed:
        return None
    block = Block(text, item.start, item.end, [part.start for part in found], [part.end for part in found])
    return list_change(block, _NO_LAYOUT, changed=changed)


def _lost(offset: int, path: Path) -> PlacedFault:
    message = f"{path_text(path)} is not there, not a single value, or named more than once"
    return PlacedFault("doubtful-path", path, "error", message, offset=offset)
