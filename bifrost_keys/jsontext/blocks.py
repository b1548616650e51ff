"""Add and remove items of an object or a list with splices that leave every other byte unchanged."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from bifrost_keys.jsontext.style import line_indent
from bifrost_keys.jsontext.tree import Block
from bifrost_keys.jsontext.writer import Style


class Splice(NamedTuple):
    """The replacement of the text between two offsets with ``text``."""

    start: int
    end: int
    text: str


class Layout(NamedTuple):
    """The text before the first item of a block, between two and after the last, and the indentation."""

    lead: str
    separator: str
    trail: str
    indent: str


def layout_of(text: str, block: Block, style: Style, *, spread: bool) -> Layout:
    """Return the layout of the block's own items; for an empty block, that of ``style`` and ``spread``."""
    if not len(block.starts):
        base = line_indent(text, block.start)
        if spread or "\n" in text[block.start : block.end]:
            indent = base + style.unit
            line = style.newline + indent
            return Layout(line, "," + line, style.newline + base, indent)
        pad = style.list_pad if text[block.start] == "[" else style.object_pad
        return Layout(pad, style.comma, pad, base)
    lead = text[block.start + 1 : block.starts[0]]
    trail = text[block.ends[-1] : block.end - 1]
    if len(block.starts) > 1:
        separator = text[block.ends[-2] : block.starts[-1]]
    elif "\n" in lead:
        separator = _one_line("," + lead)
    else:
        separator = style.comma
    if "\n" in separator:
        return Layout(lead, separator, trail, _after_line_end(separator).replace(",", ""))
    return Layout(lead, separator, trail, line_indent(text, block.starts[-1]))


def splice_block(
    text: str,
    block: Block,
    layout: Layout,
    *,
    removed: Collection[int],
    added: Mapping[int, Sequence[str]],
) -> list[Splice]:
    """Remove the items ``removed`` and insert the texts ``added``.

    ``added[i]`` goes after item i, which must stay; ``added[-1]`` goes before the first one that stays.
    """
    count = len(block.starts)
    if len(removed) == count:
        joined = layout.separator.join(item for items in added.values() for item in items)
        return _refill(text, block, layout, joined)
    splices = [_cut(text, block, first, last) for first, last in _runs(sorted(removed))]
    for place, items in added.items():
        if not items:
            continue
        if place < 0:
            first = next(item for item in range(count) if item not in removed)
            start, separator = block.starts[first], _separator(text, block, layout, first)
            splices.append(Splice(start, start, "".join(item + separator for item in items)))
        else:
            end, separator = block.ends[place], _separator(text, block, layout, place)
            splices.append(Splice(end, end, "".join(separator + item for item in items)))
    return splices


def _refill(text: str, block: Block, layout: Layout, joined: str) -> list[Splice]:
    start, end = block.start + 1, block.end - 1
    if len(block.starts):
        if joined:
            return [Splice(block.starts[0], block.ends[-1], joined)]
        return [Splice(start, end, "")]
    if not joined:
        return []
    # White space between the brackets stays, as part of the closing line if possible.
    space = text[start:end]
    if space and layout.trail.endswith(space):
        trail = layout.trail[: -len(space)]
    else:
        trail = "" if "\n" in space else layout.trail
    return [Splice(start, start, layout.lead + joined + trail)]


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs


def _cut(text: str, block: Block, first: int, last: int) -> Splice:
    """Remove a run of items (not all of them) with its comma, and with its lines if it has its own."""
    starts, ends = block.starts, block.ends
    before = text[ends[first - 1] if first else block.start + 1 : starts[first]]
    if last == len(starts) - 1:
        return Splice(ends[first - 1], ends[last], "")
    after = text[ends[last] : starts[last + 1]]
    if before.replace(",", "", 1) == after.replace(",", "", 1):  # with the same space on both sides
        return Splice(starts[first], starts[last + 1], "")
    line_end = after.find("\n", after.index(","))
    own_line = "\n" in before and not _after_line_end(before).strip()
    if own_line and line_end >= 0:
        return Splice(starts[first] - len(_after_line_end(before)), ends[last] + line_end + 1, "")
    if first and line_end >= 0 and "\n" not in before:
        return Splice(ends[first - 1], ends[last], "")
    return Splice(starts[first], starts[last + 1], "")


def _separator(text: str, block: Block, layout: Layout, place: int) -> str:
    if place == len(block.starts) - 1:
        return layout.separator
    return _one_line(text[block.ends[place] : block.starts[place + 1]])


def _one_line(separator: str) -> str:
    """Return the separator without blank lines, which belong to the items that they separate."""
    if separator.count("\n") < 2:
        return separator
    line_end = "\r\n" if "\r\n" in separator else "\n"
    last = _after_line_end(separator)
    return line_end + last if "," in last else "," + line_end + last


def _after_line_end(text: str) -> str:
    return text[text.rindex("\n") + 1 :]
