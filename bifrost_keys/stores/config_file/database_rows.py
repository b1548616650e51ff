"""Query the keys in an open SQLite database of the gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.gateway.fields.table import FLAGS
from bifrost_keys.gateway.names import comparable_name, has_one_spelling
from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.restart.database_row import (
    COLUMNS,
    OBJECT_COLUMNS,
    KeyRow,
    column_text,
    row_from_columns,
)
from bifrost_keys.stores.config_file.database_failure import failures

if TYPE_CHECKING:
    import sqlite3

_KEPT: Final = 100
_BLOCK: Final = 500  # SQLite allows 999 values in a query, or more
# The values that each recipe may hash differently, by column.
_RECIPES: Final[Mapping[str, str]] = {
    "value": "value glob 'env.*' or value glob 'vault.*'",
    "aliases_json": "aliases_json glob '{*{*'",  # of an alias that is an object
    **{flag.name: f"{flag.name} <> 0" for flag in FLAGS},
    **{column: f"{column} is not null" for column in OBJECT_COLUMNS},
}


class SqliteRows:
    """The rows of the table of keys, as they were when the transaction of ``connection`` began.

    The gateway's own indexes lead to a name and an id. If a database has none, and for hashes, the first
    query scans the table (14 ms for 100,000 rows) and the second one reads the column once, so that a
    thousand queries are not a thousand scans. Every query may raise DatabaseFailedError.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: str,
        existing: AbstractSet[str],
        providers: Mapping[int, str],
        convert: Callable[[KeyRow], KeyRow],
    ) -> None:
        """``existing`` are the table's columns, ``providers`` the names by their number.

        Every row is passed to ``convert``.
        """
        self._connection = connection
        self._path = path
        self._existing = existing
        self._columns = [column for column in COLUMNS if column in existing]
        self._provider = "provider" if "provider" in existing else "null"
        self._number = "provider_id" if "provider_id" in existing else "null"
        self._providers = providers
        self._convert = convert
        self._asked: set[str] = set()
        # A change of one key needs its row several times, which is the same in one state.
        self._with = lru_cache(maxsize=_KEPT)(self._find)
        self._numbers: dict[str, dict[Any, list[int]]] = {}

    def __iter__(self) -> Iterator[KeyRow]:
        """Return every row, one at a time."""
        return self._rows()

    def handles(self) -> Iterator[KnownKey]:
        """Yield the provider, name and id of every row."""
        query = f"select {self._provider}, {self._number}, name, key_id from config_keys order by rowid"  # noqa: S608
        for provider, number, *handle in self._query(query):
            yield KnownKey(self._provider_of(provider, number), *map(column_text, handle))

    def numbered(self, wanted: Callable[[int], bool]) -> Iterator[tuple[int, KeyRow]]:
        """Yield the wanted rows with their numbers, many from one query."""
        every = self._query("select rowid from config_keys order by rowid")
        found = ((number, rowid) for number, (rowid,) in enumerate(every) if wanted(number))
        while block := [*islice(found, _BLOCK)]:
            numbers, rowids = zip(*block, strict=True)
            condition = f"where rowid in ({', '.join('?' * len(block))})"
            yield from zip(numbers, self._rows(condition, *rowids), strict=True)

    def notes(self) -> Iterator[str]:
        """Yield the different texts that the gateway recorded about its keys."""
        for column in {"status", "description"} & self._existing:
            query = f"select distinct {column} from config_keys"  # noqa: S608
            yield from (column_text(text) for (text,) in self._query(query))

    def named(self, name: str) -> Sequence[KeyRow]:
        """Return the rows of exactly this name."""
        return self._with("name", name)

    def with_id(self, key_id: str) -> Sequence[KeyRow]:
        """Return the rows of exactly this id."""
        return self._with("key_id", key_id)

    def with_hash(self, hashes: AbstractSet[str]) -> Sequence[KeyRow]:
        """Return the rows that were taken from an entry with one of these hashes."""
        return self._with("config_hash", *sorted(hashes))

    def hashes_of(self, *, name: str, key_id: str) -> AbstractSet[str]:
        """Return the hashes of the rows with this name or id; an empty name or id does not count."""
        known = {column: value for column, value in (("name", name), ("key_id", key_id)) if value}
        if not self._indexed.issuperset(known):
            rows = [row for column, value in known.items() for row in self._with(column, value)]
            return {row.config_hash for row in rows if row.config_hash}
        condition = " or ".join(f"{column} = ?" for column in known) or "0"
        query = f"select config_hash from config_keys where {condition}"  # noqa: S608
        return {
            digest for (digest,) in self._query(query, *known.values()) if digest and isinstance(digest, str)
        }

    def alike(self, name: str) -> KeyRow | None:
        """Return the first row of this name, or of one that differs by Unicode normalisation only."""
        handle = comparable_name(name)
        numbers = [] if has_one_spelling(handle) else self._beyond_ascii.get(handle, [])
        rows = [*self._with("name", handle), *self._numbered(numbers)] if numbers else self.named(handle)
        return rows[0] if rows else None

    def with_recipes(self, first: int, wanted: Callable[[str], bool]) -> Iterator[KeyRow]:
        """Of so many rows, the first ones, those with a reference or a config object, and a wanted hash."""
        told = " or ".join(test for column, test in _RECIPES.items() if column in self._existing)
        limited = "rowid in (select rowid from config_keys order by rowid limit ?)"
        query = f"select rowid, config_hash from config_keys where {limited} and ({told})"  # noqa: S608
        for number, digest in self._query(f"{query} and config_hash <> '' order by rowid", first):
            if wanted(column_text(digest)):
                yield from self._rows("where rowid = ?", number)

    def _find(self, column: str, *values: str) -> Sequence[KeyRow]:
        if column not in self._indexed and column in self._asked:
            known = self._numbers_by(column)
            return self._numbered([number for value in values for number in known.get(value, ())])
        self._asked.add(column)
        return tuple(self._rows(f"where {column} in ({', '.join('?' * len(values))})", *values))

    def _numbered(self, numbers: Sequence[int]) -> Sequence[KeyRow]:
        return tuple(row for number in numbers for row in self._rows("where rowid = ?", number))

    def _numbers_by(self, column: str) -> Mapping[Any, list[int]]:
        """Return the numbers of the rows by their value in a column without an index."""
        if column not in self._numbers:
            found: dict[Any, list[int]] = {}
            query = f"select {column}, rowid from config_keys order by rowid"  # noqa: S608
            for value, number in self._query(query):
                found.setdefault(value, []).append(number)
            self._numbers[column] = found
        return self._numbers[column]

    @cached_property
    def _beyond_ascii(self) -> Mapping[str, Sequence[int]]:
        """The numbers of the rows whose name is not ASCII, by the name in comparable form.

        SQLite cannot normalise, and the form in which a name is stored may be any, not only one of the two
        normal ones. The few such names are found by one scan of the names' index (7 ms for 100,000), once
        and only for a name that may have another spelling.
        """
        found: dict[str, list[int]] = {}
        query = "select name, rowid from config_keys where length(cast(name as blob)) <> length(name)"
        for name, number in self._query(f"{query} order by rowid"):
            found.setdefault(comparable_name(str(name)), []).append(number)
        return found

    @cached_property
    def _indexed(self) -> frozenset[str]:
        """The columns that an index over all rows begins with."""
        listed = self._query("pragma index_list(config_keys)")
        indexes = [name for _, name, _, _, partial in listed if not partial]
        query = "select name from pragma_index_info(?) where seqno = 0"
        return frozenset(column for name in indexes for (column,) in self._query(query, name))

    def _rows(self, condition: str = "", *values: Any) -> Iterator[KeyRow]:
        named = ", ".join([self._number, *self._columns])
        query = f"select {named} from config_keys {condition} order by rowid"  # noqa: S608
        return map(self._row, self._query(query, *values))

    def _row(self, values: tuple[Any, ...]) -> KeyRow:
        number, *fields = values
        row = dict(zip(self._columns, fields, strict=True))
        row["provider"] = self._provider_of(row.get("provider"), number)
        return self._convert(row_from_columns(row))

    def _provider_of(self, name: Any, number: Any) -> str:
        return str(name or self._providers.get(number, ""))

    def _query(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query; none if a text is not Unicode, because no row contains it."""
        if any(isinstance(value, str) and not _is_unicode(value) for value in values):
            return
        with failures(self._path):
            yield from self._connection.execute(query, values)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
