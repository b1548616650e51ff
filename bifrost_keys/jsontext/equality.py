"""Compare JSON values as the gateway does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal: 1 equals 1.0, but true does not equal 1, nor -0 equal 0."""
    return _matches(one, other, ordered=False)


def same_in_order(pairs: Any, expected: Any) -> bool:
    """Like ``same``, for a value whose objects are tuples of pairs: the order of members counts too."""
    return _matches(pairs, expected, ordered=True)


def _matches(found: Any, expected: Any, *, ordered: bool) -> bool:
    # No recursion, because 500 levels come near Python's limit.
    todo = [(found, expected)]
    while todo:
        one, other = todo.pop()
        if type(other) is str:  # as most values are
            if type(one) is not str or one != other:
                return False
        elif isinstance(other, Mapping):
            pairs = tuple(one.items()) if isinstance(one, Mapping) else one if ordered else None
            if not isinstance(pairs, tuple) or len(pairs) != len(other):
                return False
            names = [name for name, _ in pairs]
            if names != list(other) if ordered else not other.keys() >= set(names):
                return False
            todo += [(part, other[name]) for name, part in pairs]
        elif isinstance(other, (list, tuple)):
            if not isinstance(one, list if ordered else (list, tuple)) or len(one) != len(other):
                return False
            todo += zip(one, other, strict=True)
        elif not _same_scalar(one, other):
            return False
    return True


def _same_scalar(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return type(one) is type(other) and bool(one == other)
