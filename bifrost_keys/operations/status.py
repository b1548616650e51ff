"""Compare the file with the gateway's own database, and predict the gateway's next starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bifrost_keys.gateway.hashing.key_hash import EntryHashes, Recipe, recipe_of
from bifrost_keys.gateway.restart.database_state import DatabaseState
from bifrost_keys.gateway.restart.drift import as_loaded
from bifrost_keys.gateway.restart.next_starts import Served
from bifrost_keys.operations.compared_keys import ComparedKeys, compared_keys
from bifrost_keys.operations.key_status import (
    NOT_COMPARED,
    KeyStatus,
    Starts,
    StatusState,
    meaning,
    recorded,
)
from bifrost_keys.operations.next_start_text import NOTHING_CHANGES
from bifrost_keys.operations.status_notices import left_by, status_notices
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Key, Notice

__all__ = ["NOTHING_CHANGES", "NOT_COMPARED", "KeyStatus", "StatusReport", "meaning", "status"]


@dataclass(frozen=True)
class StatusReport:
    """Every key of the file in its order, then the keys that only the database has.

    ``differs`` is None if nothing could be compared. ``recipe`` is that of the database's hashes, and
    ``left_by`` names the releases that can have written it; None if they are not known.
    """

    database: DatabaseState
    keys: tuple[KeyStatus, ...]
    differs: bool | None
    recipe: Recipe | None
    left_by: str | None
    notices: tuple[Notice, ...]


def status(snapshot: FileSnapshot) -> StatusReport:
    """Return the report on a file and the gateway's database."""
    return snapshot.settled(lambda: _report(snapshot))


def _report(snapshot: FileSnapshot) -> StatusReport:
    gateway = snapshot.gateway
    database = gateway.database
    compared = compared_keys(snapshot) if database.kind == "read" else ComparedKeys(_uncompared(snapshot))
    keys = compared.keys
    differs: bool | None = None
    if database.kind in ("read", "disabled"):
        differs = any(key.state != "in-sync" for key in keys)
    stale = [(key.provider, key.name) for key in keys if key.recorded == "stale"]
    notices = status_notices(
        snapshot, stale, compared.stopping, compared.hashed_anew, encrypted=compared.encrypted
    )
    recipe = recipe_of(gateway.found.release) if gateway.found is not None else None
    return StatusReport(database, keys, differs, recipe, left_by(gateway), tuple(notices))


def _uncompared(snapshot: FileSnapshot) -> tuple[KeyStatus, ...]:
    """Return the status of each key without a database to compare it with."""
    gateway = snapshot.gateway
    of_key = _served if gateway.database.kind == "disabled" else _unknown
    return tuple(
        of_key(key, as_loaded(key.read(), empty_models_allow_all=gateway.empty_models_allow_all))
        for key in snapshot.keys()
    )


def _unknown(key: Key, entry: Mapping[str, Any]) -> KeyStatus:
    return _alone(key, entry, NOT_COMPARED, "not known from here", None)


def _served(key: Key, entry: Mapping[str, Any]) -> KeyStatus:
    """Return the status of a key for a gateway without a database: every start serves the file."""
    served = (Served(key.name or "", "file", entry.get("enabled") is not False),)
    return _alone(key, entry, "in-sync", "takes the file", (served, served))


def _alone(
    key: Key, entry: Mapping[str, Any], state: StatusState, next_start: str, starts: Starts | None
) -> KeyStatus:
    of_hash = recorded(entry, EntryHashes(entry))
    return KeyStatus(
        key.provider, key.handle, key.id or "", state, (), (), next_start, of_hash, starts=starts
    )
