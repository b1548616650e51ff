"""Limit faults of one kind to the first twenty and the number of the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, Protocol, TypeVar

_MOST: Final = 20


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


_Item = TypeVar("_Item", bound=_Coded)


def first_of_each(items: Iterable[_Item]) -> tuple[list[_Item], Mapping[str, int]]:
    """Return the first twenty of each code in their order, and the number of further ones for each code."""
    counts: Counter[str] = Counter()
    first = []
    for item in items:
        counts[item.code] += 1
        if counts[item.code] <= _MOST:
            first.append(item)
    return first, {code: count - _MOST for code, count in counts.items() if count > _MOST}
