"""Text from files and arguments, made safe to look at."""

from __future__ import annotations

import unicodedata
from typing import Final

# What a terminal acts on, does not show, or shows elsewhere than it stands.
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def shown(text: str) -> str:
    """``text`` on one line, with control, bidirectional and invisible characters as escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in _UNSAFE else c for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
