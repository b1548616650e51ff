"""Finds out why and where a text is not JSON, once the fast scanner has said that it is not.

Reads one value slowly and without recursion. No message holds any of the text.
"""

from __future__ import annotations

import math
import re

MAX_DEPTH = 500
"""How many objects and lists may lie inside one another, the top level included."""


class ScanError(ValueError):
    """The text is not usable JSON at ``offset``; the message never holds any of the text."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


def first_fault(text: str, offset: int, *, depth: int) -> ScanError:
    """Why the value at ``offset``, with ``depth`` objects and lists around it, was refused."""
    closers: list[str] = []
    try:
        while True:
            start = text[offset : offset + 1]
            opens = start != "" and start in "[{"
            if opens:
                closers.append("]" if start == "[" else "}")
                if depth + len(closers) > MAX_DEPTH:
                    return _too_deep(offset)
                offset = _skip_space(text, offset + 1)
            else:
                offset = _scalar_end(text, offset)
            if not opens or text[offset : offset + 1] == closers[-1]:
                offset = _next_value(text, offset, closers)
            elif start == "{":
                offset = _named_value(text, offset)
            if not closers:
                return ScanError(offset, "too deeply nested to be read here")
    except ScanError as fault:
        return fault


def check_depth(text: str, start: int, end: int, *, depth: int) -> None:
    """Raises ScanError when the value between the offsets is nested too deeply; it must be JSON."""
    for found in _BRACKETS(text, start, end):
        bracket = text[found.start()]
        if bracket in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep(found.start())
        elif bracket in "]}":
            depth -= 1


def string_fault(text: str, offset: int) -> ScanError:
    """What is wrong with the text (in quotation marks) that begins at ``offset``."""
    start = _STRING_START(text, offset)
    end = start.end() if start else offset
    if end >= len(text):
        return ScanError(offset, "not JSON: text without a closing quotation mark")
    if text[end] == "\\":
        return ScanError(end, "not JSON: unknown escape in a text")
    return ScanError(end, "not JSON: control character in a text")


_PLAIN = r'[^"\\\x00-\x1f]*'
_ESCAPED = rf'"{_PLAIN}(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{{4}}){_PLAIN})*'
_STRING = re.compile(_ESCAPED + '"').match
_STRING_START = re.compile(_ESCAPED).match
_BRACKETS = re.compile(r'[\[{\]}]|"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL).finditer
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?").match
_CONSTANT = re.compile(r"NaN|-?Infinity").match
_WORD = re.compile(r"true|false|null").match
_SPACE = re.compile(r"[ \t\n\r]*").match


def _skip_space(text: str, offset: int) -> int:
    found = _SPACE(text, offset)
    return found.end() if found else offset


def _next_value(text: str, offset: int, closers: list[str]) -> int:
    """Where the next value begins after one that ended at ``offset``; closes what ends there."""
    while closers:
        offset = _skip_space(text, offset)
        closer = closers[-1]
        if text[offset : offset + 1] == closer:
            closers.pop()
            offset += 1
            continue
        if text[offset : offset + 1] != ",":
            raise ScanError(offset, f"not JSON: ',' or '{closer}' expected")
        offset = _skip_space(text, offset + 1)
        return _named_value(text, offset) if closer == "}" else offset
    return offset


def _named_value(text: str, offset: int) -> int:
    if text[offset : offset + 1] != '"':
        raise ScanError(offset, "not JSON: a member's name in double quotes expected")
    name = _STRING(text, offset)
    if name is None:
        raise string_fault(text, offset)
    colon = _skip_space(text, name.end())
    if text[colon : colon + 1] != ":":
        raise ScanError(colon, "not JSON: ':' expected")
    return _skip_space(text, colon + 1)


def _scalar_end(text: str, offset: int) -> int:
    if text[offset : offset + 1] == '"':
        string = _STRING(text, offset)
        if string is None:
            raise string_fault(text, offset)
        return string.end()
    if _CONSTANT(text, offset):
        raise ScanError(offset, "not JSON: NaN and Infinity are no numbers")
    if word := _WORD(text, offset):
        return word.end()
    number = _NUMBER(text, offset)
    if number is None:
        raise ScanError(
            offset,
            "not JSON: the text ends too early" if offset >= len(text) else "not JSON: a value expected",
        )
    if math.isinf(float(number[0])):
        raise ScanError(offset, "the number is too large for the gateway")
    return number.end()


def _too_deep(offset: int) -> ScanError:
    return ScanError(offset, f"nested deeper than {MAX_DEPTH} levels")
