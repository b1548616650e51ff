"""Explain why a text is not JSON: recognise the common accidents, with a hint for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_keys.jsontext.errors import ScanError

if TYPE_CHECKING:
    from json import JSONDecodeError

_TEMPLATE = (("${", "{%", "<%"), "a template that was not rendered", "render it first")
# Known accidents: how the text begins, what it is, what to do about it.
_ACCIDENTS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("//", "/*", "#"), "a comment", "comments are not JSON: remove them"),
    (
        ("<<<<<<< ", "||||||| ", "=======\n", "=======\r", ">>>>>>> "),
        "a conflict marker of git",
        "resolve the merge: keep one side, and remove the markers",
    ),
    (tuple("\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"), "a typographic quotation mark", 'write " instead'),
    (("'", "`"), "a text in other quotation marks", 'write " instead'),
    (("True", "False", "None"), "a word of Python", "write true, false or null"),
    _TEMPLATE,
)


def syntax_error(text: str, offset: int, reason: str) -> ScanError:
    """Return the error of a text that stops being JSON at ``offset``, with a hint for a known accident."""
    for beginnings, what, hint in _ACCIDENTS:
        if text.startswith(beginnings, offset):
            return ScanError(offset, f"not JSON: {what}", hint)
    if offset and text.startswith(("{{", "{%"), offset - 1):
        return ScanError(offset - 1, f"not JSON: {_TEMPLATE[1]}", _TEMPLATE[2])
    if text[offset : offset + 1] in ("}", "]") and _last_before(text, offset) == ",":
        return ScanError(offset, "not JSON: a trailing comma", "remove the comma before the bracket")
    if offset >= len(text):
        return ScanError(offset, "not JSON: the text ends too early")
    return ScanError(offset, f"not JSON: {reason}")


def decoding_error(text: str, error: JSONDecodeError) -> ScanError:
    """Return the same error for what Python's decoder refuses."""
    place = error.pos
    # From Python 3.13 on, it reports a trailing comma, before that the bracket after it.
    if error.msg.startswith("Illegal trailing comma"):
        place += 1
        while text[place : place + 1] in {" ", "\t", "\n", "\r"}:
            place += 1
    reason = error.msg.removesuffix(" at").removesuffix(" starting")
    return syntax_error(text, place, reason[:1].lower() + reason[1:])


def _last_before(text: str, offset: int) -> str:
    """Return the last character before ``offset`` that is not white space; empty if there is none."""
    while offset and text[offset - 1] in " \t\n\r":
        offset -= 1
    return text[max(offset - 1, 0) : offset]
