"""Find the gateway's own database as the gateway does, and read it.

Reading never raises: the result is a ``DatabaseState``. Nothing is written, no file is left behind, and a
gateway that has the database open is not disturbed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.restart.database_state import DatabaseState, unreadable
from bifrost_keys.gateway.secrets.detection import is_reference
from bifrost_keys.stores.config_file.database_failure import PASSING
from bifrost_keys.stores.config_file.database_reading import OpenDatabase, open_sqlite

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow
    from bifrost_keys.stores.config_file.document import Document

_MORE_LOOKS = 3


def find_database(config_store: Any, config_path: str | os.PathLike[str] | None) -> DatabaseState:
    """Return where the gateway's database is; "read" only means that there is a file, which is not opened.

    ``config_store`` is that member of the parsed file: None if absent; an empty object if it is null, which
    the gateway takes as switched off. ``config_path`` is the file as given to the gateway, with links not
    resolved: the database is next to a link, not next to its target. It is None for a stream, which has no
    database.
    """
    if config_store is None:
        return _first_existing(["config.db"], config_path)
    if not isinstance(config_store, Mapping):
        return unreadable(None, "config-store", "config_store in the file is not an object")
    store = _folded(config_store)
    if not isinstance(store.get("enabled"), bool | None):
        return unreadable(
            None, "config-store", "config_store.enabled is not true or false: the gateway does not start"
        )
    if not store.get("enabled"):
        return DatabaseState("disabled")
    if store.get("type") == "postgres":
        return DatabaseState("postgres", why="the gateway keeps its keys in PostgreSQL")
    settings = store.get("config")
    path = _folded(settings).get("path") if isinstance(settings, Mapping) else None
    if store.get("type") != "sqlite" or not isinstance(path, str) or not path or "\0" in path:
        return unreadable(None, "config-store", "config_store in the file names no SQLite database")
    if is_reference(path):
        return unreadable(None, "reference", f"its path is in {path} of the gateway's environment")
    # The gateway resolves it in its own working directory, which may well be the directory of the file.
    candidates = list(dict.fromkeys((path, os.path.basename(path) or path)))
    return _first_existing(candidates, config_path, named=True)


def open_database(config_store: Any, config_path: str | os.PathLike[str] | None) -> OpenDatabase:
    """Open the gateway's database, or return why it cannot be read."""
    found = find_database(config_store, config_path)
    if found.kind != "read" or found.path is None:
        return OpenDatabase(found)
    from bifrost_keys.gateway.restart.database_row import without_vault_references

    convert = without_vault_references if _moves_to_vault(config_store) else _as_it_is
    opened = open_sqlite(found.path, convert)
    for _ in range(_MORE_LOOKS):
        if opened.state.reason not in PASSING:
            break
        # The gateway may just have opened or closed its database: look again.
        opened = open_sqlite(found.path, convert)
    opened.state = opened.state._replace(path=found.path, guessed=found.guessed)
    return opened


def load_ahead(config_path: str | os.PathLike[str] | None) -> None:
    """Import what a change needs beside a database, if there is one, before it takes the lock."""
    if find_database(None, config_path).kind == "read":
        import sqlite3  # noqa: F401
        import urllib.parse  # noqa: F401

        import bifrost_keys.stores.config_file.database_tables
        import bifrost_keys.stores.config_file.hash_evidence
        import bifrost_keys.stores.config_file.restart.next_starts
        import bifrost_keys.stores.config_file.restart.row_effects  # noqa: F401


def database_of(document: Document, given: str | os.PathLike[str] | None) -> OpenDatabase:
    """Open the database of the gateway that uses this file; ``given`` is the path as the gateway has it."""
    store = document.top("config_store")
    if store is None and "config_store" in map(fold, document.top_names):
        store = {}  # null: the gateway has no database
    return open_database(store, given)


def _as_it_is(row: KeyRow) -> KeyRow:
    return row


def _moves_to_vault(config_store: Any) -> bool:
    """Return whether the gateway moves the secrets of its database to a vault, leaving references."""
    store = _folded(config_store) if isinstance(config_store, Mapping) else {}
    vault = store.get("vault_store")
    settings = _folded(vault) if isinstance(vault, Mapping) else {}
    return settings.get("enabled") is True and settings.get("access_mode") == "read_and_write"


def _folded(members: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members by lower-case name: the gateway matches names ignoring case."""
    return {name.lower(): value for name, value in members.items()}


def _first_existing(
    names: list[str], config_path: str | os.PathLike[str] | None, *, named: bool = False
) -> DatabaseState:
    if config_path is None:
        return DatabaseState("absent", guessed=named)
    given = os.fspath(config_path)
    folders = list(dict.fromkeys((os.path.dirname(given), os.path.dirname(os.path.realpath(given)))))
    paths = [os.path.join(folder, name) for name in names for folder in folders]
    for path in paths:
        if os.path.lexists(path):
            certain = os.path.isabs(names[0]) and path == names[0]
            return DatabaseState("read", os.path.normpath(path), guessed=named and not certain)
    return DatabaseState("absent", os.path.normpath(paths[0]), guessed=named)
