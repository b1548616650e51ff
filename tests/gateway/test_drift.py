"""An entry compared with the gateway's row of it: who changed what, in every combination."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.releases import NEWEST, Release
from bifrost_keys.gateway.restart.database_row import KeyRow, row_from_columns
from bifrost_keys.gateway.restart.drift import (
    Finding,
    KeyState,
    WebEdits,
    compare,
    web_edits,
)
from bifrost_keys.gateway.restart.matches import NONE, Matches
from bifrost_keys.gateway.restart.row_differences import differing_fields
from tests.gateway_database import columns, read_database
from tests.keys import ONE as ENTRY

OBSERVED = Path(__file__).parents[3] / "shared" / "gateway" / "database"
ALIASES = {**ENTRY, "aliases": {"a": "x", "b": "y"}}
AZURE = {**ENTRY, "azure_key_config": {"endpoint": "env.AZURE_ENDPOINT"}}


def row_of(entry: dict[str, Any], *, release: Release = NEWEST, **edited: Any) -> KeyRow:
    return row_from_columns(columns("openai", entry, release=release, **edited))


@pytest.mark.parametrize("release", [(1, 5, 1), (1, 5, 16), (2, 2, 6)])
@pytest.mark.parametrize(
    "entry",
    [
        ENTRY,
        {**ENTRY, "value": "env.OPENAI_API_KEY"},
        {"name": "k", "weight": 0},
        {**ENTRY, "enabled": None, "use_for_batch_api": False, "blacklisted_models": []},
        {**ENTRY, "aliases": {}, "models": []},
        {**ENTRY, "weight": 1.0, "Models": ["gpt-4o"]},
        {**ENTRY, "bedrock_key_config": {"region": "r", "batch_s3_config": {"buckets": []}}},
        {
            **ENTRY,
            "bedrock_key_config": {
                "batch_s3_config": {"buckets": [{"bucket_name": "b", "prefix": "", "is_default": False}]}
            },
        },
        {**ENTRY, "replicate_key_config": {"use_deployments_endpoint": False}},
        {**ENTRY, "azure_key_config": {"endpoint": "https://h", "scopes": [], "client_id": ""}},
        {**ENTRY, "vertex_key_config": {}},
    ],
)
def test_an_entry_is_in_sync_with_the_row_that_was_taken_from_it(
    entry: dict[str, Any], release: Release
) -> None:
    named = {name: value for name, value in entry.items() if value is not None}
    if "Models" in named:
        named["models"] = named.pop("Models")
    assert compare(entry, row_of(named, release=release)) == KeyState("in-sync")


@pytest.mark.parametrize(
    ("edited", "fields"),
    [
        ({"weight": 0.25}, ("weight",)),
        ({"enabled": 0}, ("enabled",)),
        ({"value": "sk-test-SENTINEL-rotated", "models_json": '["gpt-4o"]'}, ("value", "models")),
        (
            {"blacklisted_models_json": '["*"]', "use_for_batch_api": 1},
            ("blacklisted_models", "use_for_batch_api"),
        ),
        ({"aliases_json": '{"a": "b"}'}, ("aliases",)),
        ({"azure_endpoint": "https://h"}, ("azure_key_config.endpoint",)),
        ({"name": "other"}, ("name",)),
    ],
)
def test_a_difference_with_the_same_hash_was_made_in_the_web_ui(
    edited: dict[str, Any], fields: tuple[str, ...]
) -> None:
    row = row_of(ENTRY, **edited)
    assert set(compare(ENTRY, row).fields) == set(fields)
    assert compare(ENTRY, row).state == "changed-in-web"
    assert (set(web_edits(ENTRY, row).fields), web_edits(ENTRY, row).certain) == (set(fields), True)


@pytest.mark.parametrize(
    ("changed", "edited", "state"),
    [
        ({"weight": 3}, {}, KeyState("changed-in-file", ("weight",))),
        ({"enabled": False}, {}, KeyState("will-be-undone", ("enabled",))),
        ({"name": "new"}, {}, KeyState("renamed")),
        (
            {"weight": 3, "enabled": False},
            {},
            KeyState("will-be-undone", ("enabled",), (Finding("changed-in-file", ("weight",)),)),
        ),
        (
            {"name": "new", "weight": 3},
            {},
            KeyState("renamed", (), (Finding("changed-in-file", ("weight",)),)),
        ),
        (
            {"name": "new", "enabled": False},
            {"weight": 3.0},
            KeyState(
                "renamed",
                (),
                (Finding("will-be-undone", ("enabled",)), Finding("changed-in-web", ("weight",))),
            ),
        ),
        (
            {"enabled": False},
            {"weight": 3.0},
            KeyState("will-be-undone", ("enabled",), (Finding("changed-in-web", ("weight",)),)),
        ),
        (
            {"name": "new"},
            {"enabled": 0},
            KeyState("renamed", (), (Finding("changed-in-web", ("enabled",)),)),
        ),
        (
            {"weight": 3},
            {"config_hash": ""},
            KeyState("changed-in-file", ("weight",)),
        ),
        ({}, {"config_hash": "0" * 64}, KeyState("in-sync", taken_again=True)),
    ],
)
def test_changes_of_the_file_are_distinguished_from_changes_of_the_web_ui(
    changed: dict[str, Any], edited: dict[str, Any], state: KeyState
) -> None:
    entry = {**ENTRY, **changed}
    assert compare(entry, row_of(ENTRY, **edited)) == state
    assert web_edits(entry, row_of(ENTRY, **edited)) == WebEdits()


@pytest.mark.parametrize(
    ("taken", "now", "edited", "state"),
    [
        ({"enabled": False}, {"enabled": True}, {}, KeyState("will-be-undone", ("enabled",))),
        (
            {"enabled": False},
            {"enabled": True, "name": "new"},
            {},
            KeyState("renamed", (), (Finding("will-be-undone", ("enabled",)),)),
        ),
        (
            {"enabled": False},
            {"enabled": True},
            {"weight": 3.0},
            KeyState("will-be-undone", ("enabled",), (Finding("changed-in-web", ("weight",)),)),
        ),
        ({"enabled": None}, {"enabled": True}, {"enabled": 0}, KeyState("will-be-undone", ("enabled",))),
        ({"enabled": None}, {"enabled": True}, {"weight": 3.0}, KeyState("changed-in-file", ("weight",))),
        ({"enabled": None}, {"enabled": True}, {}, KeyState("in-sync", taken_again=True)),
        ({"enabled": True}, {"enabled": None}, {"enabled": 0}, KeyState("will-be-undone", ("enabled",))),
        ({"enabled": True}, {"enabled": None}, {"weight": 3.0}, KeyState("changed-in-file", ("weight",))),
        ({"enabled": True}, {"enabled": None}, {}, KeyState("in-sync", taken_again=True)),
        ({"enabled": True}, {"enabled": []}, {}, KeyState("in-sync", by_fields=True)),
    ],
)
def test_an_entry_with_another_hash_is_never_said_to_keep_what_the_web_ui_changed(
    taken: dict[str, Any], now: dict[str, Any], edited: dict[str, Any], state: KeyState
) -> None:
    earlier = {name: value for name, value in {**ENTRY, **taken}.items() if value is not None}
    assert compare({**ENTRY, **now}, row_of(earlier, **edited)) == state


@pytest.mark.parametrize("entry", [ALIASES, AZURE])
def test_if_the_hash_proves_nothing_the_fields_are_compared(entry: dict[str, Any]) -> None:
    of_the_gateway = {"config_hash": "0" * 64}
    assert compare(entry, row_of(entry, **of_the_gateway)) == KeyState("in-sync", by_fields=True)
    differs = compare(entry, row_of(entry, weight=2.0, **of_the_gateway))
    assert differs == KeyState("differs", ("weight",), by_fields=True)
    renamed = compare({**entry, "name": "new"}, row_of(entry, weight=2.0, **of_the_gateway))
    assert renamed == KeyState("renamed", (), (Finding("differs", ("weight",)),), by_fields=True)


def test_a_hash_that_matches_all_the_same_is_believed() -> None:
    assert compare(ALIASES, row_of(ALIASES, weight=2.0)) == KeyState("changed-in-web", ("weight",))


def test_the_order_of_aliases_is_not_a_difference() -> None:
    row = row_of(ALIASES, aliases_json='{"b": "y", "a": "x"}', config_hash="")
    assert differing_fields(ALIASES, row) == ()


@pytest.mark.parametrize(
    ("spelled", "kept"),
    [
        ({"models": ["b", "a"]}, {"models_json": '["a", "b"]'}),
        ({"blacklisted_models": ["b", "a"]}, {"blacklisted_models_json": '["a", "b"]'}),
        ({"weight": 9007199254740993}, {"weight": 9007199254740992.0}),
        ({"value": 5}, {"value": "5"}),
        ({"ollama_key_config": {"url": 0}}, {"ollama_url": "0"}),
    ],
)
def test_values_that_are_equal_to_the_gateway_are_not_a_difference(
    spelled: dict[str, Any], kept: dict[str, Any]
) -> None:
    entry = {**ENTRY, **spelled}
    row = row_of(entry, **kept)
    assert (differing_fields(entry, row), web_edits(entry, row).fields) == ((), ())


def test_an_encrypted_secret_is_never_compared() -> None:
    entry = {**ENTRY, "bedrock_key_config": {"region": "us-east-1", "access_key": "SENTINEL"}}
    row = row_of(
        entry, value="b3Ro", bedrock_region="ZXI=", bedrock_access_key="", encryption_status="encrypted"
    )
    assert compare(entry, row) == KeyState("in-sync")
    assert compare({**entry, "weight": 2}, row) == KeyState("changed-in-file", ("weight",))


def test_a_changed_secret_is_detected_by_the_hash_if_it_is_encrypted() -> None:
    row = row_of(ENTRY, value="b3Ro", encryption_status="encrypted")
    assert compare({**ENTRY, "value": "sk-test-SENTINEL-new"}, row) == KeyState("changed-in-file")
    assert compare({**ENTRY, "enabled": None}, row) == KeyState("in-sync", taken_again=True)
    new = row_of(ENTRY, value="b3Ro", encryption_status="encrypted", config_hash="")
    assert compare(ENTRY, new) == KeyState("in-sync", taken_again=True)


def test_a_field_without_a_column_in_this_release_is_not_a_difference() -> None:
    azure = {**ENTRY, "azure_key_config": {"endpoint": "https://h", "api_version": "2024-10-21"}}
    newer = {**ENTRY, "use_anthropic_endpoints": True, "bedrock_mantle_key_config": {"region": "r"}}
    for entry, release in ((azure, (1, 5, 5)), (newer, (1, 6, 0))):
        assert compare(entry, row_of(entry, release=release)) == KeyState("in-sync")


def test_a_key_on_one_side_only_is_said_to_be() -> None:
    assert compare(ENTRY, None) == KeyState("only-in-file")
    assert compare(None, row_of(ENTRY)) == KeyState("only-in-gateway")


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, KeyState("changed-in-file", ("provider",))),
        ({"weight": 3}, KeyState("changed-in-file", ("provider", "weight"))),
        ({"name": "new"}, KeyState("renamed", (), (Finding("changed-in-file", ("provider",)),))),
    ],
)
def test_a_key_at_another_provider_than_its_row_is_never_in_sync(
    changed: dict[str, Any], state: KeyState
) -> None:
    assert compare({**ENTRY, **changed}, row_of(ENTRY), provider="groq") == state
    assert compare(ENTRY, row_of(ENTRY), provider="OPENAI") == KeyState("in-sync")


@pytest.mark.parametrize("release", ["1.5.1", "1.5.16"])
def test_recorded_edits_of_running_gateways_are_recognised(release: str) -> None:
    config = OBSERVED / release / "config.json"
    if not config.exists():
        pytest.skip(f"the databases of release {release} are not here")
    providers = json.loads(config.read_text(encoding="utf-8"))["providers"]
    entries = [(name, entry) for name, provider in providers.items() for entry in provider["keys"]]
    rows = list(read_database(None, config).rows)
    keys = [KnownKey(name, entry["name"], entry.get("id")) for name, entry in entries]
    matches = Matches(keys, (row.handle for row in rows))
    found = {
        key.name: compare(entry, rows[number] if number != NONE else None)
        for key, (_, entry), number in zip(keys, entries, matches.row_of, strict=True)
    }
    found |= {
        row.name: compare(None, row) for row, place in zip(rows, matches.key_of, strict=True) if place == NONE
    }
    assert found == {
        "in-sync": KeyState("in-sync"),
        "edited-in-web": KeyState("changed-in-web", ("weight",)),
        "changed-in-file": KeyState("changed-in-file", ("weight",)),
        "renamed-new": KeyState("renamed"),
        "disabled-in-web": KeyState("changed-in-web", ("enabled",)),
        "disabled-in-file": KeyState("will-be-undone", ("enabled",)),
        "many-aliases": KeyState("in-sync", by_fields=True),
        "no-id": KeyState("in-sync"),
        "only-in-file": KeyState("only-in-file"),
        "azure-env-endpoint": KeyState("in-sync", by_fields=True),
        "deleted-from-file": KeyState("only-in-gateway"),
        "added-in-web": KeyState("only-in-gateway"),
    }
