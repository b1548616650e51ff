"""References to keys that stop the gateway, that have no effect, and that are valid."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.rules.reference import reference_faults

KEYS = [KnownKey("openai", "one", "id-1"), KnownKey("azure", "two", "id-2")]


def codes(blocks: dict[str, Any], *, database_is_off: bool = False) -> list[str]:
    return [fault.code for fault in reference_faults(blocks.get, KEYS, database_is_off=database_is_off)]


def virtual(**config: Any) -> dict[str, Any]:
    return {"governance": {"virtual_keys": [{"provider_configs": [{"provider": "openai", **config}]}]}}


def routing(where: str, **target: Any) -> dict[str, Any]:
    return {"governance": {"routing_rules": [{where: [target]}]}}


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        (virtual(key_ids=["id-1"]), []),
        (virtual(key_ids=["*"]), []),
        (virtual(key_ids=["one"]), ["reference-unresolved"]),
        (virtual(key_ids=["*", "id-1"]), ["reference-all-mixed"]),
        (virtual(key_ids=["id-2"]), ["reference-other-provider"]),
        (virtual(provider="gone", key_ids=["id-1"]), ["reference-other-provider"]),
        (virtual(provider="OpenAI", key_ids=["id-1"]), []),
        (virtual(key_ids=["gone"], keys=[{"name": "one"}]), []),
        (virtual(keys=[{"key_id": "id-1"}]), []),
        (virtual(keys=[{"key_id": "gone", "name": "one"}]), ["reference-unresolved"]),
        (virtual(keys=[{"name": "two"}]), ["reference-unresolved"]),
        (virtual(provider="OpenAI", keys=[{"name": "one"}]), ["reference-unresolved"]),
        (virtual(keys=[{}]), ["reference-incomplete"]),
        (virtual(keys=[{"id": "id-1"}]), ["reference-incomplete"]),
        (virtual(provider="gone"), []),
    ],
)
def test_virtual_keys(blocks: dict[str, Any], found: list[str]) -> None:
    assert codes(blocks) == found


@pytest.mark.parametrize("where", ["targets", "fallbacks"])
@pytest.mark.parametrize(
    ("target", "found"),
    [
        ({"provider": "OpenAI", "provider_key_name": " one "}, []),
        ({"provider": "openai", "provider_key_name": "two"}, ["reference-unresolved"]),
        ({"provider": "openai", "key_id": "id-1"}, []),
        ({"provider": "openai", "key_id": "gone"}, ["reference-unchecked"]),
        ({"provider": "openai", "key_id": "one"}, ["reference-unchecked"]),
        ({"provider_key_name": "one"}, ["reference-incomplete"]),
        ({"provider": "openai", "provider_key_name": "one", "key_id": "id-1"}, ["reference-doubled"]),
        ({"provider": "openai", "model": "m"}, []),
    ],
)
def test_targets_and_fallbacks_of_routing_rules(where: str, target: dict[str, Any], found: list[str]) -> None:
    assert codes(routing(where, **target)) == found


@pytest.mark.parametrize(
    ("override", "found"),
    [
        ({"provider_key_name": "two"}, []),
        ({"provider_key_name": "gone"}, ["reference-unresolved"]),
        ({"provider_key_id": "id-2"}, []),
        ({"provider_key_id": "gone"}, ["reference-unchecked"]),
        ({"provider_key_id": "one"}, ["reference-unchecked"]),
        ({"provider_key_name": "one", "provider_key_id": "id-1"}, ["reference-doubled"]),
    ],
)
def test_pricing_overrides(override: dict[str, Any], found: list[str]) -> None:
    assert codes({"governance": {"pricing_overrides": [override]}}) == found


@pytest.mark.parametrize(
    ("key_ids", "found"),
    [
        (["id-1"], []),
        (["*"], []),
        (["gone"], ["reference-enterprise"]),
        (["*", "id-1"], ["reference-all-mixed"]),
        (["id-2"], ["reference-other-provider"]),
    ],
)
def test_projects_and_access_profiles(key_ids: list[str], found: list[str]) -> None:
    configs = [{"provider_configs": [{"provider_name": "openai", "key_ids": key_ids}]}]
    assert codes({"governance": {"projects": configs}}) == found
    assert codes({"access_profiles": configs}) == found


def test_circuit_breakers() -> None:
    policies = [{"primary_key_ids": ["id-1", "gone"]}]
    assert codes({"circuit_breaker_config": {"policies": policies}}) == ["reference-enterprise"]


def test_a_name_cannot_be_looked_up_without_a_database() -> None:
    for blocks in (
        routing("targets", provider="openai", provider_key_name="one"),
        routing("fallbacks", provider="openai", provider_key_name="gone"),
        {"governance": {"pricing_overrides": [{"provider_key_name": "one"}]}},
    ):
        assert codes(blocks, database_is_off=True) == ["reference-without-database"]
    assert codes(virtual(keys=[{"name": "one"}]), database_is_off=True) == []
    assert codes(routing("targets", provider="openai", key_id="id-1"), database_is_off=True) == []


def test_the_time_grows_only_with_the_references() -> None:
    """Many references, and many names twice, in a fraction of a second."""
    keys = [KnownKey("openai", f"n{number}", f"i{number}") for number in range(20_000)]
    blocks = virtual(key_ids=[f"i{number}" for number in range(19_999, 40_000)])
    found = list(reference_faults(blocks.get, keys, database_is_off=False))
    assert len(found) == 20_000
