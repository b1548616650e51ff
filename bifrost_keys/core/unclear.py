"""Entries whose meaning is not certain: they are read and reported, but never edited."""

from __future__ import annotations

from typing import Final

from bifrost_keys.core.fields import CONFIG_BY_NAME, KEY_FIELDS
from bifrost_keys.core.scan import value_at, walk_object

_KEY_FIELDS: Final = frozenset(KEY_FIELDS)


def unclear(text: str, start: int) -> tuple[int, str] | None:
    """Why the entry at ``start`` cannot be edited, with the offset; None when it can."""
    _, end = value_at(text, start)
    doubled = _doubled(text, start, _KEY_FIELDS)
    if doubled is not None:
        return doubled
    surrogate = lone_surrogate(text, start, end)
    return None if surrogate is None else (surrogate, "holds half of a surrogate pair, which is no text")


def _doubled(text: str, start: int, known: frozenset[str]) -> tuple[int, str] | None:
    seen: dict[str, int] = {}
    found: list[tuple[int, str]] = []

    def visit(name: str, name_start: int, value_start: int) -> int:
        folded = name.lower()
        if folded in seen:
            line = text.count("\n", 0, seen[folded]) + 1
            found.append((name_start, f"has a member twice, first in line {line}, ignoring case"))
        elif folded in known and name not in known:
            found.append((name_start, f"has the field {folded} in other case"))
        seen[folded] = name_start
        if name in CONFIG_BY_NAME and text[value_start : value_start + 1] == "{":
            inner = frozenset(field.name for field in CONFIG_BY_NAME[name].fields)
            deeper = _doubled(text, value_start, inner)
            if deeper is not None:
                found.append(deeper)
        return value_at(text, value_start)[1]

    walk_object(text, start, visit)
    return found[0] if found else None


def lone_surrogate(text: str, start: int, end: int) -> int | None:
    """The offset of the first escape in ``text[start:end]`` that is half of a surrogate pair, or None."""
    at = text.find("\\", start, end)
    while at >= 0:
        if text[at + 1] != "u":
            at = text.find("\\", at + 2, end)
            continue
        unit = int(text[at + 2 : at + 6], 16)
        if (
            0xD800 <= unit < 0xDC00
            and text[at + 6 : at + 8] == "\\u"
            and 0xDC00 <= int(text[at + 8 : at + 12], 16) < 0xE000
        ):
            at = text.find("\\", at + 12, end)
            continue
        if 0xD800 <= unit < 0xE000:
            return at
        at = text.find("\\", at + 6, end)
    return None
