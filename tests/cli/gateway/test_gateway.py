"""The same commands on a running gateway, of both generations of its API."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.sentinel import Sentinel
from tests.stores.gateway_api.clients import RELEASES, config, fake
from tests.stores.gateway_api.fake_api import USER
from tests.stores.gateway_api.fake_gateway import FakeGateway

NEW_SECRET = "sk-new-SENTINEL-aaaaaaaaaaaaaaaa"


def test_a_key_is_created_changed_renamed_and_deleted(keys: Callable[..., Any], gateway: FakeGateway) -> None:
    made = keys("create", "groq", "--name", "one", "--value-stdin", "-o", "json", stdin=NEW_SECRET)
    assert made.code == 0, made.err
    assert (made.json["effective"], made.json["store"]["kind"]) == ("now", "gateway")
    assert made.json["changes"][0]["applied"] is True
    listed = keys("list", "groq", "-o", "json").json["keys"]
    assert [each["key"]["id"] for each in listed] == [made.json["changes"][0]["key"]["id"]]

    assert keys("update", "groq/one", "--weight", "2").code == 0
    assert keys("rename", "groq/one", "two").code == 0
    off = keys("disable", "groq/two")
    assert (off.code, "accepted" in off.out) == (0, False)
    key = keys("get", "groq/two", "-o", "json").json["key"]
    assert (key["weight"], key["enabled"], key["blacklisted_models"]) == (2, False, [])
    on = keys("enable", "groq/two")
    assert (on.code, "accepted" in on.out) == (0, True)
    assert keys("delete", "groq/two", "--yes").code == 0
    assert keys("list", "groq", "-o", "json").json["total"] == 0
    assert not gateway.database.sessions  # every run logged out


def test_nothing_to_change_sends_nothing(keys: Callable[..., Any], gateway: FakeGateway) -> None:
    ran = keys("update", "openai/first", "--weight", "1", "-o", "json").json
    assert (ran["changed"], ran["changes"][0]["applied"]) == (False, False)
    assert ran["changes"][0]["gateway_status"] is None
    assert gateway.sent("POST", "PUT", "DELETE") == []


def test_a_dry_run_sends_no_change(keys: Callable[..., Any], gateway: FakeGateway) -> None:
    ran = keys("update", "openai/first", "--weight", "3", "--dry-run", "-o", "json")
    assert (ran.json["changed"], ran.json["changes"][0]["applied"]) == (True, False)
    assert gateway.sent("POST", "PUT", "DELETE") == []


def test_an_export_changes_nothing_when_applied(keys: Callable[..., Any]) -> None:
    exported = keys("export")
    assert (exported.code, "first (value)" in exported.err) == (0, True)
    ran = keys("apply", "--prune", "-", "-o", "json", stdin=exported.out)
    assert (ran.code, ran.json["changed"]) == (0, False), ran.err
    shown = keys("list", "-o", "json")
    assert keys("apply", "-", "-o", "json", stdin=shown.out).json["changed"] is False


def test_a_file_is_copied_to_a_gateway_with_its_secrets_and_without(
    keys: Callable[..., Any], call: Any, tmp_path: Path, sentinel: Sentinel
) -> None:
    file = tmp_path / "config.json"
    sentinel.allow(file)
    key = {"name": "lit", "value": NEW_SECRET, "models": ["*"], "weight": 1}
    file.write_text(json.dumps({"config_store": {"enabled": False}, "providers": {"groq": {"keys": [key]}}}))
    whole = json.loads(file.read_text())
    ran = keys("apply", "-", "-o", "json", stdin=json.dumps(whole))
    assert (ran.code, ran.json["plan"]["created"]) == (0, 1), ran.err
    again = keys("apply", "-", "-o", "json", stdin=json.dumps(whole))
    assert again.json["changed"] is False  # the mask of the same secret
    without = call("export", "--config", str(file)).out
    assert keys("apply", "-", "-o", "json", stdin=without).json["changed"] is False


def test_a_literal_secret_is_never_shown(keys: Callable[..., Any]) -> None:
    assert keys("get", "openai/first", "--field", "value").code == 2
    assert keys("get", "openai/first", "--field", "value", "--reveal").code == 4
    assert keys("export", "--reveal").code == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ["init"],
        ["hash"],
        ["check", "--fix"],
        ["externalize", "--all", "--env-file", "x.env"],
        ["list", "--config", "config.json"],
        ["list", "--app-dir", "."],
        ["update", "openai/first", "--weight", "2", "--lock-timeout", "1"],
        ["create", "groq", "--value-env", "A", "--init"],
        ["update", "openai/first", "--weight", "2", "--if-hash", "0" * 64],
    ],
)
def test_options_for_a_file_are_refused(keys: Callable[..., Any], arguments: list[str]) -> None:
    ran = keys(*arguments)
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["get", "openai/nope"], 4),
        (["create", "unknown", "--value-env", "A"], 4),
        (["create", "openai", "--name", "first", "--value-env", "OPENAI_API_KEY"], 5),
        (["create", "openai", "--name", "x", "--value-env", "NOT_SET_AT_THE_GATEWAY"], 65),
        (["update", "openai/first", "--weight", "-1"], 65),
    ],
)
def test_refusals_have_the_codes_of_the_file(
    keys: Callable[..., Any], arguments: list[str], code: int
) -> None:
    assert keys(*arguments).code == code


def test_path_shows_the_address_and_whether_changes_last(
    keys: Callable[..., Any], gateway: FakeGateway
) -> None:
    about = keys("path", "-o", "json").json["store"]
    assert (about["url"], about["persistent"]) == (gateway.url, True)


def test_a_gateway_without_a_database_says_that_changes_do_not_last(call: Any) -> None:
    with fake(
        RELEASES[-1],
        authentication=False,
        database=False,
        config=config(authentication=False, database=False),
    ) as running:
        ran = call("--gateway", running.url, "update", "openai/first", "--weight", "2", "-o", "json")
    assert (ran.code, ran.json["effective"]) == (0, "until_restart")
    assert {"not-persistent", "no-authentication"} <= {each["code"] for each in ran.json["warnings"]}


def test_the_environment_alone_does_not_select_a_gateway(call: Any, gateway: FakeGateway) -> None:
    assert call("--live", "list").code == 2
    assert call("list", env={"BIFROST_GATEWAY_URL": gateway.url}).code == 4  # no config.json here
    assert gateway.seen == []


def test_a_wrong_password_is_a_denied_permission(call: Any, gateway: FakeGateway, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("not-it\n")
    ran = call("--gateway", gateway.url, "--user", USER, "--password-file", str(wrong), "list")
    assert (ran.code, "not-it" in ran.err) == (3, False)


def test_diff_names_the_differences_between_file_and_gateway(
    keys: Callable[..., Any], call: Any, tmp_path: Path, sentinel: Sentinel
) -> None:
    file = tmp_path / "config.json"
    sentinel.allow(file)
    first = {"id": "one", "name": "first", "value": "sk-test-SENTINEL-0001", "models": ["*"], "weight": 1}

    def compare(*entries: dict[str, Any], **openai: Any) -> dict[str, Any]:
        file.write_text(json.dumps({"providers": {"openai": {"keys": list(entries)}}}))
        ran = keys("diff", "--config", str(file), "--exit-code", "-o", "json")
        assert ran.code == (10 if ran.json["differences"] else 0), ran.err
        return {each["name"]: each for each in ran.json["keys"]}

    assert compare({**first, "enabled": True})["first"]["state"] == "in-sync"
    assert compare(first)["first"]["looks_equal"] is True
    assert compare({**first, "weight": 2})["first"]["fields"] == ["weight"]
    assert compare({**first, "value": "sk-else-SENTINEL-0009"})["first"]["fields"] == ["value"]
    renamed = compare({**first, "name": "other"})["other"]
    assert (renamed["state"], renamed["name_at_gateway"]) == ("renamed", "first")
    apart = compare({**first, "id": "two", "name": "mine"})
    assert [apart[name]["state"] for name in ("mine", "first")] == ["only-in-file", "only-at-gateway"]


def test_diff_without_a_gateway_is_a_wrong_use(call: Any) -> None:
    assert call("diff").code == 2


def test_a_hint_at_a_gateway_is_a_command_for_it(keys: Callable[..., Any], gateway: FakeGateway) -> None:
    program = f"keys --gateway {gateway.url}"
    assert keys("get", "openai/nope", "-o", "json").error["hint"] == f"{program} list shows the keys"
    ran = keys("create", "mistral", "--name", "m", "--value-env", "OPENAI_API_KEY", "--test", "-o", "json")
    assert ran.error["hint"].endswith(f"{program} test mistral/m")
    deleted = keys("delete", "openai/first", "--yes", "-o", "json").json["warnings"][0]
    assert deleted["hint"].endswith("keys delete openai/first --config FILE")
