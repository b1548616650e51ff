"""Scan JSON text: find where values begin and end, and where the text stops being valid JSON.

The standard library's scanner skips a value at C speed, and reports the position and reason of an error. This
module also refuses what Python accepts but Go does not: NaN, infinite numbers, and deep nesting.
"""

import json
import math
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.syntax_errors import decoding_error, syntax_error

MAX_DEPTH = 500
"""How many objects and lists may be inside one another, the top level included."""


class Member(NamedTuple):
    """One member of an object: its decoded name, and the positions of name and value."""

    name: str
    name_start: int
    start: int
    end: int


class Members:
    """The members of one object, in the order of the text.

    Positions are in arrays: an object for each of many short members would take several times their text.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.name_starts = array("Q")
        self.starts = array("Q")
        self.ends = array("Q")

    def append(self, member: Member) -> None:
        """Add the next member."""
        self.names.append(member.name)
        self.name_starts.append(member.name_start)
        self.starts.append(member.start)
        self.ends.append(member.end)

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, place: int) -> Member:
        return Member(self.names[place], self.name_starts[place], self.starts[place], self.ends[place])

    def __iter__(self) -> Iterator[Member]:
        return map(Member, self.names, self.name_starts, self.starts, self.ends)


def after_space(text: str, offset: int) -> int:
    """Return the first offset from here on that is not JSON white space."""
    found = _SPACE(text, offset)
    return found.end() if found else offset


def pairs_at(text: str, offset: int, *, depth: int) -> tuple[Any, int]:
    """Return the value at ``offset`` and its end; an object is a tuple of pairs, to show duplicates.

    ``depth`` counts the objects and lists around it. Raise ScanError.
    """
    return _read(_scan_pairs, text, offset, depth)


def value_at(text: str, offset: int, *, depth: int = 0) -> tuple[Any, int]:
    """Return the value at ``offset`` as plain data and its end; the last of duplicates counts.

    Raise ScanError.
    """
    return _read(_scan_plain, text, offset, depth)


def read_member_name(text: str, offset: int) -> tuple[str, int]:
    """Return the member's name at ``offset``, and the offset of its value. Raise ScanError."""
    plain = _PLAIN_NAME(text, offset)
    if plain is not None:
        return plain[1], plain.end()
    if text[offset : offset + 1] != '"':
        raise syntax_error(text, offset, "expecting property name enclosed in double quotes")
    name, end = value_at(text, offset)
    colon = after_space(text, end)
    if text[colon : colon + 1] != ":":
        raise syntax_error(text, colon, "expecting ':' delimiter")
    return name, after_space(text, colon + 1)


def walk_object(text: str, start: int, visit: Callable[[str, int, int], int]) -> int:
    """Call ``visit(name, name_start, value_start) -> value_end`` for each member; return the object's end.

    Raise ScanError.
    """
    offset = after_space(text, start + 1)
    if text[offset : offset + 1] == "}":
        return offset + 1
    while True:
        name, value = read_member_name(text, offset)
        end = visit(name, offset, value)
        found = _NEXT_MEMBER(text, end)
        if found is None:
            raise syntax_error(text, after_space(text, end), "expecting ',' delimiter")
        offset = found.end()
        if found[1] == "}":
            return found.end(1)


def walk_array(text: str, start: int, visit: Callable[[int], int]) -> int:
    """Call ``visit(start) -> end`` for each element; return the list's end. Raise ScanError."""
    offset = after_space(text, start + 1)
    if text[offset : offset + 1] == "]":
        return offset + 1
    while True:
        end = visit(offset)
        found = _NEXT_ELEMENT(text, end)
        if found is None:
            raise syntax_error(text, after_space(text, end), "expecting ',' delimiter")
        offset = found.end()
        if found[1] == "]":
            return found.end(1)


def members(text: str, start: int) -> Members:
    """Return the members of the object that begins at ``start``."""
    return read_object(text, start)[0]


def read_object(text: str, start: int) -> tuple[Members, int]:
    """Return the members of the object that begins at ``start``, and its end."""
    found = Members()

    def visit(name: str, name_start: int, value: int) -> int:
        end = pairs_at(text, value, depth=0)[1]
        found.append(Member(name, name_start, value, end))
        return end

    return found, walk_object(text, start, visit)


def read_list(text: str, start: int) -> tuple[Sequence[int], Sequence[int], int]:
    """Return the starts and the ends of the elements of the list that begins at ``start``, and its end."""
    starts, ends = array("Q"), array("Q")

    def visit(value: int) -> int:
        end = pairs_at(text, value, depth=0)[1]
        starts.append(value)
        ends.append(end)
        return end

    return starts, ends, walk_array(text, start, visit)


def type_name(text: str, offset: int) -> str:
    """Return the type of the value at ``offset`` in words: "an object", "a list", "null", ..."""
    return _TYPES.get(text[offset : offset + 1], "a number")


def _read(scan: Callable[[str, int], tuple[Any, int]], text: str, offset: int, depth: int) -> tuple[Any, int]:
    try:
        value, end = scan(text, offset)
    except (ValueError, RecursionError) as error:
        refused: ScanError | None = _fault(text, offset, depth, error)
    else:
        room = MAX_DEPTH - depth
        # Only a long value with many brackets can be too deep, and most values are neither.
        if end - offset < 2 * room or text.count("{", offset, end) + text.count("[", offset, end) <= room:
            return value, end
        refused = _too_deep(text, offset, end, depth)
    if refused is not None:  # raised outside the handler, because the scanner's error contains the whole text
        raise refused
    return value, end


def _fault(text: str, offset: int, depth: int, error: Exception) -> ScanError:
    """Return why the scanner refused the value at ``offset``; nesting that is too deep goes first."""
    if isinstance(error, RecursionError):
        fault = ScanError(offset, "too deeply nested to be read here")
        return _too_deep(text, offset, len(text), depth) or fault
    if isinstance(error, json.JSONDecodeError):
        fault = decoding_error(text, error)
    else:
        fault = _number_fault(text, offset)
    return _too_deep(text, offset, fault.offset, depth) or fault


def _too_deep(text: str, start: int, end: int, depth: int) -> ScanError | None:
    """Return the first bracket between the offsets that is nested too deeply, or None."""
    for found in re.compile(_BRACKETS).finditer(text, start, end):
        bracket = found[0][0]
        if bracket in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return ScanError(found.start(), f"nested deeper than {MAX_DEPTH} levels")
        elif bracket in "]}":
            depth -= 1
    return None


def _number_fault(text: str, offset: int) -> ScanError:
    """Return the first number from ``offset`` on that is too large for a float64, or NaN."""
    for found in re.compile(_NUMBERS).finditer(text, offset):
        if found[1]:
            return ScanError(found.start(), "not JSON: NaN and Infinity are not numbers")
        if found[2] and math.isinf(float(found[2])):
            return ScanError(found.start(), "the number is too large for the gateway")
    return ScanError(offset, "not JSON: a number cannot be read")


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


_TYPES = {"{": "an object", "[": "a list", '"': "text", "t": "true", "f": "false", "n": "null"}
_SPACE = re.compile(r"[ \t\n\r]*").match
_PLAIN_NAME = re.compile(r'"([^"\\\x00-\x1f]*+)"[ \t\n\r]*+:[ \t\n\r]*+').match
_NEXT_MEMBER = re.compile(r"[ \t\n\r]*([,}])[ \t\n\r]*").match
_NEXT_ELEMENT = re.compile(r"[ \t\n\r]*([,\]])[ \t\n\r]*").match
# Possessive, because every other repetition keeps a mark in memory for each escape of a text.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_BRACKETS = rf"(?s:[\[{{\]}}]|{_STRING})"
_NUMBER = r"-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?"
_NUMBERS = rf"(?s:(NaN|-?Infinity)|({_NUMBER})|{_STRING})"

_scan_pairs = json.JSONDecoder(
    object_pairs_hook=tuple, parse_int=_integer, parse_float=_number, parse_constant=_constant
).raw_decode
_scan_plain = json.JSONDecoder(parse_int=_integer, parse_float=_number, parse_constant=_constant).raw_decode
