"""Deletions at a gateway: references to the key, the next start, and options that apply only to a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.stores.gateway_api import fake_governance
from tests.stores.gateway_api.clients import RELEASES, config, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.http_server import Answer, Request

VIRTUAL = {"name": "team", "provider_configs": [{"provider": "openai", "key_ids": ["one"]}]}
RULE = {"name": "rule", "targets": [{"provider": "openai", "key_id": "one"}]}
OVERRIDE = {"name": "cheap", "provider_key_id": "one", "patch": {}}
REFERRING: list[tuple[str, dict[str, Any], str]] = [
    ("virtual-keys", VIRTUAL, "governance.virtual_keys.team"),
    ("routing-rules", RULE, "governance.routing_rules.rule"),
    ("pricing-overrides", OVERRIDE, "governance.pricing_overrides.cheap"),
]


def refer(gateway: FakeGateway, kind: str, entry: dict[str, Any]) -> None:
    """Create something that refers to the key."""
    fake_governance.added(gateway.database, gateway.api.release, kind, json.loads(json.dumps(entry)))


def deny_governance(gateway: FakeGateway) -> None:
    """Respond like a gateway that does not let the credential read references."""

    def intercept(request: Request, go: Go) -> Answer:
        if "/governance/" not in request.target:
            return go()
        return Answer(403, b'{"error": {"message": "permission denied"}}')

    gateway.intercept = intercept


@pytest.mark.parametrize(("kind", "entry", "place"), REFERRING)
def test_a_key_that_something_refers_to_is_not_deleted(
    keys: Callable[..., Any], gateway: FakeGateway, kind: str, entry: dict[str, Any], place: str
) -> None:
    refer(gateway, kind, entry)
    for arguments in (["delete", "openai/first", "--yes"], ["apply", "-", "--prune", "--allow-empty"]):
        ran = keys(*arguments, "-o", "json", stdin='{"providers": {"openai": {"keys": []}}}')
        assert (ran.code, ran.error["code"]) == (5, "key-referenced")
        assert f"referred to at the gateway: openai/first by {place}" in json.dumps(ran.error)
    shown = keys("get", "openai/first", "-o", "json").json["references"]
    assert shown == [{"path": place, "kind": "id", "checked": False}]
    assert gateway.sent("DELETE") == []


def test_unreadable_references_prevent_only_a_deletion(
    keys: Callable[..., Any], gateway: FakeGateway
) -> None:
    deny_governance(gateway)
    got = keys("get", "openai/first", "-o", "json")
    assert (got.code, got.json["references"]) == (0, None)
    assert "references not read" in keys("get", "openai/first").err
    told = keys("get", "openai/first", "-o", "json").json
    assert (told["references"], told["warnings"][0]["code"]) == (None, "references-not-read")
    assert keys("rename", "openai/first", "second").code == 0
    off = keys("disable", "openai/second", "-o", "json")
    assert (off.code, "references-not-read" in [each["code"] for each in off.json["warnings"]]) == (0, True)
    refused = keys("delete", "openai/second", "--yes", "-o", "json")
    assert (refused.code, refused.error["code"]) == (3, "references-not-read")
    gone = keys("delete", "openai/second", "--yes", "--unchecked", "-o", "json")
    assert (gone.code, "references-not-read" in [each["code"] for each in gone.json["warnings"]]) == (0, True)


def test_without_anything_to_delete_nothing_is_asked_about_it(
    keys: Callable[..., Any], gateway: FakeGateway
) -> None:
    deny_governance(gateway)
    assert keys("delete", "openai/nope", "--if-exists", "--yes").code == 0
    assert not [request for request in gateway.seen if "/governance/" in request.target]


def test_the_last_key_of_a_provider_is_deleted_without_a_notice_about_files(
    keys: Callable[..., Any], gateway: FakeGateway
) -> None:
    ran = keys("delete", "openai/first", "--yes", "-o", "json")
    assert {each["code"] for each in ran.json["warnings"]} == {"may-be-in-file"}
    assert (ran.json["effective"], ran.json["changes"][0]["applied"]) == ("now", True)
    assert ran.json["changes"][0]["gateway_status"] is None
    assert "openai" in gateway.database.providers
    assert keys("create", "groq", "--name", "a", "--value-env", "OPENAI_API_KEY").code == 0
    none = '{"providers": {"groq": {"keys": []}}}'
    emptied = keys("apply", "-", "--prune", "--allow-empty", "-o", "json", stdin=none)
    assert {each["code"] for each in emptied.json["warnings"]} == {"may-be-in-file"}
    assert emptied.json["plan"]["deleted"] == 1


def test_the_effect_of_the_next_start_is_reported_once(keys: Callable[..., Any]) -> None:
    for name in ("a", "b"):
        assert keys("create", "groq", "--name", name, "--value-env", "OPENAI_API_KEY").code == 0
    renamed = keys("rename", "groq/a", "c", "-o", "json").json["warnings"]
    (told,) = [each for each in renamed if each["code"] == "may-be-in-file"]
    assert told["message"].endswith("groq/a, its next start brings its old name back")
    assert told["hint"] == "do the same there: keys rename groq/a c --config FILE"
    deleted = keys("delete", "groq/c", "groq/b", "--yes", "-o", "json").json["warnings"]
    (told,) = [each for each in deleted if each["code"] == "may-be-in-file"]
    assert told["message"].endswith("groq/c, groq/b, its next start brings them back")
    assert told["hint"] == "do the same there: keys delete groq/c groq/b --config FILE"


def test_a_key_that_shows_a_hash_is_in_the_file(call: Any) -> None:
    """Gateways of 1.6.0 show it from their first start, and 1.5.1 after a restart."""
    made = config(authentication=False)
    with fake(RELEASES[-1], config=made) as running:
        running.restart()
        ran = call("--gateway", running.url, "delete", "openai/first", "--yes", "-o", "json")
    (told,) = [each for each in ran.json["warnings"] if each["code"] == "may-be-in-file"]
    assert told["message"].startswith("the gateway's config.json lists openai/first, as the config_hash")


def test_a_file_is_not_mentioned_if_nothing_lasts(call: Any) -> None:
    made = config(authentication=False, database=False)
    with fake(RELEASES[-1], config=made, authentication=False, database=False) as running:
        ran = call("--gateway", running.url, "delete", "openai/first", "--yes", "-o", "json")
    assert {each["code"] for each in ran.json["warnings"]} == {"not-persistent", "no-authentication"}
    assert not [request for request in running.seen if "/governance/" in request.target]


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["delete", "openai/first", "--prune", "--yes"], "--prune"),
        (["update", "openai/first", "--weight", "2", "--overwrite-web"], "--overwrite-web"),
        (["apply", "-", "--init"], "--init"),
        (["create", "groq", "--value-env", "OPENAI_API_KEY", "--init"], "--init"),
    ],
)
def test_options_about_a_file_are_refused_before_any_request(
    keys: Callable[..., Any], gateway: FakeGateway, arguments: list[str], option: str
) -> None:
    ran = keys(*arguments, "-o", "json", stdin="{}")
    assert (ran.code, ran.error["code"]) == (2, "file-only")
    assert ran.error["message"].startswith(option)
    assert gateway.seen == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["apply", "-", "--replace-secrets"], "gateway-only"),
        (["--user", "admin", "list"], "gateway-missing"),
        (["--token-file", "t", "delete", "a", "--yes"], "gateway-missing"),
        (["--unchecked", "delete", "a", "--yes"], "gateway-missing"),
    ],
)
def test_options_about_a_gateway_are_refused_without_one(call: Any, arguments: list[str], code: str) -> None:
    ran = call(*arguments, "-o", "json", env={"BIFROST_GATEWAY_URL": "http://127.0.0.1:1"}, stdin="{}")
    assert (ran.code, ran.error["code"]) == (2, code)


@pytest.mark.parametrize("replace", [False, True])
def test_a_secret_that_looks_like_the_stored_one_is_sent_on_request(
    keys: Callable[..., Any], gateway: FakeGateway, replace: bool
) -> None:
    other = f"sk-t{'x' * 20}SENTINEL-0001"  # the mask of the stored one
    key = {"name": "first", "value": other}
    options = ["--replace-secrets"] if replace else []
    document = json.dumps({"providers": {"openai": {"keys": [key]}}})
    ran = keys("apply", "-", *options, "-o", "json", stdin=document)
    assert (ran.code, ran.json["changed"]) == (0, replace)
    assert (gateway.secret("one") == other) is replace


def test_the_warnings_of_a_file_name_the_command_that_lasts(call: Any, tmp_path: Path) -> None:
    """A gateway with a database undoes some edits of the file; at the gateway they last."""
    file = tmp_path / "config.json"
    entries = [
        {"id": name, "name": name, "value": f"env.{name}", "models": ["*"], "weight": 1, "enabled": False}
        for name in ("A", "B")
    ]
    file.write_text(json.dumps({"providers": {"openai": {"keys": entries}}}))
    at = ("--config", str(file), "-o", "json")
    hints = [
        each["hint"]
        for arguments in (["enable", "openai/A"], ["delete", "openai/B", "--yes"])
        for each in call(*arguments, *at).json["warnings"]
    ]
    assert any("keys --gateway URL enable openai/A" in hint for hint in hints)
    assert any("keys --gateway URL delete openai/B" in hint for hint in hints)
