"""Create a gateway's database like that of a real gateway, for tests."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bifrost_keys.gateway.fields.table import CONFIG_OBJECTS, FLAGS
from bifrost_keys.gateway.hashing.key_hash import key_hash
from bifrost_keys.gateway.releases import NEWEST, Release
from bifrost_keys.gateway.restart.database_row import COLUMNS
from bifrost_keys.gateway.restart.database_state import DatabaseState
from bifrost_keys.gateway.restart.key_rows import ListedRows
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.snapshot import FileSnapshot

PROVIDERS = (
    "create table config_providers (id integer primary key autoincrement, name varchar(50) not null,"
    " network_config_json text, proxy_config_json text, custom_provider_config_json text, config_hash text)"
)
KEYS = "create table config_keys (id integer primary key autoincrement, provider_id integer not null, {})"


def columns(
    provider: str, entry: dict[str, Any], *, release: Release = NEWEST, **override: Any
) -> dict[str, Any]:
    """Return the columns of a row that a gateway of this release makes from an entry of the file."""
    row: dict[str, Any] = {
        "provider": provider,
        "name": entry["name"],
        "key_id": entry.get("id") or f"row-of-{entry['name']}",
        "value": entry.get("value", ""),
        "models_json": json.dumps(entry.get("models")),
        "blacklisted_models_json": json.dumps(entry.get("blacklisted_models")),
        "weight": float(entry.get("weight", 0)),
        "enabled": int(entry.get("enabled", True)),
        "use_for_batch_api": int(entry.get("use_for_batch_api", False)),
        "aliases_json": json.dumps(entry["aliases"]) if entry.get("aliases") else None,
        "config_hash": key_hash(entry, release),
        "status": "success",
        "description": "",
        "encryption_status": "plain_text",
    }
    row |= {flag.name: int(entry.get(flag.name, False)) for flag in FLAGS if flag.known_to(release)}
    for config in CONFIG_OBJECTS:
        for field in config.fields:
            if config.since > release or not field.known_to(release):
                continue
            value = entry.get(config.name, {}).get(field.name)
            if field.kind in ("list", "object") and value is not None:
                value = json.dumps(value)
            row[config.column(field)] = value if value != "" else None
    return {**row, **override}


INDEXES = (
    "create unique index idx_key_id on config_keys (key_id)",
    "create unique index idx_key_name on config_keys (name)",
    "create index idx_config_keys_provider on config_keys (provider)",
    "create index idx_config_keys_provider_id on config_keys (provider_id)",
    "create unique index idx_config_providers_name on config_providers (name)",
)


def rows(
    keys: Mapping[str, list[dict[str, Any]]], edits: Mapping[str, Mapping[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Return the rows of a gateway that took these entries, provider by provider, from its file.

    ``edits`` are columns that the web UI changed afterwards, by the key's name.
    """
    return [
        columns(provider, entry, **(edits or {}).get(entry["name"], {}))
        for provider, entries in keys.items()
        for entry in entries
    ]


def make_database(
    path: Path,
    *rows: dict[str, Any],
    wal: bool = False,
    providers: tuple[str, ...] = (),
    indexed: bool = True,
) -> Path:
    """A database of these rows, with the gateway's indexes; ``wal``: in the gateway's own journal mode."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("pragma synchronous = off")  # a flush of each table took 30 ms
    if wal:
        connection.execute("pragma journal_mode = wal")
    connection.execute("begin")
    connection.execute(PROVIDERS)
    names = dict.fromkeys(name for row in rows for name in row) or COLUMNS
    connection.execute(KEYS.format(", ".join(names)))
    for index in INDEXES if indexed else ():
        connection.execute(index)
    known = list(dict.fromkeys([*(row["provider"] for row in rows), *providers]))
    hashes = [(name, hashlib.sha256(name.encode()).hexdigest()) for name in known]
    connection.executemany("insert into config_providers (name, config_hash) values (?, ?)", hashes)
    for row in rows:
        insert(connection, row, provider_id=known.index(row["provider"]) + 1)
    connection.commit()
    connection.close()
    return path


def insert(connection: sqlite3.Connection, row: dict[str, Any], *, provider_id: int = 1) -> None:
    """Add one row of the table of keys."""
    named = ", ".join(["provider_id", *row])
    marks = ", ".join("?" * (len(row) + 1))
    connection.execute(f"insert into config_keys ({named}) values ({marks})", [provider_id, *row.values()])


def leave_a_log(database: Path) -> None:
    """Add a row as a killed gateway would, which leaves its log and index next to the database."""
    code = (
        "import os, sys; from tests.gateway_database import *; connection = sqlite3.connect(sys.argv[1]); "
        "insert(connection, columns('openai', {'name': 'late'})); connection.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(database)], check=True)


def snapshot_beside(config: str | Path | None, config_store: Any = None) -> FileSnapshot:
    """Return a snapshot of a file without providers, which need not be there, with this ``config_store``."""
    members = {"providers": {}, **({"config_store": config_store} if config_store is not None else {})}
    document = Document.parse(json.dumps(members).encode(), source=str(config), lenient=True)
    return FileSnapshot(document, str(config) if config is not None else None)


def read_database(config_store: Any, config: str | Path | None) -> DatabaseState:
    """Return the state of the database of such a file with all of its rows; nothing stays open."""
    snapshot = snapshot_beside(config, config_store)

    def listed() -> DatabaseState:
        database = snapshot.gateway.database
        return database._replace(rows=ListedRows(database.rows)) if database.kind == "read" else database

    try:
        return snapshot.settled(listed)
    finally:
        snapshot.close()
