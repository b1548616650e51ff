"""Files as people write them for a gateway of release 2.2: no error, and no false warning."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.fields.table import ALIAS_FIELDS, CONFIG_OBJECTS, KEY_FIELDS
from bifrost_keys.gateway.providers.table import PROVIDERS
from bifrost_keys.gateway.releases import OLDEST
from bifrost_keys.gateway.rules.json_types import CUSTOM_PROVIDER, NETWORK
from bifrost_keys.gateway.rules.unknown import PROVIDER_FIELDS, TOP_LEVEL
from bifrost_keys.operations.check import check_document
from bifrost_keys.stores.config_file.document import Document

FOLDER = Path(__file__).parents[1] / "files_of_2_2"
FILES = {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
# What the gateway notes itself, and what no gateway since 1.5.5 reads.
NOT_WRITTEN = {"config_hash", "status", "description", "api_version"}


def found(name: str, release: str | None = None) -> list[tuple[str, str, str]]:
    document = Document.parse((FOLDER / name).read_bytes(), lenient=True)
    return [(each.severity, each.code, each.path) for each in check_document(document, None, release=release)]


@pytest.mark.parametrize(
    ("name", "warnings"),
    [
        ("product-team.json", []),
        ("platform.json", []),
        (
            "own-servers.json",
            [
                ("schema-address", "$schema"),
                ("weight-zero", "providers.runware.keys[0].weight"),
                ("field-unknown", "providers.next-provider.keys[0].rate_limit_of_a_later_release"),
            ],
        ),
    ],
)
def test_a_file_of_today_has_no_error_and_only_true_warnings(
    name: str, warnings: list[tuple[str, str]]
) -> None:
    expected = [("warning", *each) for each in warnings]
    assert found(name) == expected
    assert found(name, "2.5.0") == expected


def test_the_files_have_every_place_and_every_member_that_a_gateway_of_2_2_reads() -> None:
    providers = [each for file in FILES.values() for each in file["providers"].items()]
    keys = [key for _, settings in providers for key in settings.get("keys", ())]
    targets = [target for key in keys for target in key.get("aliases", {}).values()]
    later = {provider.name for provider in PROVIDERS.values() if provider.since > OLDEST}
    assert {name for file in FILES.values() for name in file} == TOP_LEVEL
    assert {name for name, _ in providers} >= later
    assert {name for _, settings in providers for name in settings} >= PROVIDER_FIELDS - NOT_WRITTEN
    assert {name for key in keys for name in key} >= set(KEY_FIELDS) - NOT_WRITTEN
    assert {name for target in targets if isinstance(target, dict) for name in target} == {
        each.field.name for each in ALIAS_FIELDS
    }
    for block, members in (("custom_provider_config", CUSTOM_PROVIDER), ("network_config", NETWORK)):
        assert {name for _, its in providers for name in its.get(block, ())} == members.keys()
    for config in CONFIG_OBJECTS:
        written = {path for key in keys if config.name in key for path in _paths(key[config.name])}
        known = {name for name, _ in config.members()} - NOT_WRITTEN
        # The schema has just one of the five addresses for bedrock_mantle.
        known -= {name for name in known if config.provider == "bedrock_mantle" and "." in name}
        assert written >= known, config.name


def _paths(data: dict[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in data.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{name}.")


def test_an_old_gateway_is_said_to_ignore_what_came_later() -> None:
    for name in FILES:
        told = found(name, "1.5.4")
        later = {"field-newer", "provider-newer", "alias-object", "pattern-newer", "fallback-object"}
        beside = {"schema-address", "weight-zero", "field-unknown", "reference-vault"}
        assert {code for _, code, _ in told} <= later | beside
        assert "provider-newer" in {code for severity, code, _ in told if severity == "error"}


def test_no_value_in_any_place_is_more_than_a_finding() -> None:
    chance = random.Random(20)
    for name, file in FILES.items():
        for path in list(_places(file, ())):
            odd = _with(file, path, chance.choice(ODD))
            document = Document.parse(json.dumps(odd).encode(), lenient=True)
            assert isinstance(check_document(document, None), list), (name, path)


ODD: list[Any] = [
    *(None, True, -1, 1.5, 10**30, "", " env.", "\ud800", "*", "regex:(", [], {}, ["x"], [None], [[1]]),
    *({"value": "x"}, {"value": 5}, {"keys": [{}]}, ["*", "a"]),
]


def _places(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from _places(inner, (*path, step))


def _with(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(data)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    return changed
