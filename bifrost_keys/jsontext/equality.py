"""Compare JSON values as the gateway does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

_SCALARS: Final = frozenset({str, int, float, bool, type(None)})


def same(one: Any, other: Any) -> bool:
    """Return whether two values are equal: 1 equals 1.0, but true does not equal 1, nor -0 equal 0."""
    return _matches(one, other, ordered=False)


def same_in_order(pairs: Any, expected: Any) -> bool:
    """Like ``same``, for a value whose objects are tuples of pairs: the order of members counts too."""
    return _matches(pairs, expected, ordered=True)


def _matches(found: Any, expected: Any, *, ordered: bool) -> bool:
    # No recursion, because 500 levels come near Python's limit; and no list of what is left to compare,
    # because there may be millions of parts.
    around = [iter([(found, expected)])]
    while around:
        for one, other in around[-1]:
            if type(one) not in _SCALARS:
                parts = _parts(one, other, ordered=ordered)
                if parts is None:
                    return False
                around.append(iter(parts))
                break
            if not _same_scalar(one, other):
                return False
        else:
            around.pop()
    return True


def _parts(one: Any, other: Any, *, ordered: bool) -> Iterable[tuple[Any, Any]] | None:
    """Return the values inside the two that must be equal, in pairs; None if the two differ."""
    if isinstance(other, Mapping):
        pairs = one.items() if isinstance(one, Mapping) else one if ordered and type(one) is tuple else None
        if pairs is None or len(pairs) != len(other):
            return None
        if ordered:
            known = all(name == known for (name, _), known in zip(pairs, other, strict=True))
        else:
            known = all(name in other for name in one)
        return ((part, other[name]) for name, part in pairs) if known else None
    if isinstance(other, (list, tuple)):
        fits = isinstance(one, list if ordered else (list, tuple)) and len(one) == len(other)
        return zip(one, other, strict=True) if fits else None
    return () if _same_scalar(one, other) else None


def _same_scalar(one: Any, other: Any) -> bool:
    if type(one) is str:  # as most values are
        return type(other) is str and one == other
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return type(one) is type(other) and bool(one == other)
