"""The table of fields, on which everything else relies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bifrost_keys.gateway.fields.bedrock import BEDROCK
from bifrost_keys.gateway.fields.field import ConfigObject, Field
from bifrost_keys.gateway.fields.table import (
    ALIAS_FIELDS,
    CONFIG_BY_PROVIDER,
    CONFIG_OBJECTS,
    KEY,
    as_gateway_reads,
    walk,
)
from bifrost_keys.gateway.fields.vertex import VERTEX
from bifrost_keys.gateway.providers.table import BUILT_IN, PROVIDERS


def options() -> Iterator[tuple[ConfigObject, str, Field]]:
    for config in CONFIG_OBJECTS:
        for name, field in config.members():
            if field.option:
                yield config, name, field


def test_names_options_and_columns_are_unique_within_an_object() -> None:
    for config in CONFIG_OBJECTS:
        for names in (
            [name for name, _ in config.members()],
            [field.option for _, field in config.members() if field.option],
            [config.column(field) for field in config.fields],
        ):
            assert len(set(names)) == len(names)
    for names in ([field.name for field in KEY], [each.field.name for each in ALIAS_FIELDS]):
        assert len(set(names)) == len(names)


def test_an_option_of_several_objects_means_one_field_of_one_kind() -> None:
    kinds: dict[str, set[tuple[str, str]]] = {}
    for _, name, field in options():
        kinds.setdefault(field.option, set()).add((name, field.kind))
    assert [option for option, meanings in kinds.items() if len(meanings) > 1] == []


def test_every_field_has_an_option_or_its_members_have() -> None:
    """Only a list of objects is given as a whole, by one option."""
    for config in CONFIG_OBJECTS:
        for name, field in config.members():
            assert bool(field.option) is (field.kind != "object"), (config.name, name)
            assert field.help, (config.name, name)


def test_named_groups_name_fields_of_the_object() -> None:
    for config in CONFIG_OBJECTS:
        for group in (*config.all_or_none, config.instead_of_value):
            assert all(config.field(name) for name in group)


def test_a_config_object_belongs_to_a_provider_that_is_as_old() -> None:
    assert CONFIG_BY_PROVIDER.keys() <= PROVIDERS.keys()
    assert [each.name for each in BUILT_IN if each.config and each.config.since != each.since] == []


def test_session_name_is_kept_in_the_column_of_the_role() -> None:
    field = BEDROCK.field("session_name")
    assert field is not None
    assert BEDROCK.column(field) == "bedrock_role_session_name"


def test_a_field_inside_an_object_is_named_with_a_dot() -> None:
    field = VERTEX.field("aws_workload_identity.audience")
    assert field is not None
    assert field.option == "--workload-audience"
    assert VERTEX.field("audience") is VERTEX.field("region.audience") is None


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("region", {(1, 5, 1): True}),
        ("project_id", {(1, 6, 3): False, (1, 6, 4): True}),
        ("batch_role_arn", {(1, 6, 5): False, (1, 6, 6): None, (2, 0, 0): True}),
    ],
)
def test_a_release_supports_a_field_or_does_not_or_that_is_unknown(
    name: str, known: dict[tuple[int, int, int], bool | None]
) -> None:
    field = BEDROCK.field(name)
    assert field is not None
    assert {release: field.known_to(release) for release in known} == known


def test_an_entry_is_read_ignoring_case_and_without_nulls() -> None:
    entry = {
        "name": "k",
        "Value": "x",
        "enabled": None,
        "note": "mine",
        "OLLAMA_KEY_CONFIG": {"URL": "http://h", "odd": 1},
        "bedrock_key_config": {
            "Endpoints": {"S3": "h", "odd": 1, "mantle": None},
            "batch_s3_config": {"buckets": [{"Bucket_Name": "b", "odd": 1}]},
        },
        "aliases": {"a": {"Model_ID": "x", "odd": 1, "region": None, "Endpoint": None}, "b": "y"},
    }
    assert as_gateway_reads(entry) == {
        "name": "k",
        "value": "x",
        "ollama_key_config": {"url": "http://h"},
        "bedrock_key_config": {
            "endpoints": {"s3": "h"},
            "batch_s3_config": {"buckets": [{"bucket_name": "b"}]},
        },
        "aliases": {"a": {"endpoint": None, "model_id": "x"}, "b": "y"},
    }


def test_every_member_is_met_at_any_depth() -> None:
    entry = {
        "name": "k",
        "odd": {"deep": 1},
        "bedrock_key_config": {"batch_s3_config": {"buckets": [{"odd": 1}]}, "region": "r"},
        "Aliases": {"a": {"odd": 1, "model_id": "x"}, "b": "y"},
    }
    assert {member.path: member.field is not None for member in walk(entry)} == {
        ("name",): True,
        ("odd",): False,
        ("bedrock_key_config",): True,
        ("bedrock_key_config", "batch_s3_config"): True,
        ("bedrock_key_config", "batch_s3_config", "buckets"): True,
        ("bedrock_key_config", "batch_s3_config", "buckets", 0, "odd"): False,
        ("bedrock_key_config", "region"): True,
        ("Aliases",): True,
        ("Aliases", "a", "odd"): False,
        ("Aliases", "a", "model_id"): True,
    }
