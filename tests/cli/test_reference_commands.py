"""References to a key from every place of the file, through get, delete and rename."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

TARGET = {"provider": "openai", "model": "m", "provider_key_name": "one"}
FILE: dict[str, Any] = {
    "config_store": {"enabled": True, "type": "postgres"},
    "providers": {
        "openai": {"keys": [{"id": "id-1", "name": "one", "value": "env.A", "models": ["*"], "weight": 1}]}
    },
    "governance": {
        "virtual_keys": [
            {
                "provider_configs": [
                    {"provider": "openai", "keys": [{"name": "one"}]},
                    {"provider": "openai", "key_ids": ["id-1"]},
                ]
            }
        ],
        "routing_rules": [{"targets": [TARGET], "fallbacks": ["openai/m", TARGET]}],
        "pricing_overrides": [{"provider_key_name": "one"}],
        "projects": [{"provider_configs": [{"provider_name": "openai", "key_ids": ["id-1"]}]}],
    },
    "circuit_breaker_config": {"policies": [{"primary_key_ids": ["id-1"]}]},
    "access_profiles": [{"provider_configs": [{"provider_name": "openai", "key_ids": ["id-1"]}]}],
}
NAMES = [
    "governance.virtual_keys[0].provider_configs[0].keys[0].name",
    "governance.routing_rules[0].targets[0].provider_key_name",
    "governance.routing_rules[0].fallbacks[1].provider_key_name",
    "governance.pricing_overrides[0].provider_key_name",
]
IDS = [
    "governance.virtual_keys[0].provider_configs[1].key_ids[0]",
    "governance.projects[0].provider_configs[0].key_ids[0]",
    "circuit_breaker_config.policies[0].primary_key_ids[0]",
    "access_profiles[0].provider_configs[0].key_ids[0]",
]


def write(folder: Path, data: Any) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(data, indent=2))
    return path


def test_get_shows_delete_refuses_and_rename_rewrites_every_reference(call: Any, tmp_path: Path) -> None:
    path = write(tmp_path, FILE)

    shown = call("get", "one", "--config", str(path), "-o", "json")
    refused = call("delete", "one", "--yes", "--config", str(path), "-o", "json")
    renamed = call("rename", "one", "prod", "--config", str(path), "-o", "json")

    assert sorted(each["path"] for each in shown.json["references"]) == sorted(NAMES + IDS)
    assert refused.code == 5
    assert all(place in refused.error["message"] for place in NAMES + IDS)
    assert refused.error["hint"] == "change these first: the gateway would not start"
    assert renamed.code == 0, renamed.err
    text = json.dumps(FILE).replace('"one"', '"prod"')
    assert json.loads(path.read_text())["governance"] == json.loads(text)["governance"]


def test_delete_does_not_claim_that_a_starting_gateway_stops(call: Any, tmp_path: Path) -> None:
    path = write(tmp_path, {name: FILE[name] for name in ("providers", "access_profiles")})

    refused = call("delete", "one", "--yes", "--config", str(path), "-o", "json")

    assert (refused.code, refused.error["hint"]) == (
        5,
        "change these first: they would refer to a missing key",
    )
