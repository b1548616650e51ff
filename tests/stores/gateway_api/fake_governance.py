"""References to keys at the fake gateway: virtual keys, routing rules and pricing overrides."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.stores.gateway_api.fake_keys import RefusedError
from tests.stores.gateway_api.fake_secrets import NEW
from tests.stores.gateway_api.fake_state import Database, Row

LISTS = {"virtual-keys": "virtual_keys", "routing-rules": "rules", "pricing-overrides": "pricing_overrides"}
_ONE = {"virtual-keys": "virtual_key", "routing-rules": "rule", "pricing-overrides": "pricing_override"}
_DATES = ("created_at", "updated_at")


def listed(database: Database, release: str, kind: str, query: Mapping[str, list[str]]) -> dict[str, Any]:
    """Return a page of one of the lists."""
    every = database.lists[LISTS[kind]]
    offset = int(query.get("offset", ["0"])[0])
    limit = int(query.get("limit", [str(len(every))])[0])
    shown: list[Any] | None = [
        _shown(database, release, kind, each) for each in every[offset : offset + limit]
    ]
    counts = {"count": len(shown or ()), "limit": limit, "offset": offset, "total_count": len(every)}
    if kind == "virtual-keys" and not every and release == NEW:
        shown = None
    return {**counts, LISTS[kind]: shown}


def added(database: Database, release: str, kind: str, raw: dict[str, Any]) -> dict[str, Any]:
    """Add one; raise RefusedError for a missing key."""
    every = database.lists[LISTS[kind]]
    made_id = f"00000000-0000-4000-9000-{len(every):012}"
    if kind == "virtual-keys":
        stored = _virtual_key(database, made_id, raw)
    elif kind == "routing-rules":
        usual = {"description": "", "enabled": True, "scope_id": None, "chain_rule": False}
        stored = {"id": made_id, **usual, **raw}
    else:
        patch = json.dumps(raw.pop("patch"), separators=(",", ":"))
        stored = {"id": made_id, **raw, "pricing_patch": patch}
    every.append(stored)
    return {"message": "created", _ONE[kind]: _shown(database, release, kind, stored)}


def _virtual_key(database: Database, made_id: str, raw: dict[str, Any]) -> dict[str, Any]:
    configs = []
    for config in raw["provider_configs"]:
        ids = config.pop("key_ids", [])
        if any(each != "*" and database.row(each) is None for each in ids):
            raise RefusedError(500, "some keys not found")
        database.numbers_of_configs += 1
        own = {"id": database.numbers_of_configs, "allow_all_keys": ids == ["*"]}
        configs.append({**config, **own, "key_ids": [each for each in ids if each != "*"]})
    value = f"sk-bf-fake-SENTINEL-{made_id[-4:]}"
    return {"id": made_id, "name": raw["name"], "value": value, "provider_configs": configs}


def _shown(database: Database, release: str, kind: str, stored: dict[str, Any]) -> dict[str, Any]:
    shown = {**stored, **dict.fromkeys(_DATES, "2026-01-01T00:00:00Z")}
    if kind == "routing-rules":
        shown["config_hash"] = ""
    if kind == "virtual-keys":
        shown |= {"is_active": True, "mcp_configs": [], "calendar_aligned": False, "config_hash": ""}
        shown["provider_configs"] = [
            _shown_config(database, release, stored["id"], config) for config in stored["provider_configs"]
        ]
    return shown


def _shown_config(
    database: Database, release: str, virtual_key: str, config: dict[str, Any]
) -> dict[str, Any]:
    keys = [_shown_key(row, release) for row in database.rows if row.key.id in config["key_ids"]]
    shown = {name: value for name, value in config.items() if name != "key_ids"}
    lists = {"blacklisted_models": []} if release == NEW else {}
    return {**shown, **lists, "virtual_key_id": virtual_key, "keys": keys}


def _shown_key(row: Row, release: str) -> dict[str, Any]:
    old = {} if release == NEW else {"env_var": "", "from_env": False}
    return {
        "id": row.number,
        "name": row.key.name,
        "provider_id": 0,
        "provider": row.provider,
        "key_id": row.key.id,
        "value": {"value": "", **old},
        "weight": None,
        "enabled": True,
        **dict.fromkeys(_DATES, "0001-01-01T00:00:00Z"),
        "config_hash": "",
        "use_for_batch_api": False,
        "status": "",
        "models": row.key.models,
        "blacklisted_models": None,
    }
