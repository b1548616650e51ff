"""Write JSON as the gateway does: compact, in UTF-8, with the number format of Go's standard library."""

from __future__ import annotations

import json
import re
from typing import Any

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
_ESCAPE = re.compile(r"\\.")
_SPELLING = {r"\b": r"\u0008", r"\f": r"\u000c"}


def utf8(value: str) -> bytes:
    """Encode ``value`` in UTF-8; lone surrogates, which Go cannot represent, become U+FFFD."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        return re.sub("[\ud800-\udfff]", "\ufffd", value).encode()


def compact(value: Any) -> str:
    """Return ``value`` as JSON without white space, with its members in their present order.

    Strings escape only quotes, backslashes and control characters.
    """
    encoded = _ENCODE(value)
    return (
        _ESCAPE.sub(lambda found: _SPELLING.get(found[0], found[0]), encoded) if "\\" in encoded else encoded
    )


def number(value: float) -> str:
    """Format ``value`` as a float64: ``1``, ``0.5``, ``1e-7``, ``1e+21``; empty if it is out of range."""
    if value == 1:  # the usual weight
        return "1"
    try:
        as_float = float(value)
    except OverflowError:
        return ""
    spelling = repr(as_float)
    if spelling in ("inf", "-inf", "nan"):
        return ""
    sign = "-" if spelling.startswith("-") else ""
    mantissa, _, exponent = spelling.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if not digits:
        return sign + "0"
    # The number is now 0.DIGITS times ten to the power of ``point``.
    if -6 < point <= 21:
        if point <= 0:
            return f"{sign}0.{'0' * -point}{digits}"
        rest = digits[point:]
        return sign + digits[:point].ljust(point, "0") + (f".{rest}" if rest else "")
    rest = digits[1:]
    return f"{sign}{digits[0]}{f'.{rest}' if rest else ''}e{point - 1:+d}"
