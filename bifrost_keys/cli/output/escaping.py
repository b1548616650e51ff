"""Escape text from files and arguments, so that it is safe to print."""

from __future__ import annotations

import unicodedata

from bifrost_keys.gateway.names import UNSEEN_CATEGORIES


def shown(text: str) -> str:
    """Return ``text`` on one line, with control, bidirectional and invisible characters escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(c) if unicodedata.category(c) in UNSEEN_CATEGORIES else c for c in text)


def shown_json(text: str) -> str:
    """Return JSON text with the same characters, which JSON allows, as JSON escapes."""
    if text.isascii() and "\x7f" not in text:  # other control characters are escaped already
        return text
    unsafe = [c for c in set(text) if c != "\n" and unicodedata.category(c) in UNSEEN_CATEGORIES]
    for character in unsafe:
        units = character.encode("utf-16-be", "surrogatepass").hex()
        text = text.replace(character, "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)))
    return text


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
