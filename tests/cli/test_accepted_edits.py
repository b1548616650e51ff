"""No accepted edit loses something that the next start would have kept of the web UI, or warns too little."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from tests.gateway_database import columns, make_database
from tests.loader import Listed, Serving, Stored, two_starts

Entry = dict[str, Any]
FILE_EDITS: dict[str, Callable[[Entry], Entry | None]] = {
    "same": lambda key: key,
    "weight": lambda key: {**key, "weight": 2},
    "renamed": lambda key: {**key, "name": f"{key['name']}-in-file"},
    "without id": lambda key: {name: value for name, value in key.items() if name != "id"},
    "disabled": lambda key: {**key, "enabled": False},
    "off": lambda key: {**key, "enabled": False, "blacklisted_models": ["*"]},
    "deleted": lambda key: None,
}
WEB_EDITS: dict[str, Entry | None] = {
    "same": {},
    "secret": {"value": "web-SENTINEL-a"},
    "name": {"name": "web-name"},
    "disabled": {"enabled": 0},
    "deleted": None,
}
COMMANDS = (
    *("update NAME --weight 5", "rotate NAME --value env.NEW", "disable NAME", "enable NAME"),
    *("rename NAME fresh", "rename NAME web-name", "rename NAME web-only", "delete NAME --yes"),
    *("create openai --name extra --value env.X", "create openai --name web-only --value env.X"),
    *("create openai --name web-name --value env.X", "set openai/web-only --weight 4 --value env.X"),
)


def entry(name: str) -> Entry:
    own = {"value": f"file-SENTINEL-{name}", "models": ["*"], "weight": 1, "enabled": True}
    return {"id": f"id-{name}", "name": name, **own}


def mixes() -> Iterator[tuple[str, list[Entry], list[dict[str, Any]]]]:
    for (file_edit, change), (web_edit, edited) in itertools.product(FILE_EDITS.items(), WEB_EDITS.items()):
        entries = [key for key in (change(entry("a")), entry("b")) if key is not None]
        rows = [columns("openai", entry("a"), **edited)] if edited is not None else []
        rows.append(columns("openai", entry("b"), value="web-SENTINEL-b"))
        rows.append(columns("openai", entry("web-only"), config_hash="", value="web-SENTINEL-only"))
        yield f"{file_edit} in the file, {web_edit} in the web UI", entries, rows


def listed(keys: list[Entry]) -> list[Listed]:
    return [
        Listed("openai", key["name"], key.get("id"), key["value"], key.get("enabled", True), key_hash(key))
        for key in keys
    ]


def stored(rows: list[dict[str, Any]]) -> list[Stored]:
    return [
        Stored(
            "openai",
            row["name"],
            row["key_id"],
            row["value"],
            bool(row["enabled"]),
            row["config_hash"] or None,
        )
        for row in rows
    ]


def of_the_web_ui(served: set[Serving]) -> set[str]:
    return {secret for _, _, secret, _ in served if secret.startswith("web-")}


@pytest.mark.parametrize("changed", [False, True], ids=["settings same", "settings changed"])
def test_an_edit_that_loses_something_at_the_next_starts_is_refused_or_reported(
    call: Any, tmp_path: Path, changed: bool
) -> None:
    settings = {"network_config": {"base_url": "http://h"}} if changed else {}
    providers = {"openai"} if changed else set()
    config, database = tmp_path / "config.json", tmp_path / "config.db"
    accepted = 0
    for (mix, entries, rows), command in itertools.product(mixes(), COMMANDS):
        name = entries[0]["name"]
        words = [word.replace("NAME", name) for word in command.split()]
        config.write_text(
            json.dumps({"$schema": "x", "providers": {"openai": {**settings, "keys": entries}}})
        )
        database.unlink(missing_ok=True)
        make_database(database, *rows)
        ran = call(*words, "--config", "config.json", "-o", "json")
        assert ran.code in (0, 4, 5), (mix, command, ran.err)
        if ran.code:
            continue
        accepted += 1
        after = json.loads(config.read_text())["providers"]["openai"]["keys"]
        without = two_starts(listed(entries), stored(rows), providers)
        with_it = two_starts(listed(after), stored(rows), providers)
        assert without is not None
        assert with_it is not None, (mix, command)
        told = {each["code"] for each in ran.json["warnings"]}
        where = (mix, command, told)
        assert of_the_web_ui(without[1]) <= of_the_web_ui(with_it[1]), where
        own_row = next((row for row in rows if row["key_id"] == entries[0].get("id", f"id-{name}")), None)
        old = {name, own_row["name"] if own_row else name, "web-name" if "without id" in mix else name}
        first, second = ({served for _, served, *_ in start} for start in with_it)
        if words[0] == "delete":
            assert ("key-stays-live" in told) is bool(old & second), where
        if words[0] == "rename":
            assert ("rename-both-names-once" in told) is bool((old & first) - second - {words[2]}), where
        on = {served for _, served, _, enabled in with_it[1] if enabled}
        if words[0] == "disable" and name in on:
            assert '"blacklisted_models": ["*"]' in config.read_text(), where
    assert accepted > 150


def test_the_simulated_loader_serves_an_untouched_row() -> None:
    key = listed([entry("a")])
    (row,) = stored([columns("openai", entry("a"), value="web-SENTINEL-a")])
    served = {("openai", "a", "web-SENTINEL-a", True)}
    assert two_starts(key, [row], set()) == (served, served)
    taken = {("openai", "a", "file-SENTINEL-a", True)}
    assert two_starts(key, [row], {"openai"}) == (taken, taken)
