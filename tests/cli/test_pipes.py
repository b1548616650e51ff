"""The output of one command is accepted by the next one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import write_config
from tests.sentinel import SECRET

KEYS: dict[str, list[dict[str, Any]]] = {
    "openai": [
        {"id": "1", "name": "prod", "value": "env.OPENAI", "models": ["gpt-4o"], "weight": 1},
        {"id": "2", "name": "two words", "value": SECRET, "models": ["*"], "weight": 0.5, "enabled": False},
        {"value": "env.OTHER", "models": ["*"], "weight": 1, "blacklisted_models": ["o3"]},
    ],
    "azure": [
        {
            "name": "eu",
            "value": "env.AZURE",
            "models": ["*"],
            "weight": 1,
            "aliases": {"fast": "gpt-4o-mini"},
            "azure_key_config": {"endpoint": "https://a.openai.azure.com", "client_secret": SECRET},
        }
    ],
}
CONFIG = {
    "$schema": "https://www.getbifrost.ai/schema",
    "config_store": {"enabled": False},
    "providers": {name: {"keys": keys} for name, keys in KEYS.items()},
}
LABELS = ["openai/prod", "openai/two words", "openai/#3", "azure/eu"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Keys with references and literals, one without a name, one with a config object."""
    return write_config(tmp_path, json.dumps(CONFIG, indent=2) + "\n")


@pytest.mark.parametrize(
    "line", ["list -o json", "get openai/prod -o json", "get openai/#3 -o json", "export", "export -o json"]
)
def test_apply_takes_it_back_and_changes_nothing(call: Any, config: Path, line: str) -> None:
    before = config.read_bytes()
    again = call("apply", "-", "-o", "json", stdin=call(*line.split()).out)
    assert (again.code, again.json["changed"]) == (0, False), again.err
    assert config.read_bytes() == before


@pytest.mark.parametrize("line", ["list -o json", "export"])
def test_pruning_by_it_deletes_nothing(call: Any, config: Path, line: str) -> None:
    before = config.read_bytes()
    printed = call(*line.split()).out
    again = call("apply", "-", "--prune", "--yes", "-o", "json", stdin=printed)
    assert (again.json["changed"], config.read_bytes()) == (False, before)


@pytest.mark.parametrize("command", ["update", "set"])
@pytest.mark.parametrize("label", ["openai/prod", "openai/two words", "azure/eu"])
def test_a_key_as_get_prints_it_changes_nothing_of_itself(
    call: Any, config: Path, command: str, label: str
) -> None:
    """Not even its secrets, which it contains only as masks."""
    before = config.read_bytes()
    printed = call("get", label, "-o", "json").out
    again = call(command, label, "--from-file", "-", "-o", "json", stdin=printed)
    assert (again.code, again.json["changed"]) == (0, False), again.err
    assert config.read_bytes() == before


def test_only_the_edit_in_between_changes_anything(call: Any, config: Path) -> None:
    printed = call("get", "azure/eu", "-o", "json").json
    printed["key"]["weight"] = 3
    printed["key"]["azure_key_config"]["api_version"] = "2024-10-21"
    again = call("update", "azure/eu", "--from-file", "-", "--diff", "-o", "json", stdin=json.dumps(printed))
    fields = {each["field"] for each in again.json["changes"][0]["diff"]}
    assert fields == {"weight", "azure_key_config.api_version"}
    assert json.loads(config.read_text())["providers"]["azure"]["keys"][0]["azure_key_config"] == {
        **KEYS["azure"][0]["azure_key_config"],
        "api_version": "2024-10-21",
    }


def test_a_mask_that_is_given_as_the_secret_is_refused_nevertheless(call: Any, config: Path) -> None:
    printed = call("get", "openai/two words", "-o", "json")
    mask = printed.json["key"]["value"]["value"]
    line = ("openai/two words", "--from-file", "-", "--value", mask, "-o", "json")
    assert call("update", *line, stdin=printed.out).error["code"] == "value-redacted"
    assert (
        call("set", "openai/new", *line[1:3], "-o", "json", stdin=printed.out).error["code"]
        == "value-redacted"
    )


def test_a_key_moves_to_another_file_by_create_or_apply(call: Any, config: Path, tmp_path: Path) -> None:
    other = ("--config", str(tmp_path / "other.json"), "-o", "json")
    printed = call("get", "openai/prod", "-o", "json").out
    made = call("create", "openai", "--from-file", "-", "--init", *other, stdin=printed)
    assert made.code == 0, made.err
    # What a change printed is taken too.
    third = ("--config", str(tmp_path / "third.json"), "-o", "json")
    assert call("apply", "-", "--init", *third, stdin=made.out).json["plan"]["created"] == 1
    names = [call("get", "prod", "-o", "json", *each).json["key"]["id"] for each in (other, third)]
    assert names == ["1", "1"]


def test_a_key_that_was_deleted_is_not_put_back(call: Any, config: Path) -> None:
    deleted = call("delete", "openai/prod", "--yes", "-o", "json").out
    again = call("apply", "-", "-o", "json", stdin=deleted)
    assert (again.code, again.json["changed"]) == (0, False)


def test_a_list_instead_of_one_key_is_refused_with_the_right_command(call: Any, config: Path) -> None:
    ran = call("create", "openai", "--from-file", "-", "-o", "json", stdin=call("list", "-o", "json").out)
    assert (ran.code, ran.error["hint"]) == (65, "keys apply reads a list of keys")


def test_every_name_that_is_printed_selects_its_key(call: Any, config: Path) -> None:
    assert call("list", "-o", "name").out.splitlines() == LABELS
    assert call("hash", "-o", "name").out.splitlines() == LABELS
    for line in ("hash", "status"):
        keys = call(line, "-o", "json").json["keys"]
        assert [f"{each['provider']}/{each['name']}" for each in keys] == LABELS
    explained = call("explain", "openai", "gpt-4o", "-o", "json").json
    named = [f"{each['provider']}/{each['name']}" for each in explained["candidates"] + explained["excluded"]]
    assert sorted(named) == sorted(LABELS[:3])
    changed = call("update", "openai/*", "--weight", "2", "--dry-run", "-o", "name").out.splitlines()
    assert changed == LABELS[:3]
    for label in LABELS:
        assert call("get", label, "-o", "name").out == f"{label}\n"


def test_a_warning_names_the_key_by_its_selector(call: Any, config: Path) -> None:
    write_config(config.parent, config.read_text().replace('"enabled": false', '"enabled": true', 1))
    told = call("delete", "openai/#3", "--yes", "--dry-run", "-o", "json").json
    assert [(each["provider"], each["name"]) for each in told["warnings"]] == [("openai", "#3")]


def test_an_exported_field_is_accepted_by_its_option(call: Any, config: Path) -> None:
    value = call("get", "openai/prod", "--field", "value").out.strip()
    assert call("rotate", "openai/prod", "--value", value, "-o", "json").json["changed"] is False
    weight = call("get", "openai/prod", "--field", "weight", "-o", "json").out.strip()
    assert call("update", "openai/prod", "--weight", weight, "-o", "json").json["changed"] is False


def test_providers_and_variables_are_also_accepted(call: Any, config: Path, tmp_path: Path) -> None:
    for name in call("providers", "-o", "name").out.split()[:5]:
        assert call("list", name, "-o", "json").code == 0
        options = call("providers", name, "-o", "json").json["providers"][0]["options"].values()
        named = {
            each
            for option in call("help", "create", "-o", "json").json["options"]
            for each in option["names"]
        }
        assert set(options) <= named
    template = call("export", "--env").out.replace("=\n", "=x\n")
    (tmp_path / "template.env").write_text(template)
    imported = call("import", "template.env", "--dry-run", "-o", "json")
    assert (imported.code, imported.json["changed"]) == (0, False), imported.err
