"""The table of fields: one place that everything else can trust."""

from __future__ import annotations

from bifrost_keys.gateway.fields import BEDROCK, CONFIG_OBJECTS, as_gateway_reads


def test_field_names_options_and_columns_are_unique_within_an_object() -> None:
    for config in CONFIG_OBJECTS:
        for names in (
            [field.name for field in config.fields],
            [field.option for field in config.fields],
            [config.column(field) for field in config.fields],
        ):
            assert len(set(names)) == len(names)


def test_groups_of_all_or_none_name_fields_of_the_object() -> None:
    for config in CONFIG_OBJECTS:
        for group in config.all_or_none:
            assert all(config.field(name) for name in group)


def test_session_name_is_kept_in_the_column_of_the_role() -> None:
    field = BEDROCK.field("session_name")
    assert field is not None
    assert BEDROCK.column(field) == "bedrock_role_session_name"


def test_an_entry_is_read_ignoring_case_and_without_nulls() -> None:
    entry = {
        "name": "k",
        "Value": "x",
        "enabled": None,
        "note": "mine",
        "OLLAMA_KEY_CONFIG": {"URL": "http://h", "odd": 1},
    }
    assert as_gateway_reads(entry) == {"name": "k", "value": "x", "ollama_key_config": {"url": "http://h"}}
