"""Match the keys of a file with the rows of the gateway's database: by id, else by name.

A key or row is a number here, its place in the file or in the database, so that 100,000 of each need no
objects.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol

from bifrost_keys.gateway.references import KnownKey

NONE: Final = -1


class Handle(Protocol):
    """The handle of a key in a file."""

    @property
    def provider(self) -> str:
        """The provider, in any case."""

    @property
    def name(self) -> str | None:
        """The name; None if it is absent or not text."""

    @property
    def id(self) -> str | None:
        """The id; None if it is absent or not text."""


class Matches:
    """The row of each key, and the key of each row.

    Ids and names are unique over all providers: of several keys that match a row, the one at the row's own
    provider gets it. ``row_of`` has a number for each key, ``key_of`` for each row; NONE if there is none.
    """

    def __init__(self, keys: Sequence[Handle], rows: Iterable[KnownKey]) -> None:
        """Match ``keys``, in the order of the file, with ``rows``, in the order of the database."""
        self._names, self._ids = _Texts(len(keys)), _Texts(len(keys))
        for place, key in enumerate(keys):
            self._names.add(key.name or "", place)
            self._ids.add(key.id or "", place)
        lower: dict[str, str] = {}
        self._row_homes: list[str] = []
        for number, row in enumerate(rows):
            self._row_homes.append(lower.setdefault(row.provider, row.provider.lower()))
            self._names.found(row.name or "", number)
            self._ids.found(row.id or "", number)
        self._key_homes = [lower.setdefault(key.provider, key.provider.lower()) for key in keys]
        self.row_of = array("q", [NONE]) * len(keys)
        self.key_of = array("q", [NONE]) * len(self._row_homes)
        self._pair(keys, lambda key: self._ids.row(key.id) if key.id else NONE)
        self._pair(keys, lambda key: self._names.row(key.name) if key.name is not None else NONE)

    def _pair(self, keys: Sequence[Handle], row_for: Callable[[Handle], int]) -> None:
        for at_home in (True, False):
            for place, key in enumerate(keys):
                number = row_for(key) if self.row_of[place] == NONE else NONE
                if number == NONE or self.key_of[number] != NONE:
                    continue
                if (self._row_homes[number] == self._key_homes[place]) is at_home:
                    self.row_of[place], self.key_of[number] = number, place

    def is_listed(self, provider: str, name: str) -> bool:
        """Return whether a key of this provider has this name."""
        home = provider.lower()
        return any(self._key_homes[place] == home for place in self._names.places(name))

    def is_doubled(self, key: Handle) -> bool:
        """Return whether another key has the name or the id of this one."""
        return self._names.is_doubled(key.name or "") or bool(key.id and self._ids.is_doubled(key.id))

    def has_row(self, key: Handle) -> bool:
        """Return whether a row has the name or the id of this key."""
        return self._names.row(key.name or "") != NONE or bool(key.id and self._ids.row(key.id) != NONE)

    def is_unmoved(self, place: int, key: Handle) -> bool:
        """Return whether the row of the key at this place has its provider and, as the only one, its name."""
        number, name = self.row_of[place], key.name or ""
        if number == NONE or number != self._names.row(name) or self._names.has_rows(name):
            return False
        return self._row_homes[number] == self._key_homes[place]


class _Texts:
    """The names or the ids of the keys, with the places of the keys that have them, and their last rows."""

    def __init__(self, count: int) -> None:
        self._first: dict[str, int] = {}
        self._others: dict[str, list[int]] = {}
        self._rows = array("q", [NONE]) * count
        self._several: set[str] = set()

    def add(self, text: str, place: int) -> None:
        """Note a key with this text."""
        if self._first.setdefault(text, place) != place:
            self._others.setdefault(text, []).append(place)

    def found(self, text: str, row: int) -> None:
        """Note a row with this text."""
        place = self._first.get(text)
        if place is not None:
            if self._rows[place] != NONE:
                self._several.add(text)
            self._rows[place] = row

    def row(self, text: str) -> int:
        """Return the last row with this text of a key, or NONE."""
        return self._rows[self._first[text]]

    def has_rows(self, text: str) -> bool:
        """Return whether several rows have this text of a key."""
        return text in self._several

    def places(self, text: str) -> Iterator[int]:
        """Yield the places of the keys with this text."""
        if text in self._first:
            yield self._first[text]
            yield from self._others.get(text, ())

    def is_doubled(self, text: str) -> bool:
        """Return whether several keys have this text."""
        return text in self._others
