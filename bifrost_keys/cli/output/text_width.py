"""Measure, shorten and wrap text by the columns of a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def text_width(text: str) -> int:
    """Return the width of the text in columns: 2 for East Asian wide characters and emoji, 0 for accents."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def shortened(text: str, columns: int, mark: str = "…") -> str:
    """Return ``text`` in at most this many columns, with ``mark`` in place of its middle."""
    if text_width(text) <= columns:
        return text
    room = columns - text_width(mark)
    if room <= 0:
        return mark[:columns]
    # The beginning is more informative than the end, so it gets the odd column.
    front = _cut(text, (room + 1) // 2)
    back = _cut(text[::-1], room - text_width(front))[::-1]
    return f"{front}{mark}{back}"


def shortened_list(items: Sequence[str], columns: int, mark: str = "…") -> str:
    """Return as many items as fit, at least the first one, and ``+N`` for the rest."""
    whole = ", ".join(items)
    if text_width(whole) <= columns or len(items) < 2:
        return shortened(whole, columns, mark)
    for count in range(min(_fitting(items, columns), len(items) - 1), 0, -1):
        text = f"{', '.join(items[:count])} +{len(items) - count}"
        if text_width(text) <= columns:
            return text
    rest = f" +{len(items) - 1}"
    return shortened(items[0], max(1, columns - len(rest)), mark) + rest


def _fitting(items: Sequence[str], columns: int) -> int:
    """Return how many items fit with ", " between them."""
    used = -2
    for count, item in enumerate(items):
        used += 2 + text_width(item)
        if used > columns:
            return count
    return len(items)


def wrapped(text: str, columns: int, indent: str = "") -> Iterator[str]:
    """Return the text in lines of at most this many columns, broken at spaces.

    ``indent`` begins all lines but the first. A longer word, such as a path, stays whole, so that it can be
    copied in one piece.
    """
    line: list[str] = []
    used = -1
    for word in text.split(" "):
        width = text_width(word)
        if line and used + 1 + width > columns:
            yield " ".join(line).rstrip()
            line, used = [indent + word], text_width(indent) + width
        else:
            line.append(word)
            used += 1 + width
    yield " ".join(line)


def reads_from_right(text: str) -> bool:
    """Return whether the text has characters of a right-to-left script."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in text)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me") or "\u1160" <= character <= "\u11ff":
        return 0  # accents, and parts of Korean syllables, which join the character before
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(text: str, columns: int) -> str:
    """Return the longest beginning of ``text`` that fits."""
    used = 0
    for index, character in enumerate(text):
        used += _character_width(character)
        if used > columns:
            return text[:index]
    return text
