"""Find the known name that a misspelt one probably means."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations

# Shorter names are too similar to allow two wrong letters; even shorter ones, to allow one.
_LEAST_FOR_ONE = 3
_LEAST_FOR_TWO = 9
_MOST_LETTERS = 2


def misspelling(name: str, known: frozenset[str]) -> str | None:
    """Return the one of ``known`` that ``name`` is a typo of, or None.

    Two names match if they are equal after one letter is removed from each (two in longer names): the letter
    may be missing, doubled, wrong or in the wrong place. Names that are merely similar, such as proxy_config
    and cluster_config, do not match. The time hardly depends on the number of known names.
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
    """Yield the name itself, then with one letter removed, then with two."""
    yield name
    if len(name) >= _LEAST_FOR_ONE:
        yield from (name[:at] + name[at + 1 :] for at in range(len(name)))
    if len(name) >= _LEAST_FOR_TWO:
        for first, second in combinations(range(len(name)), 2):
            yield name[:first] + name[first + 1 : second] + name[second + 1 :]
