"""Create the database that a gateway makes of a config file, with the gateway's own indexes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from bifrost_keys.gateway.providers.settings_hash import settings_hashes
from tests.gateway_database import INDEXES, KEYS, PROVIDERS, columns, insert


def make_database(place: Path, config: Path) -> None:
    """Create the database of a gateway that took every key of the file, without later changes."""
    providers = json.loads(config.read_bytes())["providers"]
    connection = sqlite3.connect(place)
    connection.execute(PROVIDERS)
    connection.execute(KEYS.format(", ".join(columns("openai", {"name": "k"}))))
    for number, (provider, settings) in enumerate(providers.items(), 1):
        keys = settings.pop("keys")
        digest = min(settings_hashes(provider, settings), default="")
        query = "insert into config_providers (name, config_hash) values (?, ?)"
        connection.execute(query, [provider, digest])
        for entry in keys:
            insert(connection, columns(provider, entry), provider_id=number)
    for index in INDEXES:
        connection.execute(index)
    connection.commit()
    connection.close()
