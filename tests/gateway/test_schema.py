"""The types of every member, independent of other names."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.fields.schema import type_faults
from bifrost_keys.gateway.fields.table import CONFIG_OBJECTS, FLAGS, Field

WRONG: dict[str, list[Any]] = {
    **{kind: [7, True, [], {"odd": 1}] for kind in ("text", "secret", "plain")},
    "boolean": ["true", 1],
    "integer": ["3600", 3600.0, True, 2**63],
    "list": ["a", [1], {}],
    "object": ["a", []],
    "objects": [{}, ["a"], [{"bucket_name": 1}]],
}


def faults(entry: dict[str, Any]) -> set[tuple[str, tuple[str | int, ...]]]:
    return {(fault.code, fault.path) for fault in type_faults(entry)}


def inside(name: str, value: Any) -> dict[str, Any]:
    """Return the object that has ``value`` at this dotted name."""
    for part in reversed(name.split(".")):
        value = {part: value}
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    ("config", "name", "field"),
    [(config.name, name, field) for config in CONFIG_OBJECTS for name, field in config.members()],
)
def test_every_field_of_the_table_has_its_type(config: str, name: str, field: Field) -> None:
    for value in WRONG[field.kind]:
        found = faults({config: inside(name, value)})
        assert {code for code, _ in found} == {"type-wrong"}
        place = (config, *name.split("."))
        assert all(path[: len(place)] == place for _, path in found)


def test_a_name_that_is_not_text_hides_no_other_fault() -> None:
    entry = {"\ud800": 1, "weight": "x", "azure_key_config": {"\udc00": 1, "endpoint": 7, "nope": 1}}
    assert faults(entry) == {
        ("type-wrong", ("weight",)),
        ("type-wrong", ("azure_key_config", "endpoint")),
    }


def test_a_bucket_needs_its_name() -> None:
    entry = {"bedrock_key_config": {"batch_s3_config": {"buckets": [{"bucket_name": "a"}, {"prefix": "p"}]}}}
    path = ("bedrock_key_config", "batch_s3_config", "buckets", 1, "bucket_name")
    assert faults(entry) == {("config-field-missing", path)}


def test_the_fields_of_an_alias_have_types() -> None:
    alias = {"model_id": "x", "region": 1, "use_openai_endpoints": "yes", "api_version": None}
    assert faults({"aliases": {"a": alias, "b": "y"}}) == {
        ("type-wrong", ("aliases", "a", "region")),
        ("type-wrong", ("aliases", "a", "use_openai_endpoints")),
    }
    assert faults({"aliases": {"a": {**alias, "region": "r", "use_openai_endpoints": False}}}) == set()
    assert faults({flag.name: "yes" for flag in FLAGS}) == {("type-wrong", (flag.name,)) for flag in FLAGS}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"value": "https://h"}, "secret-object"),
        ({"value": "", "ref": "env.H", "type": "env"}, "secret-object"),
        ({"value": "", "env_var": "env.H", "from_env": True}, "secret-object"),
        ({"value": None}, "secret-object"),
        ({"type": "service_account", "private_key": "SENTINEL"}, "type-wrong"),
        ({"value": 1}, "type-wrong"),
    ],
)
def test_an_object_in_a_secrets_place_is_its_text_or_a_wrong_type(value: dict[str, Any], code: str) -> None:
    """In the key's own value it is always wrong, because releases use it as the secret."""
    assert faults({"azure_key_config": {"endpoint": value}}) == {(code, ("azure_key_config", "endpoint"))}
    endpoints = {"bedrock_key_config": {"endpoints": {"s3": value}}}
    assert faults(endpoints) == {(code, ("bedrock_key_config", "endpoints", "s3"))}
    assert faults({"value": value}) == {("type-wrong", ("value",))}
