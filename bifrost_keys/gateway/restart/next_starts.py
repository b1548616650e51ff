"""Predict what the next two starts of a gateway do with the keys in its file and in its database.

The loader goes provider by provider. An entry and a row of one provider with the same name belong together:
the row stays if it has the entry's hash, otherwise it is taken from the file. If the provider's own settings
changed in the file, every key is taken from the file, rows are also found by hash, and rows without an entry
are not served at that start. An entry is written to the row with its id, else to the row with its name, at
any provider; ``enabled`` of a row is never written. This was observed on running gateways of releases 1.5.1
and 1.6.0, and read in the source of 2.2.6.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import KnownKey
    from bifrost_keys.gateway.restart.database_row import KeyRow
    from bifrost_keys.gateway.restart.key_rows import KeyRows

    class Hashes(Protocol):
        """The possible hashes of an entry at the next start."""

        @property
        def found(self) -> AbstractSet[str]:
            """All that are known."""

        @property
        def certain(self) -> bool:
            """Whether the entry has no other hash."""

        def has(self, digest: str) -> bool:
            """Return whether this is one of them."""


Source: TypeAlias = Literal["file", "database", "either"]
# "stops": the gateway does not start. "mixed-up": chance decides which provider or key gets the row.
Outcome: TypeAlias = Literal["served", "stops", "mixed-up"]


class FileKey(NamedTuple):
    """A key of the file as the loader reads it; ``by_chance``: its hash is different at every start."""

    provider: str
    name: str
    id: str | None
    enabled: bool
    hashes: "Hashes"
    by_chance: bool = False

    def has(self, row: "KeyRow") -> bool | None:
        """Return whether the row has the hash of this entry; None if only the gateway can know."""
        if row.config_hash and self.hashes.has(row.config_hash):
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
    row: "KnownKey | None" = None


class Loader:
    """The gateway's database as its loader finds it at the next start."""

    def __init__(self, rows: "KeyRows", *, retaken: AbstractSet[str] = frozenset()) -> None:
        """``retaken`` are the providers, in lower case, whose own settings changed in the file."""
        self._rows = rows
        self._retaken = retaken

    def entry(self, key: FileKey) -> Forecast:
        """Return the forecast for an entry whose name and id no other entry has."""
        named = self._rows.named(key.name)
        row = _first_at(key.provider, named)
        if row is not None:
            return self.matched(key, row)
        row = self.row_taken_from(key) if key.provider.lower() in self._retaken else None
        row = row or (next(iter(self._rows.with_id(key.id)), None) if key.id else None)
        holder = next(iter(named), None)
        if row is not None and holder is not None and holder.handle != row.handle:
            return Forecast(outcome="stops", row=row.handle)
        row = row or holder
        if row is None:
            return from_file(key)
        if row.provider.lower() != key.provider.lower():
            return Forecast(outcome="mixed-up", row=row.handle)
        return _taken(key, row, "file", key.enabled)

    def row(self, row: "KeyRow", *, listed: bool, written_to: bool) -> Forecast:
        """Return the forecast for a row, given the forecasts for the entries.

        ``listed``: an entry of its provider has its name, so that the row is that entry's. ``written_to``: an
        entry of another name is written to it.
        """
        if listed:
            return Forecast()
        served = (Served(row.name, "database", is_on(row)),)
        first = () if row.provider.lower() in self._retaken else served
        return Forecast(first, () if written_to else served, row=row.handle)

    def matched(self, key: FileKey, row: "KeyRow") -> Forecast:
        """Return the forecast for an entry whose name the provider's row has."""
        same: bool | None = False
        if key.provider.lower() not in self._retaken:
            same = None if key.by_chance else key.has(row)
        if same:
            return _taken(key, row, "database", is_on(row))
        enabled = key.enabled if same is False or key.enabled is is_on(row) else None
        return _taken(key, row, "file" if same is False else "either", enabled)

    def row_taken_from(self, key: FileKey) -> "KeyRow | None":
        """Return the provider's row that was taken from this entry, whatever its name is now."""
        return _first_at(key.provider, self._rows.with_hash(key.hashes.found))


def from_file(key: FileKey) -> Forecast:
    """Return the forecast for an entry without a row, and for every entry if the file always wins."""
    served = (Served(key.name, "file", key.enabled),)
    return Forecast(served, served)


def _taken(key: FileKey, row: "KeyRow", source: Source, enabled: bool | None) -> Forecast:
    """Return the forecast for an entry in a row that keeps its own ``enabled``."""
    first = (Served(key.name, source, enabled),)
    second = first if enabled is is_on(row) else (Served(key.name, source, is_on(row)),)
    return Forecast(first, second, row=row.handle)


def _first_at(provider: str, rows: "Iterable[KeyRow]") -> "KeyRow | None":
    return next((row for row in rows if row.provider.lower() == provider.lower()), None)


def is_on(row: "KeyRow") -> bool:
    """Return whether the key is enabled in the gateway's database."""
    return row.entry.get("enabled") is not False
