"""The gateway's hash of a key, byte for byte, with both recipes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.gateway.go_json import compact, number
from bifrost_keys.gateway.hashing import hash_for_file, key_hash, key_hashes, reproducible
from bifrost_keys.gateway.releases import recipe_for_release

OBSERVED = Path(__file__).parents[3] / "shared" / "gateway" / "key-hashes.jsonl"
# A selection of what running gateways computed: entry, environment, hash of 1.5.1, hash of 1.5.12.
SELECTION = json.loads((Path(__file__).parent / "hashes.json").read_text(encoding="utf-8"))


def both(entry: dict[str, Any], environ: dict[str, str]) -> list[str]:
    return [key_hash(entry, recipe, environ=environ) for recipe in ("1.5.1", "1.5.12")]


@pytest.mark.parametrize("case", SELECTION, ids=[case["why"] for case in SELECTION])
def test_hash_is_that_of_a_running_gateway(case: dict[str, Any]) -> None:
    assert both(case["key"], case["env"]) == [case["hash_1_5_1"], case["hash_1_5_12"]]


def test_every_observed_hash_is_reproduced_with_both_recipes() -> None:
    if not OBSERVED.exists():
        pytest.skip(f"{OBSERVED.name} is not here: only the selection was compared")
    wrong = []
    for line in OBSERVED.read_text(encoding="utf-8").split("\n")[:-1]:
        case = json.loads(line)
        if both(case["key"], case["env"]) != [case["hash_1_5_1"], case["hash_1_5_12"]]:
            wrong.append(case["key"])
    assert wrong == []


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
    ],
)
def test_entries_that_the_gateway_takes_for_the_same_have_one_hash(same: dict[str, Any]) -> None:
    assert key_hash(same, "1.5.12") == key_hash({"name": "k", "value": "x", "weight": 1}, "1.5.12")


@pytest.mark.parametrize(
    "entry",
    [
        {"azure_key_config": {"endpoint": "env.AZURE_ENDPOINT"}},
        {"ollama_key_config": {"url": "vault.path/to"}},
        {"aliases": {"a": "x", "b": "y"}},
        {"aliases": {"a": {"model_id": "x", "region": "r"}}},
        {"weight": "1"},
        {"weight": True},
        {"weight": 10**400},
        {"value": {"value": "x"}},
        {"models": "gpt-4o"},
        {"models": [1]},
        {"enabled": "yes"},
        {"bedrock_key_config": []},
        {"bedrock_key_config": {"batch_s3_config": "b"}},
        {"azure_key_config": {"scopes": [1]}},
    ],
)
def test_no_hash_is_written_where_only_the_gateway_can_know_it(entry: dict[str, Any]) -> None:
    assert not reproducible(entry)
    assert hash_for_file(entry, "1.5.12") is None
    assert len(key_hash(entry, "1.5.1")) == 64


def test_a_reference_in_the_value_alone_leaves_the_hash_known() -> None:
    entry = {"name": "k", "value": "env.OPENAI_API_KEY", "models": ["*"], "weight": 1, "aliases": {"a": "x"}}
    assert reproducible(entry)
    assert hash_for_file(entry, "1.5.12") == key_hash(entry, "1.5.12")


def test_a_vault_reference_is_a_literal_for_the_older_recipe() -> None:
    entry = {"name": "k", "ollama_key_config": {"url": "vault.path"}}
    assert (reproducible(entry, "1.5.1"), reproducible(entry, "1.5.12")) == (True, False)


def test_an_alias_object_with_the_model_alone_counts_as_the_string() -> None:
    entry = {"name": "k", "aliases": {"a": {"model_id": "x"}}}
    assert hash_for_file(entry, "1.5.12") == key_hash({"name": "k", "aliases": {"a": "x"}}, "1.5.12")


def test_deeply_nested_nonsense_is_hashed_without_an_error() -> None:
    deep: Any = "x"
    for _ in range(240):
        deep = [{"a": deep}]
    assert len(key_hash({"name": deep, "aliases": {"a": deep}, "models": [deep]}, "1.5.12")) == 64


@pytest.mark.parametrize(
    ("release", "recipe"),
    [
        ("1.5.1", "1.5.1"),
        ("1.5.11", "1.5.1"),
        ("1.5.12", "1.5.12"),
        ("v1.5.16", "1.5.12"),
        ("1.6", "1.5.12"),
        ("2.0.0-rc1", "1.5.12"),
    ],
)
def test_the_recipe_follows_from_the_release(release: str, recipe: str) -> None:
    assert recipe_for_release(release) == recipe


@pytest.mark.parametrize("release", ["", "new", "1", "1.5", "1.5.0", "0.9.9", "1.5.x", "1.5.1.2", "١.٥.١"])
def test_a_release_that_names_no_recipe_is_refused(release: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        recipe_for_release(release)
    assert caught.value.code == "invalid-release"


@pytest.mark.parametrize(
    ("entry", "different"),
    [
        ({"name": "k", "value": "sk-test-SENTINEL"}, 1),
        ({"name": "k"}, 1),
        ({"name": "k", "value": "env.X"}, 2),
        ({"name": "k", "Value": "env.X"}, 2),
        ({"name": "k", "value": "x", "OLLAMA_key_config": {"url": "u"}}, 2),
    ],
)
def test_the_hashes_of_an_entry_are_those_of_every_recipe(entry: dict[str, Any], different: int) -> None:
    hashes = {key_hash(entry, recipe) for recipe in ("1.5.1", "1.5.12")}
    assert key_hashes(entry) == hashes
    assert len(hashes) == different
