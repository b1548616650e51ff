"""Predict from the gateway's database what the next two starts do with the keys of a file."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bifrost_keys.gateway.hashing.key_hash import EntryHashes
from bifrost_keys.gateway.restart.drift import as_loaded
from bifrost_keys.gateway.restart.next_starts import FileKey, Forecast, Loader
from bifrost_keys.stores.protocol import Key

if TYPE_CHECKING:
    from bifrost_keys.gateway.providers.settings_hash import SettingsState
    from bifrost_keys.gateway.restart.database_row import KeyRow
    from bifrost_keys.stores.config_file.snapshot import FileSnapshot


class NextStarts:
    """The gateway's loader, applied to one snapshot of the file."""

    def __init__(self, snapshot: FileSnapshot) -> None:
        self._snapshot = snapshot
        self._gateway = snapshot.gateway

    @cached_property
    def settings(self) -> Mapping[str, SettingsState]:
        """Whether the own settings changed, for each provider (in lower case) in both file and database."""
        rows = {row.name.lower(): row for row in self._gateway.database.provider_rows}
        if not rows:
            return {}
        from bifrost_keys.gateway.providers.settings_hash import hashed_anew, settings_state

        old, new = self._gateway.found, self._gateway.said
        found: dict[str, SettingsState] = {}
        for provider in self._snapshot.providers:
            row = rows.get(provider.lower())
            if row is None:
                continue
            settings = self._snapshot.provider_settings(provider)
            state = settings_state(provider, settings, row)
            if old is not None and new is not None and hashed_anew(settings, old=old.release, new=new):
                state = "changed"
            found[row.name.lower()] = state
        return found

    @cached_property
    def loader(self) -> Loader:
        """The loader with the database as the next start finds it."""
        return Loader(self._gateway.database.rows, retaken=self.retaken)

    @property
    def retaken(self) -> AbstractSet[str]:
        """The providers whose own settings surely changed in the file."""
        return {name for name, state in self.settings.items() if state == "changed"}

    @property
    def doubtful(self) -> AbstractSet[str]:
        """The providers whose own settings changed in the file, or in the web UI."""
        return {name for name, state in self.settings.items() if state == "unknown"}

    def of(self, key: Key) -> Forecast:
        """Return the forecast for a key of the file, or for one about to be written to it."""
        return self.loader.entry(self.file_key(key))

    def row_taken_from(self, key: Key) -> KeyRow | None:
        """Return the row that was taken from this very entry, whatever its name is now."""
        return self.loader.row_taken_from(self.file_key(key))

    def file_key(
        self, key: Key, entry: Mapping[str, Any] | None = None, hashes: EntryHashes | None = None
    ) -> FileKey:
        """Return the key as the loader sees it.

        ``entry`` is its loaded entry, and ``hashes`` are those of all releases, if the caller has them.
        """
        if entry is None:
            entry = as_loaded(key.read(), empty_models_allow_all=self._snapshot.empty_models_allow_all)
        said = self._gateway.said
        if hashes is None or said is not None:
            hashes = EntryHashes(entry, said)
        aliases = entry.get("aliases")
        return FileKey(
            key.provider,
            key.name or "",
            key.id or None,
            entry.get("enabled") is not False,
            hashes,
            by_chance=isinstance(aliases, Mapping) and len(aliases) > 1,
        )
