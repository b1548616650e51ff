"""Which known name a misspelt one probably is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations

# Shorter names are too alike for two letters to be a slip; still shorter ones for one.
_LEAST_FOR_ONE = 3
_LEAST_FOR_TWO = 9
_MOST_LETTERS = 2


def misspelling(name: str, known: frozenset[str]) -> str | None:
    """The one of ``known`` that ``name`` differs from by a slip of the keyboard, or None.

    A slip: the two agree once a letter is taken out of each (in longer names two letters), so one that
    is missing, doubled, wrong or in the wrong place. Names that merely resemble each other, such as
    proxy_config and cluster_config, are nothing to each other. Takes about as long for 1,000 known names
    as for one.
    """
    folded = name.casefold()
    if len(folded) > _longest(known) + _MOST_LETTERS:
        return None
    for shortened in _shortened(folded):
        if found := _index(known).get(shortened):
            return found
    return None


@cache
def _longest(known: frozenset[str]) -> int:
    return max(map(len, known), default=0)


@cache
def _index(known: frozenset[str]) -> dict[str, str]:
    return {shortened: name for name in sorted(known, reverse=True) for shortened in _shortened(name)}


def _shortened(name: str) -> Iterator[str]:
    """The name itself, then with one letter less, then with two."""
    yield name
    if len(name) >= _LEAST_FOR_ONE:
        yield from (name[:at] + name[at + 1 :] for at in range(len(name)))
    if len(name) >= _LEAST_FOR_TWO:
        for first, second in combinations(range(len(name)), 2):
            yield name[:first] + name[first + 1 : second] + name[second + 1 :]
