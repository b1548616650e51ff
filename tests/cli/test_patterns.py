"""Many keys by one pattern, or all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Three keys, one without a name, and no database."""
    path = tmp_path / "config.json"
    keys: list[dict[str, Any]] = [
        {"name": "prod", "value": "env.A", "models": ["*"], "weight": 1},
        {"value": "env.B", "models": ["*"], "weight": 1},
    ]
    groq = [{"name": "prod-2", "value": "env.C", "models": ["*"], "weight": 1}]
    providers = {"openai": {"keys": keys}, "groq": {"keys": groq}}
    path.write_text(json.dumps({"config_store": {"enabled": False}, "providers": providers}))
    return path


def weights(config: Path) -> list[Any]:
    """Return the weight of every key."""
    providers = json.loads(config.read_text())["providers"].values()
    return [key["weight"] for provider in providers for key in provider["keys"]]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [("prod*", [7, 1, 7]), ("openai/*", [7, 7, 1]), ("*", [7, 7, 7]), ("openai/#2", [1, 7, 1])],
)
def test_update_changes_every_key_that_matches(
    call: Any, config: Path, pattern: str, expected: list[int]
) -> None:
    ran = call("update", pattern, "--weight", "7")
    assert ran.code == 0, ran.err
    assert weights(config) == expected


def test_all_stands_for_every_key(call: Any, config: Path) -> None:
    assert call("disable", "--all", "--temporary").code == 0
    providers = json.loads(config.read_text())["providers"].values()
    assert [key["enabled"] for provider in providers for key in provider["keys"]] == [False] * 3


def test_a_pattern_that_matches_nothing_is_a_missing_key(call: Any, config: Path) -> None:
    old = config.read_bytes()
    assert call("enable", "azure/*").code == 4
    assert call("delete", "openai/*", "--yes").code == 4  # only by its name is a key deleted
    assert config.read_bytes() == old


def test_a_key_without_a_name_is_named_by_its_place(call: Any, config: Path) -> None:
    assert call("rename", "openai/#2", "second").code == 0
    assert json.loads(config.read_text())["providers"]["openai"]["keys"][1]["name"] == "second"


def test_a_pattern_is_refused_by_commands_for_one_key(call: Any, config: Path) -> None:
    before = config.read_bytes()
    for command in (["rotate", "openai/*", "--value-env", "A"], ["delete", "prod*", "-y"], ["get", "p*"]):
        done = call(*command)
        assert (done.code, "no key matches" in done.err) == (4, True), done.err
        assert "take patterns" in done.err
    assert "take patterns" not in call("update", "nope*", "--weight", "2").err
    assert config.read_bytes() == before


def test_a_pattern_that_may_be_a_secret_is_not_repeated(call: Any, config: Path) -> None:
    done = call("update", "sk-SENTINEL-0123456789abcdef*", "--weight", "2")
    assert (done.code, "no key matches the pattern" in done.err) == (4, True)


def test_update_takes_all_and_a_wrong_value_is_reported_before_a_pattern(call: Any, config: Path) -> None:
    assert call("update", "--all", "--weight", "3").code == 0
    assert weights(config) == [3, 3, 3]
    assert call("update", "openai/*", "--weight", "x").code == 65
    assert call("update", "prod", "--all", "--weight", "2").code == 2


def test_one_secret_for_several_keys_is_one_warning_with_their_names(call: Any, config: Path) -> None:
    ran = call("update", "openai/*", "--value-env", "ONE", "-o", "json")
    assert ran.code == 0
    told = [each["message"] for each in ran.json["warnings"] if each["code"] == "value-duplicate"]
    assert told == ["2 keys have one secret now: openai/prod, openai/#2"]
    again = call("update", "openai/prod", "--value-env", "ONE", "-o", "json")
    assert [each["code"] for each in again.json["warnings"]] == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ["openai/prod", "openai/", "groq/prod-2"]),
        (("--all",), ["openai/prod", "openai/", "groq/prod-2"]),
        (("openai/*",), ["openai/prod", "openai/"]),
        (("prod*",), ["openai/prod", "groq/prod-2"]),
        (("groq", "prod"), ["openai/prod", "groq/prod-2"]),
        (("mistral",), []),
    ],
)
def test_export_prints_the_keys_that_are_named_in_the_order_of_the_file(
    call: Any, config: Path, words: tuple[str, ...], expected: list[str]
) -> None:
    ran = call("export", *words, "-o", "name")
    assert (ran.code, ran.out.splitlines()) == (0, expected)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("opnai",), 4, "did you mean openai?"),
        (("prodd",), 4, "did you mean openai/prod"),
        (("azure/*",), 4, 'no key matches "azure/*"'),
        (("prod", "--all"), 2, "names and --all were both given"),
    ],
)
def test_export_of_a_missing_key_is_reported(
    call: Any, config: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    ran = call("export", *words)
    assert (ran.code, ran.out, said in ran.err) == (code, "", True), ran.err


def test_the_variables_of_the_named_keys_are_those_of_no_other(call: Any, config: Path) -> None:
    ran = call("export", "--env", "groq", "openai/prod", "-o", "json")
    assert [each["name"] for each in ran.json["variables"]] == ["A", "C"]
