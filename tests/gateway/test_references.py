"""References to keys from other blocks: where they are, and whether they resolve."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.gateway.references import (
    KnownKey,
    Reference,
    References,
    find_references,
    unresolved,
)

OBSERVED = Path(__file__).parents[3] / "shared" / "gateway" / "files.jsonl"
GOVERNANCE: dict[str, Any] = {
    "virtual_keys": [
        {"name": "no-configs"},
        {
            "provider_configs": [
                {"provider": "openai", "key_ids": ["*", "id-1", 7]},
                {
                    "provider": "openai",
                    "key_ids": ["ignored-beside-keys"],
                    "keys": [{"name": "one"}, {"key_id": "id-1", "name": "one"}, "odd"],
                },
            ]
        },
    ],
    "routing_rules": [
        {
            "targets": [
                {"provider": "openai", "model": "m"},
                {"provider": "OpenAI", "provider_key_name": " one "},
                {"provider": "openai", "key_id": "id-1"},
            ],
            "fallbacks": [
                "openai/gpt-4o",
                {"provider": "openai", "model": "m", "provider_key_name": "one"},
                {"provider": "openai", "model": "m", "key_id": "id-1"},
            ],
        }
    ],
    "pricing_overrides": [{"provider_key_name": "one"}, {"Provider_Key_ID": "id-1"}, {"name": "none"}],
    "projects": [{"provider_configs": [{"provider_name": "openai", "key_ids": ["id-1"]}]}],
}
BLOCKS: dict[str, Any] = {
    "governance": GOVERNANCE,
    "circuit_breaker_config": {"policies": [{"primary_key_ids": ["id-1"]}]},
    "access_profiles": [{"provider_configs": [{"provider_name": "openai", "key_ids": ["id-1", "*"]}]}],
}
CONFIGS = ("governance", "virtual_keys", 1, "provider_configs")
TARGETS = ("governance", "routing_rules", 0, "targets")
FALLBACKS = ("governance", "routing_rules", 0, "fallbacks")
PROFILE = ("access_profiles", 0, "provider_configs", 0)
PROJECT = ("governance", "projects", 0, "provider_configs", 0)
REFERENCES = [
    Reference((*CONFIGS, 0, "key_ids", 1), "id", None, "id-1"),
    Reference((*CONFIGS, 1, "keys", 0, "name"), "name", "openai", "one", exact=True),
    Reference((*CONFIGS, 1, "keys", 1, "key_id"), "id", None, "id-1"),
    Reference((*TARGETS, 1, "provider_key_name"), "name", "OpenAI", "one"),
    Reference((*TARGETS, 2, "key_id"), "id", "openai", "id-1", "unused"),
    Reference((*FALLBACKS, 1, "provider_key_name"), "name", "openai", "one"),
    Reference((*FALLBACKS, 2, "key_id"), "id", "openai", "id-1", "unused"),
    Reference(("governance", "pricing_overrides", 0, "provider_key_name"), "name", None, "one"),
    Reference(("governance", "pricing_overrides", 1, "Provider_Key_ID"), "id", None, "id-1", "unused"),
    Reference((*PROJECT, "key_ids", 0), "id", None, "id-1", "unknown"),
    Reference(("circuit_breaker_config", "policies", 0, "primary_key_ids", 0), "id", None, "id-1", "unknown"),
    Reference((*PROFILE, "key_ids", 0), "id", None, "id-1", "unknown"),
]
BY_NAME = [reference for reference in REFERENCES if reference.kind == "name"]


def test_every_place_that_names_a_key_is_found_with_its_path() -> None:
    assert find_references(BLOCKS.get) == REFERENCES
    assert [reference.path for reference in REFERENCES if not reference.checked] == [
        reference.path for reference in REFERENCES if reference.dangling != "stops"
    ]


def test_a_key_is_reached_by_name_and_by_id() -> None:
    found = References(find_references(BLOCKS.get))
    assert found.to(provider="openai", name="one", id="id-1") == REFERENCES
    assert found.to(provider="openai", name="one") == BY_NAME
    elsewhere = [reference for reference in REFERENCES if reference.provider is None]
    assert found.to(provider="azure", name="one", id="id-1") == elsewhere
    assert found.to(provider="openai", name="other", id="other") == []


def test_a_name_in_key_ids_resolves_only_if_it_is_also_the_id() -> None:
    governance = {"virtual_keys": [{"provider_configs": [{"provider": "openai", "key_ids": ["one"]}]}]}
    found = find_references({"governance": governance}.get)
    assert References(found).to(provider="openai", name="one", id="id-1") == []
    assert References(found).to(provider="openai", name="one", id="one") == found
    assert unresolved(found, [KnownKey("openai", "one", None)]) == found
    assert unresolved(found, [KnownKey("openai", "one", "one")]) == []


def test_a_reference_without_a_key_of_its_provider_is_unresolved() -> None:
    found = find_references(BLOCKS.get)
    assert unresolved(found, []) == REFERENCES
    assert unresolved(found, [KnownKey("OPENAI", "one", "id-1")]) == []
    assert unresolved(found, [KnownKey("azure", "one", "id-1")]) == [
        reference for reference in REFERENCES if reference.provider is not None
    ]


def test_a_virtual_key_names_a_provider_in_exactly_its_spelling() -> None:
    config = {"provider": "OpenAI", "keys": [{"name": "one"}]}
    found = find_references({"governance": {"virtual_keys": [{"provider_configs": [config]}]}}.get)
    assert unresolved(found, [KnownKey("openai", "one", None)]) == found
    assert References(found).to(provider="openai", name="one") == []


@pytest.mark.parametrize(
    "case", ["vk-key-ids-unknown", "route-unknown", "route-other-provider", "override-unknown"]
)
def test_a_file_that_stops_the_gateway_has_a_checked_reference_that_does_not_resolve(case: str) -> None:
    assert [reference.checked for reference in _unresolved_in(case)] == [True]


@pytest.mark.parametrize("case", ["vk-keys-name", "vk-keys-key_id", "route-key-id", "override-name"])
def test_a_file_with_which_the_gateway_starts_has_none(case: str) -> None:
    assert _unresolved_in(case) == []


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        *(
                            "virtual_keys",
                            "routing_rules",
                            "pricing_overrides",
                            "provider_configs",
                            "targets",
                            "fallbacks",
                            "projects",
                            "policies",
                        ),
                        *("keys", "key_ids", "key_id", "name", "provider", "provider_key_name"),
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=30,
    )
)
def test_values_of_a_wrong_type_are_neither_references_nor_errors(governance: Any) -> None:
    blocks = {"governance": governance, "access_profiles": governance, "circuit_breaker_config": governance}
    for reference in find_references(blocks.get):
        value: Any = blocks
        for part in reference.path:
            value = value[part]
        assert value.strip() == reference.target.strip()


def _unresolved_in(case: str) -> list[Reference]:
    if not OBSERVED.exists():
        pytest.skip(f"{OBSERVED.name} is not here")
    lines = map(json.loads, OBSERVED.read_text(encoding="utf-8").split("\n")[:-1])
    config = json.loads(next(line["text"] for line in lines if line["case"] == case))
    keys = [
        KnownKey(provider, key["name"], key.get("id"))
        for provider, settings in config["providers"].items()
        for key in settings["keys"]
    ]
    return unresolved(find_references(config.get), keys)
