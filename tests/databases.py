"""Small databases like the gateway's own, for tests."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bifrost_keys.gateway.hashing.key_hash import key_hash

COLUMNS = (
    *("provider text", "name text", "key_id text", "value text", "models_json text"),
    *("blacklisted_models_json text", "weight real", "enabled numeric", "use_for_batch_api numeric"),
    *("aliases_json text", "config_hash text", "status text", "description text", "encryption_status text"),
)


def make_database(
    path: Path,
    keys: Mapping[str, list[Mapping[str, Any]]],
    *,
    edits: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """A database of a gateway that took these entries, provider by provider, from its file.

    ``edits`` are columns that the web UI changed afterwards, by the key's name.
    """
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE config_providers (id integer PRIMARY KEY, name text, config_hash text)")
    connection.execute(f"CREATE TABLE config_keys (id integer PRIMARY KEY, {', '.join(COLUMNS)})")
    for provider, entries in keys.items():
        known = (provider, hashlib.sha256(provider.encode()).hexdigest())
        connection.execute("INSERT INTO config_providers (name, config_hash) VALUES (?, ?)", known)
        for entry in entries:
            row = {
                "provider": provider,
                "name": entry["name"],
                "key_id": entry.get("id") or f"row-of-{entry['name']}",
                "value": entry.get("value", ""),
                "models_json": json.dumps(entry.get("models")),
                "blacklisted_models_json": json.dumps(entry.get("blacklisted_models")),
                "weight": entry.get("weight", 0),
                "enabled": int(entry.get("enabled", True)),
                "use_for_batch_api": int(entry.get("use_for_batch_api", False)),
                "config_hash": key_hash(entry),
                "status": "success",
                "description": "",
                "encryption_status": "plain_text",
                **((edits or {}).get(entry["name"], {})),
            }
            columns = ", ".join(row)
            marks = ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO config_keys ({columns}) VALUES ({marks})", tuple(row.values()))
    connection.commit()
    connection.close()
