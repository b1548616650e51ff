"""Adds and removes members and elements by splices that leave every other byte in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from bifrost_keys.jsontext.style import line_indent
from bifrost_keys.jsontext.writer import Style

_PART = 1 << 16
_UNNOTICED = 64
_SHARES = 256


class Splice(NamedTuple):
    """``text`` takes the place of what lies between the offsets."""

    start: int
    end: int
    text: str


class Block(NamedTuple):
    """An object or list in a text: where its brackets stand, and where its items begin and end."""

    text: str
    start: int
    end: int
    starts: Sequence[int]
    ends: Sequence[int]


class Layout(NamedTuple):
    """What stands before the first item of a block, between two and after the last; an item's indentation."""

    lead: str
    separator: str
    trail: str
    indent: str


def layout_of(block: Block, style: Style, *, spread: bool) -> Layout:
    """The layout of the block's own items; of an empty block, what ``style`` and ``spread`` say."""
    text = block.text
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
    block: Block, layout: Layout, *, removed: Sequence[int], added: Mapping[int, Sequence[str]]
) -> list[Splice]:
    """Takes the items ``removed`` (indexes, ascending) out and puts the texts ``added`` in.

    ``added[i]`` comes after item i, which must stay; ``added[-1]`` before the first that stays.
    """
    count = len(block.starts)
    if len(removed) == count:
        return _refill(
            block, layout, layout.separator.join(text for texts in added.values() for text in texts)
        )
    splices = [_cut(block, first, last) for first, last in _runs(removed)]
    gone = set(removed)
    for place, texts in added.items():
        if place < 0:
            first = next(item for item in range(count) if item not in gone)
            start, separator = block.starts[first], _separator(block, layout, first)
            splices.append(Splice(start, start, "".join(text + separator for text in texts)))
        else:
            end, separator = block.ends[place], _separator(block, layout, place)
            splices.append(Splice(end, end, "".join(separator + text for text in texts)))
    return splices


def spliced(text: str, splices: Iterable[Splice]) -> str:
    """The text with all splices done; they must not overlap."""
    # Python extends a text in place where just one name refers to it and one statement does it again
    # and again: a list of slices to join, or a StringIO, would hold a large text a second time.
    new = ""
    for part in _parts(text, sorted(splices)):
        new += part
    return new


def _parts(text: str, splices: Iterable[Splice]) -> Iterator[str]:
    """The new text in parts that are worth their time.

    The first are small, because Python notices the repetition after some dozens only and copies until
    then. Of a large text the others are a fixed share: the system may move all of it for every one.
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


def _refill(block: Block, layout: Layout, joined: str) -> list[Splice]:
    start, end = block.start + 1, block.end - 1
    if len(block.starts):
        if joined:
            return [Splice(block.starts[0], block.ends[-1], joined)]
        return [Splice(start, end, "")]
    if not joined:
        return []
    # What white space there is between the brackets stays, as part of the closing line where it can be.
    space = block.text[start:end]
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


def _cut(block: Block, first: int, last: int) -> Splice:
    """Removes a run of items (not all of them) with its comma, and its lines where it has them for itself."""
    text, starts, ends = block.text, block.starts, block.ends
    before = text[ends[first - 1] if first else block.start + 1 : starts[first]]
    if last == len(starts) - 1:
        return Splice(ends[first - 1], ends[last], "")
    after = text[ends[last] : starts[last + 1]]
    if before.replace(",", "", 1) == after.replace(",", "", 1):  # set apart alike on both sides
        return Splice(starts[first], starts[last + 1], "")
    line_end = after.find("\n", after.index(","))
    own_line = "\n" in before and not _after_line_end(before).strip()
    if own_line and line_end >= 0:
        return Splice(starts[first] - len(_after_line_end(before)), ends[last] + line_end + 1, "")
    if first and line_end >= 0 and "\n" not in before:
        return Splice(ends[first - 1], ends[last], "")
    return Splice(starts[first], starts[last + 1], "")


def _separator(block: Block, layout: Layout, place: int) -> str:
    if place == len(block.starts) - 1:
        return layout.separator
    return _one_line(block.text[block.ends[place] : block.starts[place + 1]])


def _one_line(separator: str) -> str:
    """The separator without blank lines, which belong to what they set apart."""
    if separator.count("\n") < 2:
        return separator
    line_end = "\r\n" if "\r\n" in separator else "\n"
    last = _after_line_end(separator)
    return line_end + last if "," in last else "," + line_end + last


def _after_line_end(text: str) -> str:
    return text[text.rindex("\n") + 1 :]
