"""Measure, shorten and wrap text by the columns of a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def text_width(text: str) -> int:
    """How many columns the text takes: East Asian wide characters and emoji two, accents none."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def shortened(text: str, columns: int, mark: str = "…") -> str:
    """``text`` in at most this many columns, ``mark`` in place of its middle."""
    if text_width(text) <= columns:
        return text
    room = columns - text_width(mark)
    if room <= 0:
        return mark[:columns]
    # The beginning says more than the end, so the odd column goes to it.
    front = _cut(text, (room + 1) // 2)
    back = _cut(text[::-1], room - text_width(front))[::-1]
    return f"{front}{mark}{back}"


def shortened_list(items: Sequence[str], columns: int, mark: str = "…") -> str:
    """As many of the items as fit into the columns, and ``+N`` for the rest; the first is always there."""
    whole = ", ".join(items)
    if text_width(whole) <= columns or len(items) < 2:
        return shortened(whole, columns, mark)
    for count in range(len(items) - 1, 0, -1):
        text = f"{', '.join(items[:count])} +{len(items) - count}"
        if text_width(text) <= columns:
            return text
    rest = f" +{len(items) - 1}"
    return shortened(items[0], max(1, columns - len(rest)), mark) + rest


def wrapped(text: str, columns: int, indent: str = "") -> Iterator[str]:
    """The text in lines of at most this many columns, broken at spaces; ``indent`` begins all but the first.

    A longer word, such as a path, is left whole: whoever copies it gets it in one piece.
    """
    line, empty = "", True
    for word in text.split(" "):
        longer = word if empty else f"{line} {word}"
        if not empty and text_width(longer) > columns:
            yield line.rstrip()
            longer = f"{indent}{word}"
        line, empty = longer, False
    yield line


def reads_from_right(text: str) -> bool:
    """Whether the text has characters of a script that is written from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in text)


def _character_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me") or "\u1160" <= character <= "\u11ff":
        return 0  # accents, and the parts of Korean syllables that join the one before
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _cut(text: str, columns: int) -> str:
    """The longest beginning of ``text`` that fits into the columns."""
    used = 0
    for index, character in enumerate(text):
        used += _character_width(character)
        if used > columns:
            return text[:index]
    return text
