"""The hash that an edit stores, omits or removes, and its notices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from bifrost_keys.gateway.releases import Release
from tests.cli.commands import write_config
from tests.gateway_database import columns, make_database
from tests.keys import REFERENCE as ENTRY


def write(root: Path, *entries: dict[str, Any], **top: Any) -> Path:
    providers = {"openai": {"keys": list(entries)}}
    data = {"$schema": "https://www.getbifrost.ai/schema", **top, "providers": providers}
    return write_config(root, json.dumps(data))


def keys(config: Path) -> list[dict[str, Any]]:
    found = json.loads(config.read_text())["providers"]["openai"]["keys"]
    assert isinstance(found, list)
    return found


def told(ran: Any) -> list[str]:
    return [warning["code"] for warning in ran.json["warnings"]]


@pytest.mark.parametrize("release", [[], ["--gateway-release", "1.5.1"], ["--gateway-release", "2.2.6"]])
def test_an_edit_takes_the_hash_out_of_an_entry_with_an_unknown_member(
    call: Any, tmp_path: Path, release: list[str]
) -> None:
    entry = {**ENTRY, "newer": "SENTINEL"}
    config = write(tmp_path, {**entry, "config_hash": key_hash(entry)})
    ran = call("update", "one", "--weight", "2", *release, "-o", "json")
    assert (ran.code, told(ran)) == (0, ["hash-left-out"])
    assert "newer" in ran.json["warnings"][0]["message"]
    assert keys(config) == [{**entry, "weight": 2}]


def test_an_entry_that_is_left_alone_keeps_the_hash_it_has(call: Any, tmp_path: Path) -> None:
    other = {**ENTRY, "id": "j", "name": "two", "value": "env.TWO"}
    config = write(tmp_path, {**ENTRY, "newer": 1, "config_hash": "0" * 64}, other)
    before = keys(config)
    assert call("update", "two", "--weight", "2").code == 0
    assert keys(config)[0] == before[0]
    assert call("check", "--fix").code == 0
    assert keys(config)[0] == before[0]


@pytest.mark.parametrize(
    ("options", "release"),
    [
        (["--gateway-release", "1.5.4"], (1, 5, 4)),
        (["--gateway-release", "v1.5.16"], (1, 5, 16)),
        (["--gateway-release", "2.5"], (2, 5, 0)),
        ([], None),
    ],
)
def test_an_assumption_is_reported_once_and_only_if_nothing_is_known(
    call: Any, tmp_path: Path, options: list[str], release: Release | None
) -> None:
    config = write(tmp_path, ENTRY, {**ENTRY, "id": "j", "name": "two", "value": "env.TWO"})
    wanted = {"providers": {"openai": {"keys": [{"name": name, "weight": 2} for name in ("one", "two")]}}}
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    ran = call("apply", "wanted.json", *options, "-o", "json")
    assert told(ran) == ([] if release else ["hash-recipe-assumed"])
    for entry in keys(config):
        assert entry["config_hash"] == (key_hash(entry, release) if release else key_hash(entry))


@pytest.mark.parametrize("release", [(1, 5, 1), (1, 5, 16), (1, 6, 0)])
def test_rows_of_the_database_prove_the_recipe(call: Any, tmp_path: Path, release: Release) -> None:
    config = write(tmp_path, ENTRY)
    make_database(tmp_path / "config.db", columns("openai", ENTRY, release=release))
    ran = call("update", "one", "--weight", "2", "-o", "json")
    assert (ran.code, told(ran)) == (0, [])
    (entry,) = keys(config)
    assert entry["config_hash"] == key_hash(entry, release)


def test_a_hash_that_this_program_recorded_proves_nothing(call: Any, tmp_path: Path) -> None:
    """The gateway stored it unchanged when it first read the provider, whatever its own recipe is."""
    write(tmp_path, {**ENTRY, "config_hash": key_hash(ENTRY)})
    row = columns("openai", ENTRY, release=(1, 5, 16), config_hash=key_hash(ENTRY))
    make_database(tmp_path / "config.db", row)
    assert told(call("update", "one", "--weight", "2", "-o", "json")) == ["hash-recipe-assumed"]


def test_a_literal_key_has_one_hash_in_every_release_so_nothing_is_assumed(call: Any, tmp_path: Path) -> None:
    config = write(tmp_path, {**ENTRY, "value": "sk-test-SENTINEL-0123456789"})
    ran = call("update", "one", "--weight", "2", "-o", "json")
    assert (ran.code, told(ran)) == (0, [])
    assert "config_hash" in keys(config)[0]


@pytest.mark.parametrize("models", [{}, {"models": []}])
def test_a_file_of_version_1_is_hashed_with_the_models_that_the_gateway_fills_in(
    call: Any, tmp_path: Path, models: dict[str, Any]
) -> None:
    bare = {name: value for name, value in ENTRY.items() if name != "models"}
    config = write(tmp_path, {**bare, **models}, version=1)
    assert call("update", "one", "--weight", "2", "--gateway-release", "2.2.6").code == 0
    (entry,) = keys(config)
    recorded = entry.pop("config_hash")
    assert recorded == key_hash({**entry, "models": ["*"]})
    assert call("check", "-o", "json").json["files"][0]["findings"] == []
    (hashed,) = call("hash", "-o", "json").json["keys"]
    assert (hashed["match"], hashed["hash"]) == (True, recorded)
    make_database(tmp_path / "config.db", columns("openai", {**entry, "models": ["*"]}))
    (state,) = call("status", "-o", "json").json["keys"]
    assert (state["state"], state["recorded_hash"]) == ("in-sync", "current")
    assert call("update", "one", "--weight", "3").code == 0


def test_the_keys_whose_hash_is_left_out_are_one_warning(call: Any, tmp_path: Path) -> None:
    other = {**ENTRY, "id": "j", "name": "two", "value": "env.TWO", "odd": 1}
    write(tmp_path, {**ENTRY, "newer": 1}, other)
    said = call("update", "--all", "--weight", "2").err
    assert said.count("config_hash is omitted") == 1
    assert "2 keys (openai/one (newer), openai/two (odd)): " in said
