"""Read the tables of a gateway's database, except the keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from bifrost_keys.gateway.providers.settings_hash import FLAG_COLUMNS, JSON_COLUMNS, ProviderRow
from bifrost_keys.gateway.restart.database_row import REQUIRED_COLUMNS, KeyRow
from bifrost_keys.gateway.restart.database_state import DatabaseState, unreadable
from bifrost_keys.stores.config_file.database_rows import SqliteRows

if TYPE_CHECKING:
    import sqlite3


def read_tables(
    connection: sqlite3.Connection, path: str, convert: Callable[[KeyRow], KeyRow]
) -> DatabaseState:
    """Return the state of a database whose rows are queried through ``connection``, then converted."""
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if not tables:
        return unreadable(path, "empty", "it is empty")
    if not {"config_keys", "config_providers"} <= tables:
        return unreadable(path, "no-tables", "it has no tables of keys and providers")
    existing = _columns(connection, "config_keys")
    of_providers = _columns(connection, "config_providers")
    known = existing >= REQUIRED_COLUMNS and "name" in of_providers
    if not known or not existing & {"provider", "provider_id"}:
        return unreadable(path, "schema", "its tables are those of a release that this program does not know")
    names = dict(connection.execute("select rowid, name from config_providers"))
    return DatabaseState(
        "read",
        path,
        rows=SqliteRows(connection, path, existing, names, convert),
        providers=frozenset(str(name) for name in names.values()),
        provider_rows=tuple(_providers(connection, of_providers)),
        migrations=frozenset(_migrations(connection) if "migrations" in tables else ()),
        columns=existing,
    )


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    return frozenset(column[1] for column in connection.execute(f"pragma table_info({table})"))


def _migrations(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the ids of the migrations that gateways have run, if the table has that column."""
    if "id" in _columns(connection, "migrations"):
        yield from (str(name) for (name,) in connection.execute("select id from migrations"))


def _providers(connection: sqlite3.Connection, existing: frozenset[str]) -> Iterator[ProviderRow]:
    """Yield the providers with their own settings; a column that this release does not have is not set."""
    wanted = ("name", "config_hash", "encryption_status", *JSON_COLUMNS.values(), *FLAG_COLUMNS)
    columns = [column for column in wanted if column in existing]
    query = f"select {', '.join(columns)} from config_providers"  # noqa: S608 (names from our own table)
    for values in connection.execute(query):
        row = dict(zip(columns, values, strict=True))
        digest = str(row["config_hash"] or "") if "config_hash" in row else None
        yield ProviderRow(str(row["name"]), digest, _settings(row))


def _settings(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return a provider's settings by their names in the file; None if they are encrypted or broken."""
    if row.get("encryption_status") not in (None, "", "plain_text"):
        return None
    settings: dict[str, Any] = {name: True for name in FLAG_COLUMNS if row.get(name)}
    for name, column in JSON_COLUMNS.items():
        if row.get(column):
            try:
                settings[name] = json.loads(row[column])
            except (TypeError, ValueError, RecursionError):
                return None
    return settings
