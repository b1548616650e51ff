"""Reads JSON text by offsets: where values begin and end, and where the text stops being JSON.

A value is skipped at C speed by the standard library's own scanner. What that scanner cannot tell
(the place of a fault, a depth limit that is the same in every Python) is found by a second, slow
look at the one value in question.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from bifrost_keys.jsontext.diagnosis import MAX_DEPTH, ScanError, check_depth, first_fault, string_fault


class Member(NamedTuple):
    """One member of an object: its decoded name, where the name begins, where the value lies."""

    name: str
    name_start: int
    start: int
    end: int


def after_space(text: str, offset: int) -> int:
    """The first offset from here on that holds no JSON white space."""
    found = _SPACE(text, offset)
    return found.end() if found else offset


def pairs_at(text: str, offset: int, *, depth: int) -> tuple[Any, int]:
    """The value at ``offset`` and its end; an object is a tuple of pairs, so that duplicates show.

    ``depth`` counts the objects and lists around it. Raises ScanError.
    """
    return _read(_scan_pairs, text, offset, depth)


def value_at(text: str, offset: int, *, depth: int = 0) -> tuple[Any, int]:
    """The value at ``offset`` as plain data, of duplicate names the last, and its end. Raises ScanError."""
    return _read(_scan_plain, text, offset, depth)


def read_member_name(text: str, offset: int) -> tuple[str, int]:
    """The member's name at ``offset``, and where its value begins. Raises ScanError."""
    plain = _PLAIN_NAME(text, offset)
    if plain is not None:
        return plain[1], plain.end()
    if text[offset : offset + 1] != '"':
        raise ScanError(offset, "not JSON: a member's name in double quotes expected")
    try:
        name, end = _scan_plain(text, offset)
    except ValueError:
        end = -1
    if end < 0:
        raise string_fault(text, offset)
    colon = after_space(text, end)
    if text[colon : colon + 1] != ":":
        raise ScanError(colon, "not JSON: ':' expected")
    return name, after_space(text, colon + 1)


def walk_object(text: str, start: int, visit: Callable[[str, int, int], int]) -> int:
    """Calls ``visit(name, name_start, value_start) -> value_end`` for each member; returns the object's end.

    Raises ScanError.
    """
    offset = after_space(text, start + 1)
    if text[offset : offset + 1] == "}":
        return offset + 1
    while True:
        name, value = read_member_name(text, offset)
        end = visit(name, offset, value)
        found = _NEXT_MEMBER(text, end)
        if found is None:
            raise ScanError(after_space(text, end), "not JSON: ',' or '}' expected")
        offset = found.end()
        if found[1] == "}":
            return found.end(1)


def walk_array(text: str, start: int, visit: Callable[[int], int]) -> int:
    """Calls ``visit(start) -> end`` for each element; returns the list's end. Raises ScanError."""
    offset = after_space(text, start + 1)
    if text[offset : offset + 1] == "]":
        return offset + 1
    while True:
        end = visit(offset)
        found = _NEXT_ELEMENT(text, end)
        if found is None:
            raise ScanError(after_space(text, end), "not JSON: ',' or ']' expected")
        offset = found.end()
        if found[1] == "]":
            return found.end(1)


def members(text: str, start: int) -> list[Member]:
    """The members of the object that begins at ``start``."""
    found: list[Member] = []

    def visit(name: str, name_start: int, value: int) -> int:
        end = pairs_at(text, value, depth=0)[1]
        found.append(Member(name, name_start, value, end))
        return end

    walk_object(text, start, visit)
    return found


def elements(text: str, start: int) -> list[tuple[int, int]]:
    """Start and end of each element of the list that begins at ``start``."""
    found: list[tuple[int, int]] = []

    def visit(value: int) -> int:
        end = pairs_at(text, value, depth=0)[1]
        found.append((value, end))
        return end

    walk_array(text, start, visit)
    return found


def type_name(text: str, offset: int) -> str:
    """What kind of value begins at ``offset``, in words: "an object", "a list", "null", ..."""
    return _TYPES.get(text[offset : offset + 1], "a number")


_TYPES = {"{": "an object", "[": "a list", '"': "text", "t": "true", "f": "false", "n": "null"}
_SPACE = re.compile(r"[ \t\n\r]*").match
_PLAIN_NAME = re.compile(r'"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:[ \t\n\r]*+').match
_NEXT_MEMBER = re.compile(r"[ \t\n\r]*([,}])[ \t\n\r]*").match
_NEXT_ELEMENT = re.compile(r"[ \t\n\r]*([,\]])[ \t\n\r]*").match


def _read(scan: Callable[[str, int], tuple[Any, int]], text: str, offset: int, depth: int) -> tuple[Any, int]:
    try:
        value, end = scan(text, offset)
    except (ValueError, RecursionError):
        end = -1  # the scanner's error holds the whole text: ours is raised outside of its reach
    if end < 0:
        raise first_fault(text, offset, depth=depth)
    room = MAX_DEPTH - depth
    # Only a long value with many brackets can be too deep: most are neither.
    if end - offset > 2 * room and text.count("{", offset, end) + text.count("[", offset, end) > room:
        check_depth(text, offset, end, depth=depth)
    return value, end


def _integer(digits: str) -> float:
    if digits == "-0":
        return -0.0  # the gateway's numbers are floats and keep this sign
    if len(digits) > 308 and math.isinf(float(digits)):
        raise ValueError
    return int(digits)


def _number(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise ValueError
    return value


def _constant(_name: str) -> float:
    raise ValueError


_scan_pairs = json.JSONDecoder(
    object_pairs_hook=tuple, parse_int=_integer, parse_float=_number, parse_constant=_constant
).raw_decode
_scan_plain = json.JSONDecoder(parse_int=_integer, parse_float=_number, parse_constant=_constant).raw_decode
