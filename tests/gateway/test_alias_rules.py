"""Aliases that make the gateway drop their provider, and valid ones."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.providers.table import Provider, built_in, rules_for
from bifrost_keys.gateway.rules.alias import MODEL_FAMILIES
from bifrost_keys.gateway.rules.catalog import CODES
from bifrost_keys.gateway.rules.key import entry_faults
from tests.keys import REFERENCE as KEY


def found(target: Any, provider: Provider | None) -> list[str]:
    faults = entry_faults({**KEY, "aliases": {"a": target}}, provider)
    return [fault.code for fault in faults if fault.path[0] == "aliases"]


@pytest.mark.parametrize(
    ("member", "owner"),
    [
        ("api_version", "azure"),
        ("anthropic_version", "azure"),
        ("endpoint", "azure"),
        ("project_number", "vertex"),
        ("force_single_region", "vertex"),
        ("inference_profile_arn", "bedrock"),
        ("use_deployments_endpoint", "replicate"),
    ],
)
def test_a_member_of_one_providers_aliases_drops_every_other_provider(member: str, owner: str) -> None:
    value: Any = True if member.startswith(("use_", "force_")) else "x"
    for provider in ("azure", "vertex", "bedrock", "replicate", "openai"):
        expected = [] if provider == owner else ["alias-foreign"]
        assert found({"model_id": "m", member: value}, built_in(provider)) == expected
    assert found({"model_id": "m", member: value}, None) == []
    assert found({"model_id": "m", member: None}, built_in("openai")) == []


def test_a_custom_provider_has_the_aliases_of_its_base() -> None:
    bedrock = rules_for("mine", {"custom_provider_config": {"base_provider_type": "bedrock"}})
    assert found({"model_id": "m", "inference_profile_arn": "env.ARN"}, bedrock) == []
    assert found({"model_id": "m", "endpoint": "https://x"}, bedrock) == ["alias-foreign"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, None),
        ({"model_name": "GPT 4"}, None),
        ({"model_name": " x"}, "alias-field"),
        ({"model_family": ""}, "alias-field"),
        ({"model_family": "qwen"}, "alias-field"),
        ({"description": " any text "}, None),
        ({"region": "us-east-1"}, None),
        ({"region": "env."}, "reference-empty"),
        ({"project_id": "p", "use_openai_endpoints": False}, None),
        ({"unheard_of": 1}, "config-field-unknown"),
        ({"region": 5}, "secret-not-text"),
        ({"use_anthropic_endpoints": "yes"}, "type-wrong"),
        ({"model_id": ""}, "alias-target"),
        ({"model_id": " m"}, "alias-target"),
        ({"model_id": None}, "alias-target"),
        ({"model_id": 5}, "type-wrong"),
        ({"model_id": "env.MODEL"}, "alias-reference"),
    ],
)
def test_an_alias_that_is_an_object(members: dict[str, Any], code: str | None) -> None:
    assert found({"model_id": "m", **members}, built_in("openai")) == ([] if code is None else [code])


def test_every_model_family_of_the_gateway_is_accepted() -> None:
    for family in MODEL_FAMILIES:
        assert found({"model_id": "m", "model_family": family}, built_in("openai")) == []
    assert {CODES[code].effect for code in ("alias-foreign", "alias-field", "alias-target")} == {"drops"}


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("gpt-4o", None),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/x", None),
        ("", "alias-target"),
        ("a ", "alias-target"),
        ("vault.models#a", "alias-reference"),
        (None, "type-wrong"),
        (["a"], "type-wrong"),
    ],
)
def test_an_alias_that_is_text(target: Any, code: str | None) -> None:
    assert found(target, built_in("openai")) == ([] if code is None else [code])


def test_names_that_are_one_to_the_gateway_are_duplicates() -> None:
    for one, other, twice in (
        ("A", "a", True),
        ("\u0130", "i", True),
        ("ΑΣ", "ας", False),
        ("a", "b", False),
    ):
        faults = entry_faults({**KEY, "aliases": {one: "x", other: "y"}}, built_in("openai"))
        assert [fault.code for fault in faults] == (["alias-duplicate"] if twice else [])
