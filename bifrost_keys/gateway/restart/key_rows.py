"""The keys of the gateway's database, and the queries for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from bifrost_keys.gateway.names import comparable_name

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import KnownKey
    from bifrost_keys.gateway.restart.database_row import KeyRow


class KeyRows(Protocol):
    """The rows of one state of the database, in its order; each method may be a query.

    A database may have 100,000 rows, so that only iteration looks at all of them in Python. Names, ids and
    hashes are compared exactly, as the gateway does when it looks for a row.
    """

    def __iter__(self) -> Iterator[KeyRow]:
        """Return every row, one at a time."""

    def handles(self) -> Iterator[KnownKey]:
        """Yield provider, name and id of every row, which takes a tenth of the time for the row."""

    def numbered(self, wanted: Callable[[int], bool]) -> Iterator[tuple[int, KeyRow]]:
        """Yield the wanted rows with their numbers, which count from 0 in the order of iteration."""

    def notes(self) -> Iterator[str]:
        """Yield the different texts that the gateway recorded about its keys."""

    def named(self, name: str) -> Sequence[KeyRow]:
        """Return the rows with this name; the gateway's own index allows only one."""

    def with_id(self, key_id: str) -> Sequence[KeyRow]:
        """Return the rows with this id; the gateway's own index allows only one."""

    def with_hash(self, hashes: AbstractSet[str]) -> Sequence[KeyRow]:
        """Return the rows that were taken from an entry with one of these hashes."""

    def hashes_of(self, *, name: str, key_id: str) -> AbstractSet[str]:
        """Return the hashes of the rows with this name or id; an empty name or id does not count."""

    def alike(self, name: str) -> KeyRow | None:
        """Return a row of this name, or of one that differs by Unicode normalisation only."""

    def with_recipes(self, first: int, wanted: Callable[[str], bool]) -> Iterator[KeyRow]:
        """Of so many rows, the first ones, those whose hash differs by the recipe, and perhaps others.

        ``wanted`` says of a hash whether its row is to be read.
        """


class ListedRows:
    """Rows in memory."""

    def __init__(self, rows: Iterable[KeyRow] = ()) -> None:
        self._rows = tuple(rows)

    def __iter__(self) -> Iterator[KeyRow]:
        """Return every row."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def handles(self) -> Iterator[KnownKey]:
        """Yield provider, name and id of every row."""
        return (row.handle for row in self._rows)

    def numbered(self, wanted: Callable[[int], bool]) -> Iterator[tuple[int, KeyRow]]:
        """Yield the wanted rows with their numbers."""
        return ((number, row) for number, row in enumerate(self._rows) if wanted(number))

    def notes(self) -> Iterator[str]:
        """Yield the different texts about the keys."""
        return iter({text for row in self._rows for text in (row.status, row.description)})

    def named(self, name: str) -> Sequence[KeyRow]:
        """Return the rows with this name."""
        return self._by_name.get(name, ())

    def with_id(self, key_id: str) -> Sequence[KeyRow]:
        """Return the rows with this id."""
        return self._by_id.get(key_id, ())

    def with_hash(self, hashes: AbstractSet[str]) -> Sequence[KeyRow]:
        """Return the rows that were taken from an entry with one of these hashes."""
        return [row for digest in hashes for row in self._by_hash.get(digest, ())]

    def hashes_of(self, *, name: str, key_id: str) -> AbstractSet[str]:
        """Return the hashes of the rows with this name or id."""
        rows = [*(self.named(name) if name else ()), *(self.with_id(key_id) if key_id else ())]
        return {row.config_hash for row in rows if row.config_hash}

    def alike(self, name: str) -> KeyRow | None:
        """Return a row of this name, or of one that differs by Unicode normalisation only."""
        handle = comparable_name(name)
        return next((row for row in self._rows if comparable_name(row.name) == handle), None)

    def with_recipes(self, first: int, wanted: Callable[[str], bool]) -> Iterator[KeyRow]:
        """Return the first rows that have a hash, if it is wanted."""
        return (row for row in islice(self._rows, first) if row.config_hash and wanted(row.config_hash))

    @cached_property
    def _by_name(self) -> Mapping[str, Sequence[KeyRow]]:
        return _by(self._rows, lambda row: row.name)

    @cached_property
    def _by_id(self) -> Mapping[str, Sequence[KeyRow]]:
        return _by(self._rows, lambda row: row.key_id)

    @cached_property
    def _by_hash(self) -> Mapping[str, Sequence[KeyRow]]:
        return _by(self._rows, lambda row: row.config_hash)


def _by(rows: Iterable[KeyRow], text: Callable[[KeyRow], str]) -> Mapping[str, Sequence[KeyRow]]:
    found: dict[str, list[KeyRow]] = {}
    for row in rows:
        found.setdefault(text(row), []).append(row)
    return found
