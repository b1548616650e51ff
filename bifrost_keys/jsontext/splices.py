"""Turn the plan of an edit into splices, and apply them to the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from bifrost_keys.jsontext.blocks import Layout, Splice, layout_of, splice_block
from bifrost_keys.jsontext.plan import Change, ListChange, ObjectChange, Write
from bifrost_keys.jsontext.style import Step, Styles, line_indent
from bifrost_keys.jsontext.tree import Tree
from bifrost_keys.jsontext.writer import (
    Role,
    Style,
    is_spread,
    render_scalar,
    render_text,
    render_value,
    role_in,
)

_PART = 1 << 16
_UNNOTICED = 64
_SHARES = 256


def plan_splices(tree: Tree, change: Change) -> list[Splice]:
    """Return the splices of the old text that make this change. Raise InvalidInputError."""
    splicer = _Splicer(tree)
    block = tree.block(tree.root)
    end = block.end if block is not None else len(tree.text.rstrip())
    splicer.value(tree.root, end, change, ())
    return splicer.splices


class _Splicer:
    """Collects the splices; ``way`` is always the path from the top to the parent of the value or items."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.text = tree.text
        self.styles = Styles(tree)
        self.splices: list[Splice] = []

    def value(self, start: int, end: int, change: Change, way: Sequence[Step]) -> None:
        """Add the splices for the value between the offsets."""
        if isinstance(change, Write):
            self.splices.append(Splice(start, end, self._written(start, change.value, way)))
        elif isinstance(change, ObjectChange):
            self._object(change, way)
        else:
            self._list(change, way)

    def _object(self, change: ObjectChange, way: Sequence[Step]) -> None:
        block, text = change.block, self.text
        for place, (name, inner) in change.changed.items():
            member = (block.members or ())[place]
            if name != member.name:
                end = member.name_start + text[member.name_start : member.start].rindex('"') + 1
                self.splices.append(Splice(member.name_start, end, render_text(name)))
            if inner is not None:
                self.value(member.start, member.end, inner, (*way, Step(block, place)))
        if not change.removed and not change.added:
            return
        way = (*way, Step(block))
        new = {name: value for pairs in change.added.values() for name, value in pairs}
        style = self.styles.at(way, new) if new else Style()
        layout = layout_of(text, block, style, spread=is_spread(new, style, _role(way)))
        added = {
            place: [self._member(name, value, style, layout, way) for name, value in pairs]
            for place, pairs in change.added.items()
        }
        self.splices += splice_block(text, block, layout, removed=change.removed, added=added)

    def _list(self, change: ListChange, way: Sequence[Step]) -> None:
        block, text, last = change.block, self.text, len(change.block.starts) - 1
        for place, inner in change.changed.items():
            self.value(block.starts[place], block.ends[place], inner, (*way, Step(block, place)))
        if not change.removed and not change.added:
            return
        way = (*way, Step(block))
        style = self.styles.at(way) if change.added else Style()
        layout = layout_of(text, block, style, spread=is_spread(change.added, style, _role(way)))
        while last in change.removed:
            last -= 1
        added = {last: [_rendered(value, style, layout.indent, way) for value in change.added]}
        self.splices += splice_block(text, block, layout, removed=change.removed, added=added)

    def _member(self, name: str, value: Any, style: Style, layout: Layout, way: Sequence[Step]) -> str:
        return render_text(name) + style.colon + _rendered(value, style, layout.indent, way)

    def _written(self, start: int, value: Any, way: Sequence[Step]) -> str:
        if not isinstance(value, (Mapping, list, tuple)):  # by far the most frequent change needs no style
            return render_scalar(value)
        style, block = self.styles.at(way), self.tree.block(start)
        if block is None or block.members is not None or not block.starts or isinstance(value, Mapping):
            return _rendered(value, style, line_indent(self.text, start), way)
        # A list keeps its layout, whatever is in it.
        layout = layout_of(self.text, block, style, spread=False)
        items = [_rendered(item, style, layout.indent, (*way, Step(block))) for item in value]
        return f"[{layout.lead}{layout.separator.join(items)}{layout.trail}]" if items else "[]"


def _rendered(value: Any, style: Style, indent: str, way: Sequence[Step]) -> str:
    return render_value(value, style, indent, _role(way) if way else None, depth=len(way))


def _role(way: Sequence[Step]) -> Role:
    """Return the role of the object or list at the end of the way."""
    role: Role | None = None
    for step in way:
        role = role_in(role, is_list=step.block.members is None)
    assert role is not None
    return role


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """Return the text with all splices applied; they must not overlap."""
    # Python extends a text in place if only one name refers to it and one statement repeats that again
    # and again: a list of slices to join, or a StringIO, would keep a large text a second time.
    new = ""
    for part in _parts(text, sorted(splices)):
        new += part
    return new


def _parts(text: str, splices: Iterable[Splice]) -> Iterator[str]:
    """Yield the new text in parts of a suitable size.

    The first are small, because Python notices the repetition only after some dozens and copies until then.
    In a large text, the others are a fixed share of it, because the system may move all of it for each one.
    """
    gathered: list[str] = []
    size = count = 0
    most = _PART
    for piece in _pieces(text, splices):
        if size + len(piece) > most:
            yield "".join(gathered)
            gathered.clear()
            size, count = 0, count + 1
            most = max(_PART, len(text) // _SHARES) if count > _UNNOTICED else _PART
        gathered.append(piece)
        size += len(piece)
    yield from gathered


def _pieces(text: str, splices: Iterable[Splice]) -> Iterator[str]:
    offset = 0
    for splice in (*splices, Splice(len(text), len(text), "")):
        if splice.start < offset:
            raise ValueError("splices overlap")
        for start in range(offset, splice.start, _PART):
            yield text[start : min(splice.start, start + _PART)]
        yield splice.text
        offset = splice.end
