"""Match patterns in model lists: ``regex:`` and a Go regular expression (from release 2.2.0 on).

The gateway compiles ``(?i)^(?:PATTERN)$`` and matches it against the whole name of the model.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from bifrost_keys.gateway.models.re2_syntax import Atom, Group, Node, Pattern, RefusedError, read_pattern

# Letters for which Go and Python differ when they ignore case.
_CASE_PITFALLS: Final = re.compile("[\u0130\u0131\u017f\u212a]")


def pattern_fault(pattern: str) -> str | None:
    """Return why the gateway refuses the pattern, as a predicate; None if it accepts it."""
    if not pattern.strip():
        return "is an empty pattern"
    if pattern == "*":
        return 'is not a pattern; "*" without regex: matches every model'
    try:
        _read(pattern, whole=True)
    except RefusedError as reason:
        return f"is not a valid RE2 pattern: it {reason}"
    return None


def matches(pattern: str, model: str) -> bool | None:
    """Return whether the pattern matches this model; None if that cannot be determined here.

    That is the case if the pattern sets flags, or contains a character that Python does not understand. A
    pattern that the gateway refuses matches nothing. The time is at most proportional to the product of both
    lengths: there is no backtracking.
    """
    if pattern_fault(pattern) is not None:
        return False
    if _CASE_PITFALLS.search(pattern + model):
        return None
    try:
        # A pattern that closes the parenthesis around it, as in a)|(b, is not anchored to the whole name.
        read = _read(pattern, whole=False)
        if read.flagged:
            return None
        return len(model) in _ends(read.root, model, frozenset({0}))
    except (RefusedError, _CannotTellError, RecursionError):
        return None


class _CannotTellError(Exception):
    """The meaning of a part of the pattern is unknown here."""


@lru_cache(maxsize=256)
def _read(pattern: str, *, whole: bool) -> Pattern:
    return read_pattern(f"(?i)^(?:{pattern})$" if whole else pattern)


def _ends(node: Node, model: str, starts: frozenset[int]) -> frozenset[int]:
    """Return the ends of all matches of ``node`` that begin at one of ``starts``."""
    if not starts:
        return starts
    if isinstance(node, Atom):
        if node.place:
            return frozenset(start for start in starts if _is_at(node.source, model, start))
        fits = _character(node.source)
        return frozenset(start + 1 for start in starts if start < len(model) and fits(model[start]))
    if isinstance(node, Group):
        found: frozenset[int] = frozenset()
        for branch in node.branches:
            ends = starts
            for part in branch:
                ends = _ends(part, model, ends)
            found |= ends
        return found
    ends = starts
    for _ in range(node.least):
        ends = _ends(node.node, model, ends)
    reached, times = ends, node.least
    while ends and (node.most is None or times < node.most):
        ends = _ends(node.node, model, ends) - reached
        reached |= ends
        times += 1
    return reached


def _is_at(place: str, model: str, offset: int) -> bool:
    if place in ("^", "\\A"):
        return offset == 0
    if place in ("$", "\\z"):
        return offset == len(model)
    before, after = model[max(0, offset - 1) : offset], model[offset : offset + 1]
    return (_is_word(before) != _is_word(after)) == (place == "\\b")


def _is_word(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "_")


@lru_cache(maxsize=1000)
def _character(source: str) -> Callable[[str], object]:
    """Return a function that says whether this part of a pattern matches a character."""
    if source == ".":
        return lambda character: character != "\n"
    if "[:" in source or (not source.isascii() and "\\" in source):
        raise _CannotTellError
    # The classes of RE2, such as \w, contain only ASCII.
    flags = re.IGNORECASE | (re.ASCII if source.isascii() else 0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return re.compile(source, flags).fullmatch
    except (re.error, Warning):
        raise _CannotTellError from None
