"""Predict what the next two starts of a gateway do with the keys in its file and in its database.

The loader goes provider by provider. An entry and a row of one provider with the same name belong together:
the row stays if it has the entry's hash, otherwise it is taken from the file. If the provider's own settings
changed in the file, every key is taken from the file, rows are also found by hash, and rows without an entry
are not served at that start. An entry is written to the row with its id, else to the row with its name, at
any provider; ``enabled`` of a row is never written. This was observed on running gateways of releases 1.5.1
and 1.6.0, and read in the source of 2.2.6.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from bifrost_keys.gateway.restart.key_rows import KeyRows, ListedRows

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow

Source: TypeAlias = Literal["file", "database", "either"]
# "stops": the gateway does not start. "mixed-up": chance decides which provider or key gets the row.
Outcome: TypeAlias = Literal["served", "stops", "mixed-up"]


class Hashes(NamedTuple):
    """The possible hashes of an entry at the next start; unless ``certain``, it may have another one too."""

    found: AbstractSet[str]
    certain: bool = True


@dataclass(frozen=True, eq=False, repr=False)
class FileKey:
    """A key of the file as the loader reads it; ``by_chance``: its hash is different at every start."""

    provider: str
    name: str
    id: str | None
    enabled: bool
    load_hashes: Callable[[], Hashes]
    by_chance: bool = False

    @cached_property
    def hashes(self) -> Hashes:
        """The hashes of the entry."""
        return self.load_hashes()

    def has(self, row: "KeyRow") -> bool | None:
        """Return whether the row has the hash of this entry; None if only the gateway can know."""
        if row.config_hash and row.config_hash in self.hashes.found:
            return True
        return False if not row.config_hash or self.hashes.certain else None


class Served(NamedTuple):
    """A name under which a start serves a key, the source of its fields, and whether it is enabled.

    ``enabled`` is None if it depends on the source.
    """

    name: str
    source: Source
    enabled: bool | None


class Forecast(NamedTuple):
    """How one entry or one row is served after the next start, and after the one that follows.

    ``row`` is the row that an entry is written to, None for a new one.
    """

    first: tuple[Served, ...] = ()
    second: tuple[Served, ...] = ()
    outcome: Outcome = "served"
    row: "KeyRow | None" = None


class Loader:
    """The gateway's database as its loader finds it at the next start."""

    def __init__(self, rows: KeyRows, *, retaken: AbstractSet[str] = frozenset()) -> None:
        """``retaken`` are the providers, in lower case, whose own settings changed in the file."""
        self._rows = rows
        self._retaken = retaken

    def entry(self, key: FileKey) -> Forecast:
        """Return the forecast for an entry whose name and id no other entry has."""
        named = self._rows.named(key.name)
        row = _first_at(key.provider, named)
        if row is not None:
            return self._matched(key, row)
        row = self.row_taken_from(key) if key.provider.lower() in self._retaken else None
        row = row or (next(iter(self._rows.with_id(key.id)), None) if key.id else None)
        holder = next(iter(named), None)
        if row is not None and holder is not None and holder.handle != row.handle:
            return Forecast(outcome="stops", row=row)
        row = row or holder
        if row is not None and row.provider.lower() != key.provider.lower():
            return Forecast(outcome="mixed-up", row=row)
        enabled = is_on(row) if row is not None else key.enabled
        return Forecast(
            (Served(key.name, "file", key.enabled),), (Served(key.name, "file", enabled),), row=row
        )

    def row(self, row: "KeyRow", *, listed: bool, written_to: bool) -> Forecast:
        """Return the forecast for a row, given the forecasts for the entries.

        ``listed``: an entry of its provider has its name, so that the row is that entry's. ``written_to``: an
        entry of another name is written to it.
        """
        if listed:
            return Forecast()
        served = (Served(row.name, "database", is_on(row)),)
        first = () if row.provider.lower() in self._retaken else served
        return Forecast(first, () if written_to else served, row=row)

    def _matched(self, key: FileKey, row: "KeyRow") -> Forecast:
        same = key.has(row)
        if key.provider.lower() in self._retaken:
            same = False
        elif key.by_chance:
            same = None
        if same:
            kept = (Served(key.name, "database", is_on(row)),)
            return Forecast(kept, kept, row=row)
        source: Source = "file" if same is False else "either"
        enabled = key.enabled if same is False or key.enabled is is_on(row) else None
        return Forecast(
            (Served(key.name, source, enabled),), (Served(key.name, source, is_on(row)),), row=row
        )

    def row_taken_from(self, key: FileKey) -> "KeyRow | None":
        """Return the provider's row that was taken from this entry, whatever its name is now."""
        return _first_at(key.provider, self._rows.with_hash(key.hashes.found))


def forecast(
    keys: Sequence[FileKey], rows: "Sequence[KeyRow]", *, retaken: AbstractSet[str] = frozenset()
) -> tuple[list[Forecast], list[Forecast]]:
    """Return the forecasts for all entries and all rows, in the given order; ``retaken`` as for a Loader."""
    loader = Loader(ListedRows(rows), retaken=retaken)
    entries = [loader.entry(key) for key in keys]
    doubled = _doubled(key.name for key in keys), _doubled(key.id for key in keys if key.id)
    listed = {(key.provider.lower(), key.name) for key in keys}
    written: set[int] = set()
    lost: set[tuple[str, str]] = set()
    for key, each in zip(keys, entries, strict=True):
        if each.row is not None and each.row.name != key.name:
            written.add(id(each.row))
            # Two entries are written to one row: the last one wins, and the other is lost.
            if (place := (each.row.provider.lower(), each.row.name)) in listed:
                lost |= {place, (key.provider.lower(), key.name)}
    for index, key in enumerate(keys):
        mixed = key.name in doubled[0] or key.id in doubled[1] or (key.provider.lower(), key.name) in lost
        if mixed and entries[index].outcome != "stops":
            entries[index] = Forecast(outcome="mixed-up", row=entries[index].row)
    return entries, [
        loader.row(row, listed=(row.provider.lower(), row.name) in listed, written_to=id(row) in written)
        for row in rows
    ]


def where_the_file_wins(key: FileKey) -> Forecast:
    """Return the forecast for an entry if the file always wins; a row without an entry is removed."""
    served = (Served(key.name, "file", key.enabled),)
    return Forecast(served, served)


def _first_at(provider: str, rows: "Iterable[KeyRow]") -> "KeyRow | None":
    return next((row for row in rows if row.provider.lower() == provider.lower()), None)


def is_on(row: "KeyRow") -> bool:
    """Return whether the key is enabled in the gateway's database."""
    return row.entry.get("enabled") is not False


def _doubled(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(text for text, number in Counter(texts).items() if number > 1)
