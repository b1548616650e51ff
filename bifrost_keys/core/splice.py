"""The smallest replacements of text that change one object or list: everything beside them stays."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple

from bifrost_keys.core.document import Span
from bifrost_keys.core.fields import BOOKKEEPING
from bifrost_keys.core.keys import MEMBER_ORDER
from bifrost_keys.core.scan import value_at, walk_object
from bifrost_keys.core.style import Style, line_indent, render, style_of

_RANK: Final = {name: rank for rank, name in enumerate((*MEMBER_ORDER, *BOOKKEEPING))}
_SPACE: Final = " \t\r\n"


class Splice(NamedTuple):
    """``text[start:end]`` becomes ``new``."""

    start: int
    end: int
    new: str


def spliced(text: str, splices: Sequence[Splice]) -> str:
    """The text with every splice made; they must not overlap."""
    pieces: list[str] = []
    at = 0
    for start, end, new in sorted(splices, key=lambda splice: splice[:2]):
        assert start >= at, "splices overlap"
        pieces += (text[at:start], new)
        at = end
    pieces.append(text[at:])
    return "".join(pieces)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values mean the same: 1 is 1.0, but true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return (type(one) is type(other) and one == other) or _same_number(one, other)


def _same_number(one: Any, other: Any) -> bool:
    return isinstance(one, (int, float)) and isinstance(other, (int, float)) and one == other


def member_spans(text: str, start: int) -> tuple[dict[str, Span], int]:
    """The members of the object at ``start`` and the offset of its end; of doubled names the last."""
    members: dict[str, Span] = {}

    def visit(name: str, name_start: int, value_start: int) -> int:
        end = value_at(text, value_start)[1]
        members[name] = Span(name_start, value_start, end)
        return end

    return members, walk_object(text, start, visit)


def lead_before(text: str, offset: int) -> str:
    """The white space that stands directly before ``offset``."""
    start = offset
    while text[start - 1] in _SPACE:
        start -= 1
    return text[start:offset]


def removals(spans: Sequence[tuple[int, int]], removed: Collection[int]) -> list[Splice]:
    """The splices that take these parts of a list or object away, each with its comma and its line.

    Something must be left: what an empty list or object looks like is the caller's choice.
    """
    kept = [index for index in range(len(spans)) if index not in removed]
    splices = []
    run: int | None = None
    for index in range(len(spans)):
        if index in removed:
            run = index if run is None else run
        elif run is not None:
            splices.append(Splice(spans[run][0], spans[index][0], ""))
            run = None
    if run is not None:
        splices.append(Splice(spans[kept[-1]][1], spans[-1][1], ""))
    return splices


def edit_object(text: str, start: int, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Splice]:
    """The splices that make the object at ``start``, which parses to ``old``, parse to ``new``.

    A changed member changes in its own bytes, a new one stands behind the last present one that comes
    before it in the order of a key's members, a removed one takes its comma and its line.
    """
    members, end = member_spans(text, start)
    style = style_of(text, start, end)
    kept = [name for name in members if name in new]
    if not kept:
        return [Splice(start, end, render(new, style, line_indent(text, start)))]
    spans = [(span.name_start, span.end) for span in members.values()]
    gone = {index for index, name in enumerate(members) if name not in new}
    splices = removals(spans, gone)
    for name in kept:
        if not same(old[name], new[name]):
            splices += _edit_value(text, members[name], old[name], new[name], style)
    added = [name for name in new if name not in members]
    return splices + _additions(text, {name: members[name] for name in kept}, added, new, style)


def _edit_value(text: str, span: Span, old: Any, new: Any, style: Style) -> list[Splice]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return edit_object(text, span.start, old, new)
    if isinstance(old, list) and old:
        style = replace(style, short_lists="\n" not in text[span.start : span.end])
    return [Splice(span.start, span.end, render(new, style, line_indent(text, span.name_start)))]


def _additions(
    text: str, kept: Mapping[str, Span], added: Sequence[str], new: Mapping[str, Any], style: Style
) -> list[Splice]:
    splices = []
    before: dict[str | None, list[str]] = {}
    for name in sorted(added, key=lambda name: _RANK.get(name, len(_RANK))):
        before.setdefault(_anchor(kept, name), []).append(name)
    for anchor, names in before.items():
        beside = kept[anchor] if anchor is not None else next(iter(kept.values()))
        lead = lead_before(text, beside.name_start)
        between = "," + lead if "\n" in lead else style.comma
        indent = lead.rpartition("\n")[2] if "\n" in lead else line_indent(text, beside.name_start)
        parts = [member_text(name, new[name], style, indent) for name in names]
        if anchor is None:
            splices.append(Splice(beside.name_start, beside.name_start, "".join(p + between for p in parts)))
        else:
            splices.append(Splice(beside.end, beside.end, "".join(between + p for p in parts)))
    return splices


def _anchor(kept: Mapping[str, Span], name: str) -> str | None:
    rank = _RANK.get(name)
    if rank is None:
        return list(kept)[-1]
    earlier = [other for other in kept if _RANK.get(other, -1) < rank and other in _RANK]
    if earlier:
        return earlier[-1]
    return None if any(other in _RANK for other in kept) else list(kept)[-1]


def member_text(name: str, value: Any, style: Style, indent: str) -> str:
    """One member of an object as text."""
    return json.dumps(name, ensure_ascii=False) + style.colon + render(value, style, indent)
