"""The gateway's hash of a key, byte for byte, with every recipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.gateway.hashing.go_json import compact, number
from bifrost_keys.gateway.hashing.key_hash import (
    EntryHashes,
    HashBasis,
    HashDecision,
    has_hash,
    key_hash,
    recipe_of,
    reproducible,
    stored_hash,
)
from bifrost_keys.gateway.releases import NEWEST, Release, parse_release, release_of_migrations

OBSERVED = Path(__file__).parents[3] / "shared" / "gateway"
# A selection of what gateways and their own functions computed: entry, environment, hash by release.
SELECTION = json.loads((Path(__file__).parent / "hashes.json").read_text(encoding="utf-8"))
COLUMNS: dict[str, Release] = {
    "hash_1_5_1": (1, 5, 1),
    "hash_1_5_5": (1, 5, 16),
    "hash_1_5_12": (1, 6, 0),
    "hash_1_6_0": (1, 6, 0),
    "hash_2_2_6": (2, 2, 6),
}


def recorded(case: dict[str, Any]) -> dict[str, str]:
    """Return the hashes by column; null if the release cannot load the key."""
    return {column: case[column] for column in COLUMNS if case.get(column) is not None}


def computed(case: dict[str, Any]) -> dict[str, str]:
    return {column: key_hash(case["key"], COLUMNS[column], environ=case["env"]) for column in recorded(case)}


@pytest.mark.parametrize("case", SELECTION, ids=[case["why"] for case in SELECTION])
def test_hash_is_that_of_the_gateway(case: dict[str, Any]) -> None:
    assert computed(case) == recorded(case)


@pytest.mark.parametrize(("name", "count"), [("key-hashes.jsonl", 800), ("key-hashes-2.jsonl", 759)])
def test_every_observed_hash_is_reproduced_with_every_recipe(name: str, count: int) -> None:
    if not (OBSERVED / name).exists():
        pytest.skip(f"{name} is not here: only the selection was compared")
    cases = [json.loads(line) for line in (OBSERVED / name).read_text(encoding="utf-8").split("\n")[:-1]]
    assert [case["key"] for case in cases if computed(case) != recorded(case)] == []
    assert sum(len(recorded(case)) for case in cases) == count


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1, "1"),
        (1.0, "1"),
        (0, "0"),
        (-0.0, "-0"),
        (0.5, "0.5"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-9, "1.5e-9"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1.25e22, "1.25e+22"),
        (123456.789, "123456.789"),
        (-2.5, "-2.5"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740993, "9007199254740992"),
        (10**400, ""),
        (float("nan"), ""),
    ],
)
def test_numbers_are_written_as_go_writes_a_float64(value: float, written: str) -> None:
    assert number(value) == written


def test_strings_are_escaped_no_more_than_go_does() -> None:
    assert compact('a"\\\n\r\t\b\f\x00\x1f\x7f<>&\u2028é😀') == (
        '"a\\"\\\\\\n\\r\\t\\u0008\\u000c\\u0000\\u001f\x7f<>&\u2028é😀"'
    )


@pytest.mark.parametrize(
    "same",
    [
        {"name": "k", "value": "x", "models": None, "weight": 1.0},
        {"Name": "k", "VALUE": "x", "weight": 1},
        {"name": "k", "value": "x", "weight": 1, "blacklisted_models": [], "enabled": False},
        {"name": "k", "value": "x", "weight": 1, "id": "i", "status": "success", "config_hash": "0"},
        {"name": "k", "value": "x", "weight": 1, "note": "unknown fields do not enter"},
        {"name": "k", "value": "x", "weight": 1, "use_openai_endpoints": True},
    ],
)
def test_entries_that_the_gateway_takes_for_the_same_have_one_hash(same: dict[str, Any]) -> None:
    assert key_hash(same) == key_hash({"name": "k", "value": "x", "weight": 1})


ONLY_THE_GATEWAY_KNOWS: list[dict[str, Any]] = [
    {"azure_key_config": {"endpoint": "env.AZURE_ENDPOINT"}},
    {"ollama_key_config": {"url": "vault.path/to"}},
    {"bedrock_key_config": {"endpoints": {"s3": "env.S3"}}},
    {"vertex_key_config": {"aws_workload_identity": {"audience": "env.AUDIENCE"}}},
    {"vertex_key_config": {"aws_workload_identity": {"audience": "a", "token_lifetime_seconds": 3600.0}}},
    {"databricks_key_config": {"workspace_url": {"value": "https://h"}}},
    {"aliases": {"a": "x", "b": "y"}},
    {"aliases": {"a": {"model_id": "x", "region": "env.REGION"}}},
    {"aliases": {"a": {"model_id": 1}}},
    {"aliases": {"a": 1}},
    {"weight": "1"},
    {"weight": True},
    {"weight": 10**400},
    {"value": {"value": "x"}},
    {"models": "gpt-4o"},
    {"models": [1]},
    {"enabled": "yes"},
    {"use_anthropic_endpoints": "yes"},
    {"bedrock_key_config": []},
    {"bedrock_key_config": {"batch_s3_config": "b"}},
    {"bedrock_key_config": {"batch_s3_config": {"buckets": ["b"]}}},
    {"azure_key_config": {"scopes": [1]}},
]


@pytest.mark.parametrize("entry", ONLY_THE_GATEWAY_KNOWS)
def test_no_hash_is_written_if_only_the_gateway_can_know_it(entry: dict[str, Any]) -> None:
    assert not reproducible(entry)
    assert stored_hash(entry, HashBasis()) == HashDecision(None, "gateway-only")
    assert len(key_hash(entry, (1, 5, 1))) == len(key_hash(entry)) == 64


@pytest.mark.parametrize(
    ("entry", "unknown"),
    [
        ({"note": "mine"}, ("note",)),
        ({"note": None}, ("note",)),
        ({"azure_key_config": {"endpoint": "e", "deployments": {}}}, ("azure_key_config", "deployments")),
        (
            {"bedrock_key_config": {"endpoints": {"new": "h"}}},
            ("bedrock_key_config", "endpoints", "new"),
        ),
        (
            {"bedrock_key_config": {"batch_s3_config": {"buckets": [{"bucket_name": "b", "class": "c"}]}}},
            ("bedrock_key_config", "batch_s3_config", "buckets", 0, "class"),
        ),
        ({"aliases": {"a": {"model_id": "x", "new": 1}}}, ("aliases", "a", "new")),
        ({"new_key_config": {}}, ("new_key_config",)),
    ],
)
@pytest.mark.parametrize("source", ["said", "proved", "shown", "assumed"])
def test_no_hash_is_written_for_an_entry_with_a_member_that_the_table_lacks(
    entry: dict[str, Any], unknown: tuple[str | int, ...], source: Any
) -> None:
    assert not reproducible({"name": "k", **entry})
    for release in ((1, 5, 1), (1, 5, 16), (2, 2, 6), NEWEST):
        decision = stored_hash({"name": "k", **entry}, HashBasis(release, source))
        assert decision == HashDecision(None, "unknown-member", (unknown,))


def test_a_field_in_other_case_is_not_unknown() -> None:
    entry = {"Name": "k", "Ollama_Key_Config": {"URL": "u"}, "ALIASES": {"a": {"Model_ID": "x"}}}
    assert reproducible(entry)
    assert stored_hash(entry, HashBasis()).hash == key_hash(
        {"name": "k", "ollama_key_config": {"url": "u"}, "aliases": {"a": "x"}}
    )


def test_with_a_reference_only_in_the_value_the_hash_is_known() -> None:
    entry = {"name": "k", "value": "env.OPENAI_API_KEY", "models": ["*"], "weight": 1, "aliases": {"a": "x"}}
    assert reproducible(entry)
    for release in ((1, 5, 1), (1, 5, 16), (2, 2, 6)):
        assert stored_hash(entry, HashBasis(release, "said")) == HashDecision(key_hash(entry, release))


def test_a_vault_reference_is_a_literal_before_1_6_0() -> None:
    entry = {"name": "k", "ollama_key_config": {"url": "vault.path"}}
    assert [reproducible(entry, release) for release in ((1, 5, 1), (1, 5, 16), (1, 6, 0))] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("alias", "string"),
    [
        ({"model_id": "x"}, True),
        ({"model_id": "x", "description": ""}, True),
        ({"model_id": "x", "region": None, "model_family": None}, True),
        ({"model_id": "x", "api_version": None}, False),
        ({"model_id": "x", "use_openai_endpoints": False}, False),
        ({"model_id": "x", "model_name": ""}, False),
    ],
)
def test_an_alias_object_with_only_a_model_counts_as_the_string(alias: dict[str, Any], string: bool) -> None:
    plain = key_hash({"name": "k", "aliases": {"a": "x"}})
    assert (stored_hash({"name": "k", "aliases": {"a": alias}}, HashBasis()).hash == plain) is string


def test_an_alias_object_has_no_hash_if_it_stops_the_gateway() -> None:
    entry = {"name": "k", "aliases": {"a": {"model_id": "x", "model_family": "llama"}}}
    assert stored_hash(entry, HashBasis((1, 5, 11), "said")).hash is None
    assert stored_hash(entry, HashBasis((1, 5, 12), "said")).hash is not None


def test_if_nothing_is_known_the_newest_recipe_is_assumed_with_a_notice_if_it_matters() -> None:
    alias = {"aliases": {"a": {"model_id": "x", "region": "r"}}}
    for differing in ({"value": "env.X"}, {"ollama_key_config": {"url": "u"}}, alias):
        entry = {"name": "k", **differing}
        assert stored_hash(entry, HashBasis()) == HashDecision(key_hash(entry), "recipe-assumed")
    for alike in ({}, {"value": "sk-test-SENTINEL"}, {"aliases": {"a": "x"}}):
        entry = {"name": "k", **alike}
        assert stored_hash(entry, HashBasis()) == HashDecision(key_hash(entry))


@pytest.mark.parametrize(
    ("entry", "said", "shown"),
    [
        ({"use_anthropic_endpoints": True}, True, {(1, 6, 4): False, (1, 6, 5): True}),
        ({"databricks_key_config": {"workspace_url": "w"}}, True, {(2, 0, 0): False, (2, 1, 0): True}),
        # It is unknown whether releases between 1.6.5 and 2.0.0 support it.
        ({"bedrock_key_config": {"batch_role_arn": "r"}}, False, {(1, 6, 6): False, (2, 0, 0): True}),
    ],
)
def test_without_certainty_about_a_member_no_hash_is_written(
    entry: dict[str, Any], said: bool, shown: dict[Release, bool]
) -> None:
    """The user names the exact release; a database shows only the oldest possible one."""
    for release, known in shown.items():
        assert (stored_hash(entry, HashBasis(release, "shown")).hash is not None) is known
        assert (stored_hash(entry, HashBasis(release, "said")).hash is not None) is (said or known)
    older = stored_hash({"name": "k", "use_anthropic_endpoints": True}, HashBasis((1, 6, 4), "said"))
    assert older == HashDecision(key_hash({"name": "k"}))


@pytest.mark.parametrize("models", [{}, {"models": []}, {"models": None}])
def test_in_a_file_of_version_1_no_models_are_all_models(models: dict[str, Any]) -> None:
    entry = {"name": "k", "value": "x", "weight": 1, **models}
    every = {**entry, "models": ["*"]}
    assert key_hash(entry, empty_models_allow_all=True) == key_hash(every) != key_hash(entry)
    assert stored_hash(entry, HashBasis(), empty_models_allow_all=True).hash == key_hash(every)
    assert has_hash(entry, key_hash(every), empty_models_allow_all=True)


def test_deeply_nested_nonsense_is_hashed_without_an_error() -> None:
    deep: Any = "x"
    for _ in range(240):
        deep = [{"a": deep}]
    entry = {
        "name": deep,
        "aliases": {"a": deep},
        "models": [deep],
        "bedrock_key_config": {"endpoints": deep},
    }
    assert len(key_hash(entry)) == 64
    assert not reproducible(entry)


@pytest.mark.parametrize(
    ("release", "recipe"),
    [
        ("1.5.1", "1.5.1"),
        ("1.5.4", "1.5.1"),
        ("1.5.5", "1.5.5"),
        ("1.5.11", "1.5.5"),
        ("v1.5.16", "1.5.5"),
        ("1.5.99", "1.6.0"),
        ("1.6", "1.6.0"),
        ("2.0.0-rc1", "1.6.0"),
        ("3.1.4", "1.6.0"),
    ],
)
def test_the_recipe_follows_from_the_release(release: str, recipe: str) -> None:
    assert recipe_of(parse_release(release)) == recipe


@pytest.mark.parametrize("release", ["", "new", "1", "1.5", "1.5.0", "0.9.9", "1.5.x", "1.5.1.2", "١.٥.١"])
def test_a_release_that_names_no_recipe_is_refused(release: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        parse_release(release)
    assert caught.value.code == "release-invalid"


def test_the_newest_known_migration_shows_the_release() -> None:
    ids = ["add_feature_flags_table", "something_else", "drop_azure_api_version_column"]
    assert release_of_migrations(ids) == (1, 5, 5)
    assert release_of_migrations([*ids, "add_dump_errors_in_console_logs_column"]) == (1, 6, 0)
    assert release_of_migrations(["something_else"]) is None


@pytest.mark.parametrize(
    ("entry", "different"),
    [
        ({"name": "k", "value": "sk-test-SENTINEL"}, 1),
        ({"name": "k"}, 1),
        ({"name": "k", "value": "env.X"}, 2),
        ({"name": "k", "Value": "env.X"}, 2),
        ({"name": "k", "value": "x", "OLLAMA_key_config": {"url": "u"}}, 2),
        ({"name": "k", "azure_key_config": {"endpoint": "e", "api_version": "v"}}, 3),
        ({"name": "k", "use_anthropic_endpoints": True}, 2),
        ({"name": "k", "bedrock_key_config": {"project_id": "p", "endpoints": {}}}, 4),
    ],
)
def test_the_hashes_of_an_entry_are_those_of_every_release(entry: dict[str, Any], different: int) -> None:
    releases = [
        (1, 5, 1),
        (1, 5, 5),
        (1, 5, 16),
        (1, 6, 0),
        (1, 6, 3),
        (1, 6, 4),
        (1, 6, 5),
        (2, 0, 0),
        (2, 2, 6),
    ]
    hashes = {key_hash(entry, release) for release in releases}
    assert EntryHashes(entry).found == hashes
    assert len(hashes) == different
