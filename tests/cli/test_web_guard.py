"""An edit of the file does not lose changes of the web UI, and reports what cannot be checked."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from tests.gateway_database import columns, insert, make_database
from tests.program import Program
from tests.sentinel import SECRET

WEB = "sk-test-SENTINEL-000000000000000009"


def entry(name: str, **fields: Any) -> dict[str, Any]:
    own = {"value": SECRET, "models": ["*"], "weight": 1, "enabled": True}
    return {"id": f"id-{name}", "name": name, **own, **fields}


def write(folder: Path, *keys: dict[str, Any], provider: str = "openai", **top: Any) -> Path:
    config = folder / "config.json"
    config.write_text(json.dumps({"$schema": "x", "providers": {provider: {"keys": keys}}, **top}))
    config.chmod(0o600)
    return config


def codes(ran: Any) -> list[str]:
    return [each["code"] for each in ran.json["warnings"] if each["code"] != "config-exposed"]


@pytest.fixture
def keys(call: Any, tmp_path: Path) -> Callable[..., Any]:
    def run(*arguments: str) -> Any:
        return call(*arguments, "--config", "config.json", "-o", "json")

    return run


@contextmanager
def locked(path: Path) -> Iterator[None]:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("pragma locking_mode = exclusive")
    insert(holder, columns("openai", entry("late")))
    yield
    holder.close()


def damaged(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[40:80] = b"\xff" * 40
    path.write_bytes(data)


def undecodable(path: Path) -> None:
    """A byte of the schema that makes sqlite3 raise UnicodeDecodeError."""
    data = bytearray(path.read_bytes())
    data[data.index(b"tableconfig_keys") + 5] = 0xFF
    path.write_bytes(data)


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


EDITS = (
    "update prod --weight 2",
    "set openai/prod --weight 2",
    "set openai/new --value-env NEW",
    "rotate prod --value-env NEW",
    "rename prod other",
    "enable off",
    "disable prod",
    "create openai --name web --value-env NEW",
    "apply wanted.json",
    "import variables.env",
)


@pytest.mark.parametrize(
    "spoil", [None, damaged, undecodable, directory], ids=["locked", "damaged", "text", "directory"]
)
def test_an_unreadable_database_refuses_what_a_readable_one_could(
    keys: Any, tmp_path: Path, spoil: Callable[[Path], None] | None
) -> None:
    off = entry("off", enabled=False, blacklisted_models=["*"])
    config = write(tmp_path, entry("prod"), off, entry("old"))
    rows = [columns("openai", each) for each in (entry("prod"), off, entry("old"))]
    database = make_database(tmp_path / "config.db", *rows, wal=True)
    both = [{"name": "prod", "weight": 3}, {"name": "old", "weight": 3}]
    wanted = {"providers": {"openai": {"keys": both}}}
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    (tmp_path / "variables.env").write_text("OPENAI_API_KEY=from-the-environment\n")
    before = config.read_bytes()
    if spoil is not None:
        spoil(database)
    with locked(database) if spoil is None else nullcontext():
        for command in EDITS:
            ran = keys(*command.split())
            assert (ran.code, ran.error["code"]) == (5, "database-not-readable"), command
            assert str(database) in ran.error["message"]
            assert "--overwrite-web" in ran.error["hint"]
            assert ran.error["faults"] == []  # said once, however many keys the input has
            assert config.read_bytes() == before
            dry = keys(*command.split(), "--overwrite-web", "--dry-run")
            assert dry.code == 0, command
            assert "database-not-readable" in codes(dry)
        deleted = keys("delete", "old", "--yes")
        assert codes(deleted) == ["database-not-readable", "key-stays-live"]
        assert deleted.json["effective"] == "not_by_restart"
        assert codes(keys("update", "prod", "--weight", "1")) == ["database-not-readable"]
        for command in ("status", "explain openai m", "list --enabled", "hash", "get prod"):
            assert keys(*command.split()).code == 0, command
        assert codes(keys("explain", "openai", "m")) == ["database-not-readable"]


def test_nothing_is_in_doubt_without_a_database(keys: Any, tmp_path: Path) -> None:
    for top in (
        {"config_store": {"enabled": False}},
        {"config_store": None},
        {"source_of_truth": "Config.JSON "},
    ):
        write(tmp_path, entry("prod"), **top)
        (tmp_path / "config.db").write_bytes(b"not a database")
        assert codes(keys("update", "prod", "--weight", "2")) == []
        (tmp_path / "config.db").unlink()


@pytest.mark.parametrize("start", [0, 1], ids=["before a start", "after a start"])
@pytest.mark.parametrize("option", [[], ["--temporary"]], ids=["disable", "temporary"])
@pytest.mark.parametrize(
    "command",
    [
        "enable one",
        "update one --weight 2",
        "rotate one --value-env NEW",
        "rename one new",
        "apply wanted.json",
    ],
)
def test_a_row_that_stays_enabled_is_nobodys_edit(
    keys: Any, tmp_path: Path, start: int, option: list[str], command: str
) -> None:
    config = write(tmp_path, entry("one"))
    database = make_database(tmp_path / "config.db", columns("openai", entry("one")))
    assert keys("disable", "one", *option).code == 0
    if start:  # the row takes the entry's fields and hash, and keeps its own ``enabled``
        database.unlink()
        (taken,) = json.loads(config.read_text())["providers"]["openai"]["keys"]
        make_database(database, columns("openai", taken, enabled=1))
        told = keys("status").json["keys"][0]
        assert told["state"] == ("will-be-undone" if option else "in-sync")
    wanted = {"providers": {"openai": {"keys": [{"name": "one", "weight": 3}]}}}
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    ran = keys(*command.split())
    assert ran.code == 0, ran.err
    assert "web-changes-overwritten" not in codes(ran)


AZURE = {"azure_key_config": {"endpoint": "env.AZURE_ENDPOINT"}}
ALIASES = {"aliases": {"a": "x", "b": "y"}}


@pytest.mark.parametrize(
    ("provider", "fields"), [("azure", AZURE), ("openai", ALIASES)], ids=["reference", "aliases"]
)
@pytest.mark.parametrize("command", ["update one --weight 2", "rotate one --value-env NEW", "disable one"])
def test_if_no_hash_shows_who_changed_a_key_nothing_is_undone(
    keys: Any, tmp_path: Path, provider: str, fields: dict[str, Any], command: str
) -> None:
    config = write(tmp_path, entry("one", **fields), provider=provider)
    row = columns(provider, entry("one", **fields), config_hash="0" * 64)
    make_database(tmp_path / "config.db", {**row, "value": WEB, "use_for_batch_api": 1})
    before = config.read_bytes()
    ran = keys(*command.split())
    assert (ran.code, ran.error["code"]) == (5, "key-may-be-changed-in-web")
    assert "(value, use_for_batch_api)" in ran.error["message"]
    assert config.read_bytes() == before
    assert "web-changes-overwritten" in codes(keys(*command.split(), "--overwrite-web", "--dry-run"))
    (tmp_path / "config.db").unlink()
    make_database(tmp_path / "config.db", row)  # the same fields: whatever the hash is, nothing is lost
    assert keys(*command.split()).code == 0


def test_an_encrypted_secret_that_cannot_be_compared_is_reported(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), entry("two", value="env.TWO"))
    encrypted = {"value": "c2VjcmV0", "encryption_status": "encrypted"}
    rows = [columns("openai", entry("one"), **encrypted), columns("openai", entry("two", value="env.TWO"))]
    make_database(tmp_path / "config.db", *rows)
    assert codes(keys("update", "one", "--weight", "2")) == ["secret-not-compared"]
    assert codes(keys("update", "two", "--weight", "2")) == []
    (tmp_path / "config.db").unlink()
    write(tmp_path, entry("one"))
    make_database(tmp_path / "config.db", columns("openai", entry("one"), weight=3.0, **encrypted))
    assert keys("update", "one", "--weight", "2").error["code"] == "key-changed-in-web"


def test_models_that_version_1_fills_in_are_not_an_edit_of_the_web_ui(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one", models=[]), version=1)
    make_database(tmp_path / "config.db", columns("openai", entry("one", models=["*"])))
    assert keys("status").json["keys"][0]["state"] == "in-sync"
    assert keys("update", "one", "--weight", "2").code == 0


@pytest.mark.parametrize(
    "command",
    [
        "update one --weight 1",
        "set openai/one --weight 1",
        "apply wanted.json",
        f"rotate one --value {SECRET}",
    ],
)
def test_an_unchanged_key_gets_a_warning_if_the_gateway_has_other_values(
    keys: Any, tmp_path: Path, command: str
) -> None:
    write(tmp_path, entry("one"))
    make_database(tmp_path / "config.db", columns("openai", entry("one"), weight=0.25, value=WEB, enabled=0))
    wanted = {"providers": {"openai": {"keys": [{"name": "one", "weight": 1}]}}}
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    ran = keys(*command.split())
    assert (ran.code, ran.json["changed"]) == (0, False)
    assert codes(ran) == ["web-changes-kept", "key-disabled-in-web"]
    assert "(value, weight)" in ran.json["warnings"][0]["message"]


def test_if_the_file_always_wins_nothing_is_refused_and_nothing_stays(keys: Any, tmp_path: Path) -> None:
    top = {"source_of_truth": " Config.JSON"}
    write(tmp_path, entry("one"), entry("two"), **top)
    rows = [columns("openai", each) for each in (entry("two"), entry("web"))]
    make_database(tmp_path / "config.db", columns("openai", entry("one"), weight=3.0, enabled=0), *rows)
    assert codes(keys("update", "one", "--weight", "2")) == []
    assert codes(keys("rename", "one", "first")) == []
    assert codes(keys("create", "openai", "--name", "web", "--value-env", "NEW")) == []
    assert codes(keys("disable", "two")) == []
    assert (
        json.loads((tmp_path / "config.json").read_text())["providers"]["openai"]["keys"][1]["enabled"]
        is False
    )
    assert "blacklisted_models" not in (tmp_path / "config.json").read_text()
    deleted = keys("delete", "two", "--yes")
    assert (codes(deleted), deleted.json["effective"]) == ([], "next_start")
    told = keys("status").json["keys"]
    assert [(key["name"], key["next_start"]) for key in told if key["state"] == "only-in-gateway"] == [
        ("two", "removes the key")
    ]


@pytest.mark.parametrize(
    ("release", "wins"), [("1.5.4", False), ("1.5.8", False), ("1.5.9", True), ("2.2.6", True)]
)
def test_releases_before_1_5_9_ignore_the_source_of_truth(
    keys: Any, tmp_path: Path, release: str, wins: bool
) -> None:
    write(tmp_path, entry("one"), source_of_truth="config.json")
    make_database(tmp_path / "config.db", columns("openai", entry("one")))
    ran = keys("delete", "one", "--yes", "--dry-run", "--gateway-release", release)
    assert ("key-stays-live" in codes(ran)) is not wins
    keys("disable", "one", "--gateway-release", release)
    assert ("blacklisted_models" in (tmp_path / "config.json").read_text()) is not wins


def test_a_key_with_the_id_of_one_row_and_the_name_of_another_is_refused(keys: Any, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    providers = {"openai": {"keys": [entry("one")]}, "groq": {"keys": [entry("g1")]}}
    config.write_text(json.dumps({"$schema": "x", "providers": providers}))
    database = tmp_path / "config.db"
    make_database(database, columns("openai", entry("one")), columns("groq", entry("g1")))
    (tmp_path / "elsewhere").mkdir()
    hidden = tmp_path / "elsewhere" / "config.db"
    os.rename(database, hidden)
    assert keys("delete", "groq/g1", "--yes").code == 0
    renamed = keys("rename", "openai/one", "g1")
    assert codes(renamed) == ["rename-both-names-once"]
    assert renamed.json["warnings"][0]["message"].startswith("if the gateway keeps a database")
    assert "no other key named g1: the gateway would not start" in renamed.json["warnings"][0]["hint"]
    os.rename(hidden, database)
    assert "gateway-does-not-start" in codes(keys("status"))
    assert codes(keys("update", "g1", "--weight", "2")) == ["gateway-would-not-start"]
    assert keys("check", "config.json").code == 1
    assert keys("rename", "g1", "free").code == 0
    assert keys("rename", "free", "g1").error["code"] == "name-taken-in-database"


def test_a_key_that_is_moved_to_another_provider_by_its_id_is_refused(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), {**entry("two"), "id": "id-g1"})
    make_database(tmp_path / "config.db", columns("openai", entry("one")), columns("groq", entry("g1")))
    ran = keys("rename", "two", "new")
    assert codes(ran) == ["key-mixed-up"]  # it was so before: said, not refused
    wanted = {"providers": {"openai": {"keys": [{"name": "three", "id": "id-g1", "value": "env.X"}]}}}
    write(tmp_path, entry("one"))
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    for command in ("apply wanted.json", "create openai --name three --id id-g1 --value-env X"):
        refused = keys(*command.split())
        assert (refused.code, refused.error["code"]) == (5, "id-taken-in-database")


def test_a_deleted_key_is_put_back_with_the_id_of_its_row(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), entry("old"))
    make_database(tmp_path / "config.db", columns("openai", entry("one")), columns("openai", entry("old")))
    assert keys("delete", "old", "--yes").code == 0
    create = ("create", "openai", "--name", "old", "--value-env", "OLD")
    refused = keys(*create)
    assert (refused.code, refused.error["code"]) == (5, "name-taken-in-database")
    assert "--overwrite-web" in refused.error["hint"]
    ran = keys(*create, "--overwrite-web")
    assert (ran.code, codes(ran)) == (0, ["database-key-overwritten"])
    assert ran.json["changes"][0]["key"]["id"] == "id-old"


def test_a_provider_of_the_web_ui_is_not_erased_and_a_detected_one_has_nothing_to_lose(
    keys: Any, tmp_path: Path
) -> None:
    write(tmp_path, entry("one"))
    detected = columns(
        "anthropic", {"name": "ANTHROPIC_API_KEY_auto_detected", "value": "env.ANTHROPIC_API_KEY"}
    )
    rows = [
        columns("openai", entry("one")),
        columns("groq", entry("g1")),
        columns("groq", entry("g2")),
        detected,
    ]
    make_database(tmp_path / "config.db", *rows)
    create = ("create", "groq", "--name", "g3", "--value-env", "NEW")
    assert keys(*create).error["code"] == "provider-in-database"
    ran = keys(*create, "--overwrite-web")
    assert codes(ran) == ["provider-taken-from-file"]
    assert (
        "does not serve its 2 other keys (g1, g2); the start after it does"
        in ran.json["warnings"][0]["message"]
    )
    added = keys("create", "anthropic", "--name", "a", "--value-env", "NEW")
    assert (added.code, codes(added)) == (0, ["provider-taken-from-file"])
    assert "erases" not in added.json["warnings"][0]["message"]


def test_a_key_that_was_deleted_in_the_web_ui_comes_back(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), entry("two"))
    make_database(tmp_path / "config.db", columns("openai", entry("one")))
    assert codes(keys("update", "two", "--weight", "2")) == ["key-comes-back"]
    assert (
        keys("status").json["keys"][1]["next_start"] == "adds the key, even if it was deleted in the web UI"
    )


@pytest.mark.parametrize(
    ("provider", "settings", "key", "reason"),
    [
        ("nowhere", {}, {}, "nowhere is not a provider of the gateway"),
        ("acme", {"custom_provider_config": {"base_provider_type": "x"}}, {}, "the gateway drops acme"),
        ("ollama", {}, {"ollama_key_config": {"url": ""}}, "its ollama_key_config has no url"),
        ("azure", {}, {}, "it has no azure_key_config"),
        ("azure", {}, {"azure_key_config": {"endpoint": ""}}, "its azure_key_config has no endpoint"),
        ("groq", {}, {"value": ""}, "it has no value"),
    ],
)
def test_an_edit_of_a_key_that_is_never_used_says_so(
    keys: Any, tmp_path: Path, provider: str, settings: dict[str, Any], key: dict[str, Any], reason: str
) -> None:
    providers = {provider: {**settings, "keys": [{**entry("one"), **key}]}}
    store = {"config_store": {"enabled": False}}
    (tmp_path / "config.json").write_text(json.dumps({"$schema": "x", "providers": providers, **store}))
    (tmp_path / "config.json").chmod(0o600)
    for command in ("update one --weight 2", "disable one", "enable one", "rename one new"):
        ran = keys(*command.split())
        assert ran.code == 0, ran.err
        (told,) = [each for each in ran.json["warnings"] if each["code"] == "key-unused"]
        assert reason in told["message"]


def test_the_aliases_of_another_key_drop_the_provider(keys: Any, tmp_path: Path) -> None:
    for top, told in (({}, ["key-unused"]), ({"source_of_truth": "config.json"}, [])):
        write(tmp_path, entry("one"), entry("two", aliases={"a": " "}), **top)
        ran = keys("update", "one", "--weight", "2")
        assert codes(ran) == told
        excluded = [each["rule"] for each in keys("explain", "openai", "m").json["excluded"]]
        assert ("alias" in excluded) is bool(told)


def test_disable_names_the_rules_that_pin_the_key(keys: Any, tmp_path: Path) -> None:
    governance = {
        "virtual_keys": [{"id": "v", "provider_configs": [{"provider": "openai", "key_ids": ["id-one"]}]}],
        "routing_rules": [{"targets": [{"provider": "openai", "provider_key_name": "one"}]}],
        "pricing_overrides": [{"provider_key_name": "one"}],
    }
    write(tmp_path, entry("one"), entry("two"), governance=governance)
    (told,) = keys("disable", "one").json["warnings"]
    assert told["code"] == "key-disabled-but-pinned"
    assert "governance.virtual_keys[0].provider_configs[0].key_ids[0]" in told["message"]
    assert "governance.routing_rules[0].targets[0].provider_key_name" in told["message"]
    assert "pricing" not in told["message"]
    assert codes(keys("disable", "one")) == []


@pytest.mark.parametrize(
    ("top", "rows", "told"),
    [
        ({"config_store": {"enabled": False}}, False, "looks for keys in its own environment again"),
        ({}, True, "goes on with the providers and keys of its database"),
        ({}, False, "looks for keys in its own environment again, unless its database has providers"),
        ({"source_of_truth": "config.json"}, True, "serves nothing"),
    ],
)
def test_the_effect_of_a_file_without_providers_is_described_correctly(
    keys: Any, tmp_path: Path, top: dict[str, Any], rows: bool, told: str
) -> None:
    write(tmp_path, entry("one"), **top)
    if rows:
        make_database(tmp_path / "config.db", columns("openai", entry("one")))
    ran = keys("delete", "one", "--yes", "--prune")
    assert ran.json["pruned"] == ["openai"]
    (empty,) = [each for each in ran.json["warnings"] if each["code"] == "providers-empty"]
    assert told in empty["message"]
    created = keys("create", "groq", "--name", "g", "--value-env", "NEW")
    assert ("environment-lookup-ends" in codes(created)) is ("own environment" in told)


def test_an_empty_provider_is_pruned_by_its_name(run: Program, keys: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), provider="groq", config_store={"enabled": False})
    (told,) = keys("delete", "groq/one", "--yes").json["warnings"]
    assert (told["code"], told["hint"]) == ("keys-empty", "keys delete groq --prune removes the provider")
    assert keys("delete", "groq", "--yes").code == 2
    assert keys("delete", "groq", "--prune").error["code"] == "yes-missing"
    out = run("delete", "groq", "--prune", "--yes", "--config", "config.json").out
    assert out.startswith("deleted provider groq from ")
    assert json.loads((tmp_path / "config.json").read_text())["providers"] == {}
    write(tmp_path, entry("one"), provider="groq")
    refused = keys("delete", "groq", "--prune", "--yes")
    assert (refused.code, refused.error["code"]) == (5, "provider-has-keys")
    assert refused.error["hint"] == "to delete them with it: keys delete groq/one --prune"
    assert keys("delete", "groq", "groq/one", "--prune", "--yes").json["pruned"] == ["groq"]


def test_the_last_line_of_delete_is_true(call: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"), entry("two"))
    make_database(tmp_path / "config.db", columns("openai", entry("one")))
    for name, last in (
        ("one", "removed from the file; a gateway with a database serves it"),
        ("two", "takes effect"),
    ):
        ran = call("delete", name, "--yes", "--config", "config.json")
        assert last in ran.out.splitlines()[-1]
        assert (f"keys --gateway URL delete openai/{name}" in ran.err) is (name == "one")


def test_disable_and_rename_report_what_they_did(call: Any, tmp_path: Path) -> None:
    config = write(tmp_path, entry("one"), entry("two"))
    out = call("disable", "one", "--config", "config.json").out
    note = "every model is blacklisted too, so that it stays off; keys enable undoes both"
    assert out.splitlines()[:2] == [f"disabled openai/one in {config}", f"  {note}"]
    assert call("disable", "two", "--temporary", "--config", "config.json").out.startswith(
        f"disabled openai/two in {config}\ntakes effect"
    )
    renamed = call("rename", "two", "second", "--config", "config.json")
    assert renamed.out.startswith(f"renamed openai/two to openai/second in {config}\n")
    again = call("rename", "second", "third", "--config", "config.json", "-o", "json")
    assert again.json["changes"][0]["old_name"] == "second"


def test_list_names_its_file(run: Program, tmp_path: Path) -> None:
    config = write(tmp_path, entry("one"))
    out = run.on_terminal("list", "--config", "config.json", "--no-color", columns=200).out
    assert out.splitlines()[-1] == f"1 key in {config}"


@pytest.mark.parametrize(
    ("edited", "command"),
    [
        ({"weight": 9.0}, "update one --weight 9"),
        ({"value": "env.NEW"}, "rotate one --value-env NEW"),
        ({"enabled": 0}, "disable one"),
        ({"enabled": 0}, "update one --disabled"),
        ({"name": "new"}, "rename one new"),
        ({"weight": 9.0, "models_json": '["m"]'}, "apply wanted.json"),
    ],
)
def test_a_change_in_the_web_ui_can_be_copied_to_the_file(
    keys: Any, tmp_path: Path, edited: dict[str, Any], command: str
) -> None:
    write(tmp_path, entry("one"))
    make_database(tmp_path / "config.db", columns("openai", entry("one"), **edited))
    wanted = {"providers": {"openai": {"keys": [{"name": "one", "weight": 9, "models": ["m"]}]}}}
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))
    ran = keys(*command.split())
    assert (ran.code, codes(ran)) == (0, []), ran.err


def test_only_fields_that_an_edit_does_not_copy_are_named(keys: Any, tmp_path: Path) -> None:
    write(tmp_path, entry("one"))
    make_database(tmp_path / "config.db", columns("openai", entry("one"), weight=9.0, value=WEB))
    ran = keys("update", "one", "--weight", "9")
    assert (ran.code, ran.error["code"]) == (5, "key-changed-in-web")
    assert "(value)" in ran.error["message"]


def test_a_fix_that_would_bring_old_fields_back_is_refused(keys: Any, tmp_path: Path) -> None:
    nameless = {name: value for name, value in entry("old").items() if name != "name"}
    config = write(tmp_path, nameless, entry("stale", config_hash="0" * 64))
    # The row was taken from the entry as it is, and its weight was changed in the web UI since.
    row = {**columns("openai", {**nameless, "name": ""}, weight=7.0), "name": "old"}
    make_database(tmp_path / "config.db", row, columns("openai", entry("stale"), weight=7.0))
    before = config.read_bytes()

    refused = keys("check", "--fix")

    assert (refused.code, refused.error["code"]) == (5, "key-changed-in-web")
    assert "weight" in refused.error["message"]
    assert config.read_bytes() == before
    overwritten = keys("check", "--fix", "--overwrite-web")
    assert (overwritten.code, codes(overwritten)) == (
        0,
        ["web-changes-overwritten", "rename-both-names-once"],
    )


def test_a_fix_that_leaves_the_hash_of_a_key_alone_loses_nothing_of_the_web_page(
    keys: Any, tmp_path: Path
) -> None:
    """The gateway computes the hash itself for a provider that it already has, and keeps its row."""
    stale = entry("prod", config_hash="0" * 64)
    stale["Weight"] = stale.pop("weight")
    config = write(tmp_path, stale)
    make_database(tmp_path / "config.db", columns("openai", entry("prod"), weight=7.0))

    fixed = keys("check", "--fix")

    assert (fixed.code, codes(fixed)) == (0, [])
    kept = json.loads(config.read_text())["providers"]["openai"]["keys"][0]
    assert (kept["weight"], kept["config_hash"] == key_hash(kept)) == (1, True)
