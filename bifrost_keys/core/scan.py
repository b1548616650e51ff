"""Where things stand in a JSON text: the standard library's own scanner, asked for offsets.

A value that nobody needs is skipped at C speed; only the levels that matter are walked here.
Everything that the gateway's reader (Go's) refuses is refused: NaN, Infinity, numbers beyond a float64.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from json import JSONDecodeError, JSONDecoder
from json.decoder import scanstring  # type: ignore[attr-defined]  # the stubs leave it out
from typing import Any, Final

MAX_DEPTH: Final = 500
_SURE_DIGITS: Final = 300
_space = re.compile(r"[ \t\n\r]*").match


class ScanError(ValueError):
    """The text stops being usable JSON at ``offset``; the message never repeats the text."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


class _NumberError(ValueError):
    def __init__(self, literal: str) -> None:
        super().__init__()
        self.literal = literal


def _float(literal: str) -> float:
    number = float(literal)
    if number - number != 0:
        raise _NumberError(literal)
    return number


def _integer(literal: str) -> int:
    if len(literal) > _SURE_DIGITS:
        _float(literal)
    return int(literal)


def _constant(literal: str) -> Any:
    raise _NumberError(literal)


_decode = JSONDecoder(parse_float=_float, parse_int=_integer, parse_constant=_constant).raw_decode


def after_space(text: str, offset: int) -> int:
    """The first offset from ``offset`` on that is no white space."""
    found = _space(text, offset)
    assert found is not None
    return found.end()


def value_at(text: str, start: int, *, depth: int = 0) -> tuple[Any, int]:
    """The value that begins at ``start``, ``depth`` levels below the top, and the offset of its end."""
    try:
        value, end = _decode(text, start)
    except JSONDecodeError as error:
        # The decoder's own error carries the whole text, secrets included: it must not travel on.
        raise ScanError(error.pos, _plain(error.msg)) from None
    except RecursionError:
        raise ScanError(start, f"nested deeper than {MAX_DEPTH}") from None
    except _NumberError as error:
        place = re.compile(r"(?:\A|[\[,:\s])(" + re.escape(error.literal[:400]) + ")").search(text, start)
        offset = place.start(1) if place is not None else start
        raise ScanError(offset, "a number that JSON or a float64 does not have") from None
    room = MAX_DEPTH - depth
    if text.count("[", start, end) + text.count("{", start, end) > room and _depth(value) > room:
        raise ScanError(start, f"nested deeper than {MAX_DEPTH}")
    return value, end


def string_at(text: str, start: int) -> tuple[str, int]:
    """The string whose opening quote stands at ``start``, and the offset behind its closing one."""
    if text[start : start + 1] != '"':
        raise ScanError(start, "expected a name in double quotes")
    try:
        name, end = scanstring(text, start + 1, True)
    except JSONDecodeError as error:
        raise ScanError(error.pos, _plain(error.msg)) from None
    return name, end


def walk_object(text: str, start: int, visit: Callable[[str, int, int], int]) -> int:
    """Call ``visit(name, name_start, value_start)``, which answers the value's end, for every member.

    ``start`` is the offset of the brace; answers the offset behind the closing one.
    """
    index = after_space(text, start + 1)
    if text[index : index + 1] == "}":
        return index + 1
    while True:
        name_start = index
        name, index = string_at(text, index)
        index = after_space(text, index)
        if text[index : index + 1] != ":":
            raise ScanError(index, "expected : after a name")
        index = after_space(text, visit(name, name_start, after_space(text, index + 1)))
        mark = text[index : index + 1]
        if mark == "}":
            return index + 1
        if mark != ",":
            raise ScanError(index, "expected , or }")
        index = after_space(text, index + 1)


def walk_array(text: str, start: int, visit: Callable[[int], int]) -> int:
    """Call ``visit(start)``, which answers the end, for every element; answers the end of the array."""
    index = after_space(text, start + 1)
    if text[index : index + 1] == "]":
        return index + 1
    while True:
        index = after_space(text, visit(index))
        mark = text[index : index + 1]
        if mark == "]":
            return index + 1
        if mark != ",":
            raise ScanError(index, "expected , or ]")
        index = after_space(text, index + 1)


def _plain(message: str) -> str:
    return message[:1].lower() + message[1:].removesuffix(": ").removesuffix(" at")


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [part for part in level if type(part) in (dict, list)]:
        depth += 1
        level = [child for part in level for child in (part.values() if type(part) is dict else part)]
    return depth
