"""The whole life of a key: update, set, rotate, rename, enable, disable, delete."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from tests.gateway_database import make_database, rows
from tests.program import Ran

SECRET = "sk-test-SENTINEL-000000000000000001"
OTHER_SECRET = "sk-test-SENTINEL-000000000000000002"


Keys = Callable[..., Ran]


def entry(name: str, **fields: Any) -> dict[str, Any]:
    made = {"name": name, "value": SECRET, "models": ["*"], "weight": 1, "enabled": True, **fields}
    return {"id": f"id-{name}", **made, "config_hash": key_hash(made)}


CONFIG: dict[str, Any] = {
    "$schema": "https://www.getbifrost.ai/schema",
    "config_store": {"enabled": False},
    "providers": {
        "openai": {"keys": [entry("one", description="kept"), entry("two")]},
        "anthropic": {"keys": [entry("three")], "network_config": {"max_retries": 1}},
    },
    "governance": {
        "virtual_keys": [{"id": "vk", "provider_configs": [{"provider": "openai", "key_ids": ["id-two"]}]}],
        "routing_rules": [
            {"targets": [{"provider": "openai"}, {"provider": "openai", "provider_key_name": "one"}]}
        ],
        "pricing_overrides": [{"provider_key_name": "one"}],
    },
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG, indent=2) + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def keys(call: Any, config: Path) -> Keys:
    def run(*arguments: str) -> Ran:
        ran: Ran = call(*arguments)
        assert "SENTINEL" not in ran.out + ran.err
        return ran

    return run


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]


def with_store(config: Path, keys_known: dict[str, list[dict[str, Any]]], **edits: dict[str, Any]) -> None:
    data = json.loads(config.read_text())
    del data["config_store"]
    config.write_text(json.dumps(data, indent=2) + "\n")
    make_database(config.parent / "config.db", *rows(keys_known, edits))


def test_update_changes_the_fields_own_bytes_and_the_hash(keys: Keys, config: Path) -> None:
    before = config.read_text()
    assert keys("update", "one", "--weight", "0.5").code == 0
    changed = changed_lines(before, config.read_text())
    assert [line.split(":")[0].strip('+- "') for line in changed] == [
        "weight",
        "weight",
        "config_hash",
        "config_hash",
    ]


def test_same_update_again_writes_nothing(keys: Keys, config: Path) -> None:
    keys("update", "one", "--weight", "0.5")
    status = config.stat()
    outcome = keys("update", "one", "--weight", "0.5", "-o", "json")
    assert outcome.json["changed"] is False
    assert (config.stat().st_ino, config.stat().st_mtime_ns) == (status.st_ino, status.st_mtime_ns)


@pytest.mark.parametrize(
    "options",
    [
        ["--clear", "enabled", "--disabled"],
        ["--value-env", "NEW", "--clear", "value"],
        ["--clear", "blacklisted-models", "--blacklisted-model", "m"],
        ["--clear", "aliases", "--alias", "a=b"],
        ["--clear", "aliases", "--add-alias", "a=b"],
        ["--clear", "aliases", "--remove-alias", "a"],
        ["--clear", "models", "--add-model", "m"],
        ["--clear", "bedrock_key_config", "--region", "r"],
        ["--clear", "api_version", "--from-file", "body.json"],
    ],
    ids=" ".join,
)
def test_a_field_is_given_or_cleared(keys: Keys, config: Path, options: list[str]) -> None:
    (config.parent / "body.json").write_text('{"azure_key_config": {"api_version": "2024-10-21"}}')
    before = config.read_text()
    outcome = keys("update", "one", *options, "-o", "json")
    assert (outcome.code, outcome.error["code"]) == (2, "field-given-and-cleared")
    assert config.read_text() == before


def test_model_lists_are_replaced_and_changed(keys: Keys, config: Path) -> None:
    keys("update", "one", "--model", "a", "--model", "b")
    keys("update", "one", "--add-model", "c", "--add-model", "B", "--remove-model", "A")
    assert json.loads(config.read_text())["providers"]["openai"]["keys"][0]["models"] == ["b", "c"]


@pytest.mark.parametrize("command", [("update", "one"), ("set", "openai/one")], ids=" ".join)
def test_aliases_are_replaced_and_changed(keys: Keys, config: Path, command: tuple[str, str]) -> None:
    def aliases() -> dict[str, str]:
        found: dict[str, str] = json.loads(config.read_text())["providers"]["openai"]["keys"][0]["aliases"]
        return found

    keys(*command, "--alias", "a=1", "--alias", "b=2", "--alias", "c=3")
    assert aliases() == {"a": "1", "b": "2", "c": "3"}
    keys(*command, "--add-alias", "d=4", "--add-alias", "A=5", "--add-alias", "b=6", "--remove-alias", "C")
    assert aliases() == {"b": "6", "d": "4", "A": "5"}
    before = config.read_bytes()
    for same in (["--add-alias", "b=6"], ["--remove-alias", "nope"]):
        assert keys(*command, *same, "-o", "json").json["changed"] is False
    refused = keys(*command, "--add-alias", "nothing", "-o", "json")
    assert (refused.code, refused.error["faults"][0]["option"]) == (65, "--add-alias")
    assert config.read_bytes() == before
    keys(*command, "--alias", "e=7", "--add-alias", "f=8")
    assert aliases() == {"e": "7", "f": "8"}
    keys(*command, "--remove-alias", "e", "--remove-alias", "f")
    assert "aliases" not in config.read_text()


def test_set_gives_a_new_key_the_aliases_that_are_added(keys: Keys, config: Path) -> None:
    keys("set", "openai/new", "--value-env", "NEW", "--alias", "a=1", "--add-alias", "b=2")
    made = json.loads(config.read_text())["providers"]["openai"]["keys"][-1]
    assert (made["name"], made["aliases"]) == ("new", {"a": "1", "b": "2"})


def test_clear_removes_an_optional_field_and_refuses_a_required_one(keys: Keys, config: Path) -> None:
    keys("update", "one", "--blacklisted-model", "x")
    assert keys("update", "one", "--clear", "blacklisted-models").code == 0
    assert "blacklisted_models" not in config.read_text()
    before = config.read_bytes()
    for name in ("name", "weight", "models", "value", "nonsense"):
        assert keys("update", "one", "--clear", name).code == 65
    assert config.read_bytes() == before


def test_clear_removes_what_the_program_does_not_know(keys: Keys, config: Path) -> None:
    text = config.read_text().replace(
        '"name": "one"',
        '"note.x": 1, "future": {"a": 1, "b-c": 2}, "status": "success",'
        ' "azure_key_config": {"endpoint": "https://x", "deployments": {}}, "name": "one"',
        1,
    )
    config.write_text(text)
    for name in ("note.x", "future.b-c", "azure_key_config.deployments", "status"):
        done = keys("update", "one", "--clear", name)
        assert done.code == 0, done.err
    entry = json.loads(config.read_text())["providers"]["openai"]["keys"][0]
    assert entry["future"] == {"a": 1}
    assert entry["azure_key_config"] == {"endpoint": "https://x"}
    assert not {"note.x", "status"} & entry.keys()
    assert keys("update", "one", "--clear", "future").code == 0
    assert "future" not in config.read_text()
    for gone in ("future", "future.a", "config_hash", "azure_key_config.endpoint"):
        assert keys("update", "one", "--clear", gone).code == 65


def test_update_that_would_break_a_rule_writes_nothing_and_names_every_fault(
    keys: Keys, config: Path
) -> None:
    before = config.read_bytes()
    outcome = keys("update", "one", "--weight", "-1", "--model", "*", "--model", "x", "-o", "json")
    assert outcome.code == 65
    assert {fault["option"] for fault in outcome.error["faults"]} == {"--weight", "--model"}
    assert config.read_bytes() == before


def test_if_hash_refuses_a_key_that_changed_since(keys: Keys, config: Path) -> None:
    known = json.loads(config.read_text())["providers"]["openai"]["keys"][0]["config_hash"]
    assert keys("update", "one", "--weight", "2", "--if-hash", known).code == 0
    assert keys("update", "one", "--weight", "3", "--if-hash", known).code == 5


def test_id_is_given_only_where_there_is_none(keys: Keys, config: Path) -> None:
    assert keys("update", "one", "--id", "other").code == 65
    keys("create", "groq", "--name", "plain", "--value-env", "GROQ_API_KEY")
    data = json.loads(config.read_text())
    del data["providers"]["groq"]["keys"][0]["id"]
    config.write_text(json.dumps(data))
    assert keys("update", "plain", "--id", "id-one").code == 5
    assert keys("update", "plain", "--id", "fresh").code == 0


def test_update_takes_a_body_with_the_keys_own_name(keys: Keys, config: Path, tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    for name, code in (("one", 0), ("other", 2)):
        body.write_text(json.dumps({"name": name, "weight": 3}))
        outcome = keys("update", "openai/one", "--from-file", str(body), "-o", "json")
        assert outcome.code == code, outcome.err
    assert outcome.error["code"] == "name-not-changed"
    assert [key["name"] for key in json.loads(config.read_text())["providers"]["openai"]["keys"]] == [
        "one",
        "two",
    ]


def test_rotate_changes_the_secret_alone_and_shows_neither(keys: Keys, config: Path, tmp_path: Path) -> None:
    (tmp_path / "new-secret").write_text(OTHER_SECRET + "\n")
    outcome = keys("rotate", "one", "--value-file", "new-secret", "--diff", "-o", "json")
    assert [each["field"] for each in outcome.json["changes"][0]["diff"]] == ["value"]
    assert json.loads(config.read_text())["providers"]["openai"]["keys"][0]["value"] == OTHER_SECRET
    assert keys("rotate", "one", "--value-file", "new-secret", "-o", "json").json["changed"] is False
    (tmp_path / "new-secret").unlink()


def test_set_creates_and_then_updates(keys: Keys, config: Path) -> None:
    first = keys("set", "openai/fresh", "--value-env", "OPENAI_API_KEY", "-o", "json").json
    second = keys("set", "openai/fresh", "--weight", "2", "-o", "json").json
    third = keys("set", "openai/fresh", "--weight", "2", "-o", "json").json
    assert [run["changes"][0]["action"] for run in (first, second, third)] == [
        "created",
        "updated",
        "unchanged",
    ]
    assert third["changed"] is False


def test_rename_rewrites_every_reference_to_the_name_in_the_same_write(keys: Keys, config: Path) -> None:
    outcome = keys("rename", "openai/one", "first", "-o", "json")
    places = ["governance.routing_rules[0].targets[1].provider_key_name"]
    places += ["governance.pricing_overrides[0].provider_key_name"]
    assert outcome.json["changes"][0]["references"] == places
    governance = json.loads(config.read_text())["governance"]
    assert governance["routing_rules"][0]["targets"][1]["provider_key_name"] == "first"
    assert governance["pricing_overrides"] == [{"provider_key_name": "first"}]
    assert governance["virtual_keys"] == CONFIG["governance"]["virtual_keys"]


@pytest.mark.parametrize("name", ["two", "three", " two", "a\nb", ""])
def test_rename_refuses_taken_and_bad_names(keys: Keys, config: Path, name: str) -> None:
    before = config.read_bytes()
    assert keys("rename", "one", name).code == (5 if name in ("two", "three") else 65)
    assert config.read_bytes() == before


def test_delete_refuses_a_key_that_is_referred_to_and_names_each_place(keys: Keys, config: Path) -> None:
    before = config.read_bytes()
    outcome = keys("delete", "one", "two", "--yes")
    assert outcome.code == 5
    assert "governance.routing_rules[0].targets[1]" in outcome.err
    assert "governance.virtual_keys[0].provider_configs[0].key_ids[0]" in outcome.err
    assert config.read_bytes() == before


def test_delete_needs_a_yes_and_a_key_not_a_provider(keys: Keys) -> None:
    assert keys("delete", "three").code == 2
    assert keys("delete", "anthropic", "--yes").code == 2
    assert keys("delete", "gone", "--yes").code == 4
    assert keys("delete", "gone", "--yes", "--if-exists").code == 0


def test_deleting_the_last_key_leaves_an_empty_list_and_prune_spares_settings(
    keys: Keys, config: Path
) -> None:
    assert keys("delete", "three", "--yes", "--prune").code == 5
    outcome = keys("delete", "three", "--yes", "-o", "json")
    assert [warning["code"] for warning in outcome.json["warnings"]] == ["keys-empty"]
    assert json.loads(config.read_text())["providers"]["anthropic"]["keys"] == []


def test_several_keys_are_all_or_nothing(keys: Keys, config: Path) -> None:
    before = config.read_bytes()
    assert keys("disable", "one", "gone").code == 4
    assert config.read_bytes() == before
    assert keys("disable", "one", "two").code == 0
    enabled = [key["enabled"] for key in json.loads(config.read_text())["providers"]["openai"]["keys"]]
    assert enabled == [False, False]


@pytest.mark.parametrize("database", [True, False], ids=["database", "file-only"])
def test_round_trip_ends_with_the_bytes_it_began_with(keys: Keys, config: Path, database: bool) -> None:
    if database:
        with_store(config, {})
    before = config.read_bytes()
    assert keys("create", "groq", "--name", "k", "--value-env", "GROQ_API_KEY").code == 0
    created = config.read_bytes()
    for command in (
        ["update", "k", "--weight", "3"],
        ["rename", "k", "l"],
        ["disable", "l"],
        ["enable", "l"],
    ):
        assert keys(*command).code == 0
    assert keys("update", "l", "--weight", "1").code == 0
    assert keys("rename", "l", "k").code == 0
    assert config.read_bytes() == created
    assert keys("delete", "k", "--yes", "--prune").code == 0
    assert config.read_bytes() == before


def test_dry_run_says_the_same_and_writes_nothing(keys: Keys, config: Path) -> None:
    before = config.read_bytes()
    dry = keys("disable", "one", "--dry-run", "-o", "json").json
    assert config.read_bytes() == before
    real = keys("disable", "one", "-o", "json").json
    assert {**dry, "dry_run": False} == real


def test_unknown_fields_keep_their_place_and_spelling(keys: Keys, config: Path) -> None:
    text = config.read_text().replace('"description": "kept"', '"description" :"k\\u0065pt"')
    config.write_text(text)
    keys("update", "one", "--weight", "2")
    assert '"description" :"k\\u0065pt"' in config.read_text()


@pytest.mark.parametrize(
    ("command", "code"), [("update one --weight 2", 4), ("update openai/one --weight 2", 0)]
)
def test_selection_names_the_provider_of_an_ambiguous_name(
    keys: Keys, config: Path, command: str, code: int
) -> None:
    data = json.loads(config.read_text())
    data["providers"]["anthropic"]["keys"][0]["name"] = "one"
    config.write_text(json.dumps(data))
    assert keys(*command.split()).code == (5 if code == 4 else code)


def codes(outcome: Ran) -> list[str]:
    return [warning["code"] for warning in outcome.json["warnings"]]


def test_deleted_key_of_the_database_is_said_to_stay_live(keys: Keys, config: Path) -> None:
    with_store(config, {"anthropic": [entry("three")]})
    assert codes(keys("delete", "three", "--yes", "-o", "json")) == ["key-stays-live", "keys-empty"]


def test_without_a_database_nothing_is_warned_of(keys: Keys) -> None:
    assert codes(keys("disable", "three", "-o", "json")) == []
    assert codes(keys("enable", "three", "-o", "json")) == []
    assert codes(keys("rename", "three", "new", "-o", "json")) == []


def test_disable_lasts_where_a_database_may_be_kept(keys: Keys, config: Path) -> None:
    with_store(config, {"openai": [entry("two")]})
    assert codes(keys("disable", "two", "-o", "json")) == ["key-disabled-but-pinned"]
    stored = json.loads(config.read_text())["providers"]["openai"]["keys"][1]
    assert (stored["enabled"], stored["blacklisted_models"]) == (False, ["*"])
    keys("enable", "two")
    assert "blacklisted_models" not in config.read_text()
    told = codes(keys("disable", "two", "--temporary", "-o", "json"))
    assert told == ["disable-undone", "key-disabled-but-pinned"]


def test_enabled_is_undone_where_it_was_absent_too(keys: Keys, config: Path, tmp_path: Path) -> None:
    with_store(config, {"openai": [entry("one"), entry("two")]}, one={"enabled": 0})
    config.write_text(re.sub(r',\s*"enabled": true', "", config.read_text()))
    wanted = {"providers": {"openai": {"keys": [{"name": "one", "enabled": True}]}}}
    (tmp_path / "wanted.json").write_text(json.dumps(wanted))

    for command, told in (
        (["update", "one", "--enabled"], "key-disabled-in-web"),  # the row's own hash again: it is kept
        (["apply", "wanted.json"], "enable-undone"),
    ):
        assert codes(keys(*command, "--dry-run", "-o", "json")) == [told]
    assert codes(keys("update", "one", "--weight", "2", "--dry-run", "-o", "json")) == ["enable-undone"]


def test_disable_refuses_to_lose_a_narrower_blacklist(keys: Keys, config: Path) -> None:
    with_store(config, {})
    keys("update", "two", "--blacklisted-model", "o1")
    outcome = keys("disable", "two")
    assert outcome.code == 5
    assert "o1" in outcome.err


def test_enable_says_that_the_web_ui_has_it_disabled(keys: Keys, config: Path) -> None:
    with_store(config, {"openai": [entry("two")]}, two={"enabled": 0})
    assert codes(keys("enable", "two", "-o", "json")) == ["key-disabled-in-web"]


@pytest.mark.parametrize(
    "command",
    [
        "update two --weight 2",
        "set openai/two --weight 2",
        "rotate two --value-env X",
        "rename two new",
        "disable two",
    ],
)
def test_key_that_people_changed_in_the_web_ui_is_refused(keys: Keys, config: Path, command: str) -> None:
    with_store(config, {"openai": [entry("two")]}, two={"weight": 0.25})
    before = config.read_bytes()
    outcome = keys(*command.split(), "-o", "json")
    assert (outcome.code, outcome.error["code"]) == (5, "key-changed-in-web")
    assert "weight" in outcome.error["message"]
    assert config.read_bytes() == before
    assert "web-changes-overwritten" in codes(keys(*command.split(), "--overwrite-web", "-o", "json"))


def test_rename_takes_the_id_of_the_row(keys: Keys, config: Path) -> None:
    without_id = {name: value for name, value in entry("two").items() if name != "id"}
    data = json.loads(config.read_text())
    data["providers"]["openai"]["keys"][1] = without_id
    del data["governance"]
    config.write_text(json.dumps(data, indent=2))
    with_store(config, {"openai": [without_id]})
    assert codes(keys("rename", "two", "second", "-o", "json")) == ["rename-both-names-once"]
    assert json.loads(config.read_text())["providers"]["openai"]["keys"][1]["id"] == "row-of-two"


def test_renaming_back_before_a_start_is_no_renaming(keys: Keys, config: Path) -> None:
    with_store(config, {"openai": [entry("one"), entry("two")]})
    twice = "is also served as two until the start after the next one and gets two shares of the traffic"
    warned = keys("rename", "two", "second", "-o", "json").json["warnings"]
    assert [each["message"] for each in warned] == [twice]
    warned = keys("rename", "second", "third", "-o", "json").json["warnings"]
    assert [each["message"] for each in warned] == [twice]
    wanted = config.parent / "wanted.json"
    wanted.write_text('{"providers": {"openai": {"keys": [{"id": "id-two", "name": "two"}]}}}')
    assert codes(keys("apply", str(wanted), "--dry-run", "-o", "json")) == []
    assert codes(keys("rename", "third", "two", "-o", "json")) == []


def given_the_id(keys: Keys, folder: Path, key_id: str) -> Iterator[Ran]:
    """Return the outcome of giving openai/one this id, by each command that can."""
    wanted = folder / "wanted.json"
    wanted.write_text(json.dumps({"providers": {"openai": {"keys": [{"name": "one", "id": key_id}]}}}))
    for command in (
        ["update", "one", "--id", key_id],
        ["set", "openai/one", "--id", key_id],
        ["apply", str(wanted)],
    ):
        yield keys(*command, "-o", "json")


def test_an_id_that_the_gateway_would_not_keep_is_refused(keys: Keys, config: Path, tmp_path: Path) -> None:
    data = json.loads(config.read_text())
    without_id = {name: value for name, value in entry("one").items() if name != "id"}
    data["providers"]["openai"]["keys"][0] = without_id
    config.write_text(json.dumps(data, indent=2))
    with_store(config, {"openai": [without_id, entry("two")]})

    for outcome in given_the_id(keys, tmp_path, "other"):
        assert outcome.code == 5
        assert "row-of-one in the gateway's database, which keeps it" in outcome.err
    assert keys("update", "one", "--id", "row-of-one").code == 0


def test_an_id_of_another_row_is_taken(keys: Keys, config: Path, tmp_path: Path) -> None:
    data = json.loads(config.read_text())
    del data["providers"]["openai"]["keys"][0]["id"], data["governance"]
    config.write_text(json.dumps(data, indent=2))
    with_store(config, {"openai": [entry("two"), entry("web-only")]})
    before = config.read_bytes()

    for outcome in given_the_id(keys, tmp_path, "id-web-only"):
        assert outcome.code == 5
        assert "its secret would be overwritten" in outcome.err
    assert config.read_bytes() == before


def test_rename_takes_no_id_that_another_entry_has(keys: Keys, config: Path) -> None:
    data = json.loads(config.read_text())
    without_id = {name: value for name, value in entry("two").items() if name != "id"}
    data["providers"]["openai"]["keys"] = [entry("one") | {"id": "row-of-two"}, without_id]
    del data["governance"]
    config.write_text(json.dumps(data, indent=2))
    with_store(config, {"openai": [without_id]})

    outcome = keys("rename", "two", "second", "-o", "json")

    assert (outcome.code, outcome.error["code"]) == (5, "id-taken")


def test_rename_without_an_id_to_take_warns_of_the_double(keys: Keys, config: Path) -> None:
    data = json.loads(config.read_text())
    del data["config_store"], data["providers"]["openai"]["keys"][0]["id"]
    config.write_text(json.dumps(data))
    warned = keys("rename", "one", "first", "-o", "json").json["warnings"]
    assert [each["code"] for each in warned] == ["rename-doubles"]
    assert "keys update openai/first --id ID" in warned[0]["hint"]


def test_names_that_only_the_database_knows_are_taken(keys: Keys, config: Path) -> None:
    with_store(config, {"openai": [entry("web-only")]})
    assert keys("create", "openai", "--name", "web-only", "--value-env", "X").code == 5
    assert keys("rename", "two", "web-only").code == 5


def test_prompted_delete_is_asked_on_a_terminal_only(keys: Keys) -> None:
    outcome = keys("delete", "three", "-o", "json")
    assert (outcome.code, outcome.error["code"]) == (2, "yes-missing")


def test_created_key_has_its_difference_too(keys: Keys) -> None:
    told = keys("create", "groq", "--value-env", "GROQ_API_KEY", "--diff", "-o", "json").json["changes"][0][
        "diff"
    ]
    assert {"field": "weight", "before": None, "after": 1} in told
