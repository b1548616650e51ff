"""Unusual keys and moments at a gateway: odd ids, many names, restarts, lost connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.keys import FIRST as ENTRY
from tests.stores.gateway_api.clients import RELEASES, config, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.http_server import Answer, Request

ODD_IDS = ["..", ".", "a/b", "a?b#c", "%2e%2e", "a+b", "x y", "ä€", "-", "*"]


def running(release: str, *keys: dict[str, Any], **more: Any) -> FakeGateway:
    """Return a gateway that asks for no credential, with these keys of openai."""
    made = config(authentication=False, openai={"keys": list(keys)}, database=more.get("database", True))
    return fake(release, config=made, authentication=False, **more)


@pytest.mark.parametrize("key_id", ODD_IDS)
@pytest.mark.parametrize("release", RELEASES)
def test_a_key_of_any_id_is_the_only_one_that_changes(call: Any, release: str, key_id: str) -> None:
    odd = {**ENTRY, "id": key_id, "name": "odd"}
    with running(release, odd, {**ENTRY, "id": "one", "value": "sk-other-SENTINEL-0002"}) as gateway:
        at = ("--gateway", gateway.url)
        assert call(*at, "update", "openai/odd", "--weight", "5").code == 0
        assert call(*at, "get", "openai/odd", "--field", "weight").out == "5\n"
        assert call(*at, "delete", "openai/odd", "--yes").code == 0
        left = call(*at, "list", "-o", "json").json["keys"]
        assert [(each["provider"], each["key"]["id"]) for each in left] == [("openai", "one")]
        assert set(gateway.database.providers) == {"openai", "groq"}


def test_a_name_that_200_others_nearly_have_is_found(call: Any) -> None:
    names = [f"prod-{n:03}" for n in range(200)]
    entries = [{**ENTRY, "id": f"id-{n}", "name": name} for n, name in enumerate(names)]
    with running(RELEASES[-1], *entries) as gateway:
        at = ("--gateway", gateway.url)
        assert call(*at, "rename", "openai/prod-100", "prod-1000").code == 0
        missing = call(*at, "get", "prod-1oo", "-o", "json")
        assert (missing.code, missing.error["code"]) == (4, "key-not-found")
        assert "did you mean openai/prod-1" in missing.error["hint"]
        assert len(missing.err) < 1000
        taken = call(*at, "rename", "openai/prod-101", "prod-1000", "-o", "json")
        assert (taken.code, taken.error["code"]) == (5, "name-taken")
    renamed = [row.key.name for row in gateway.database.rows if row.key.id == "id-100"]
    assert renamed == ["prod-1000"]


class Restart:
    """Ends the connection and restarts the gateway once, before a request of the program."""

    def __init__(self, gateway: FakeGateway, method: str, end: str) -> None:
        self.gateway, self.method, self.end, self.done = gateway, method, end, False

    def __call__(self, request: Request, go: Go) -> Answer:
        if not self.done and request.method == self.method and request.target.endswith(self.end):
            self.done = True
            self.gateway.restart()
            return Answer(fault="close")
        return go()


def made(call: Any, gateway: FakeGateway) -> str:
    """Return the id of a new key groq/new, which no file lists."""
    at = ("--gateway", gateway.url)
    assert call(*at, "create", "groq", "--name", "new", "--value-env", "OPENAI_API_KEY").code == 0
    return str(call(*at, "get", "groq/new", "--field", "id").out.strip())


@pytest.mark.parametrize("release", RELEASES)
def test_a_gateway_that_restarts_before_the_read_is_read_again(call: Any, release: str) -> None:
    with running(release) as gateway:
        key_id = made(call, gateway)
        gateway.intercept = Restart(gateway, "GET", f"/keys/{key_id}")
        ran = call("--gateway", gateway.url, "update", "groq/new", "--weight", "2", "-o", "json")
        assert (ran.code, ran.json["changed"]) == (0, True)
        assert gateway.node.key("groq", key_id).weight == 2


@pytest.mark.parametrize("release", RELEASES)
def test_the_hash_that_a_restart_makes_appear_is_nobodys_change(call: Any, release: str) -> None:
    """1.5.1 shows a hash of the keys that its file lists only after a restart."""
    with running(release, {**ENTRY, "id": "one"}) as gateway:
        gateway.intercept = Restart(gateway, "GET", "/openai/keys/one")
        ran = call("--gateway", gateway.url, "update", "openai/first", "--weight", "2", "-o", "json")
        assert (ran.code, ran.json["changed"]) == (0, True), ran.err
        assert (gateway.node.key("openai", "one").weight, gateway.secret("one")) == (2, ENTRY["value"])


@pytest.mark.parametrize("release", RELEASES)
def test_a_gateway_that_restarts_at_the_write_is_looked_at_and_not_written_twice(
    call: Any, release: str
) -> None:
    with running(release) as gateway:
        key_id = made(call, gateway)
        gateway.intercept = Restart(gateway, "PUT", f"/keys/{key_id}")
        ran = call("--gateway", gateway.url, "update", "groq/new", "--weight", "2", "-o", "json")
        assert (ran.code, ran.error["code"]) == (6, "connection-reset")
        assert "the change is not in effect now, but may be after the next start" in ran.error["message"]
        assert len(gateway.sent("PUT")) == 1


def test_a_key_that_a_restart_forgot_is_not_made_again(call: Any) -> None:
    """Without a database a created key is gone after a restart."""
    with running(RELEASES[-1], database=False) as gateway:
        gateway.intercept = Restart(gateway, "GET", f"/keys/{made(call, gateway)}")
        ran = call("--gateway", gateway.url, "update", "groq/new", "--weight", "2", "-o", "json")
        assert (ran.code, ran.error["code"]) == (5, "key-deleted-meanwhile")
        assert gateway.sent("PUT") == []


@pytest.mark.parametrize("taken", ["first", "FIRST-two"])
def test_names_are_checked_here_if_the_gateway_does_not(call: Any, taken: str) -> None:
    """A gateway without a database takes two keys of one name."""
    with running(RELEASES[-1], {**ENTRY, "id": "one"}, database=False) as gateway:
        at = ("--gateway", gateway.url)
        given = ("--value-env", "OPENAI_API_KEY", "-o", "json")
        ran = call(*at, "create", "groq", "--name", taken, *given)
        expected = 5 if taken == "first" else 0
        assert ran.code == expected
        renamed = call(*at, "rename", "openai/first", taken, "-o", "json")
        assert renamed.code == (0 if taken == "first" else 5)
        same_id = call(*at, "create", "groq", "--name", "x", "--id", "one", *given)
        assert (same_id.code, same_id.error["code"]) == (5, "id-taken")


BROKEN: list[tuple[str, Callable[[Answer], Answer], int]] = [
    ("cut", lambda answer: Answer(200, answer.body, answer.headers, fault="cut"), 0),
    ("html", lambda answer: Answer(200, b"<html>", (("content-type", "text/html"),)), 0),
    ("other", lambda answer: Answer(200, json.dumps([1]).encode(), answer.headers), 0),
    ("not utf-8", lambda answer: Answer(200, b'{"name": "\xff"}', answer.headers), 0),
]


@pytest.mark.parametrize(("what", "broken", "code"), BROKEN, ids=[each[0] for each in BROKEN])
def test_after_a_broken_response_to_a_write_the_key_is_read(
    call: Any, what: str, broken: Callable[[Answer], Answer], code: int
) -> None:
    with running(RELEASES[-1], {**ENTRY, "id": "one"}) as gateway:
        gateway.intercept = lambda request, go: broken(go()) if request.method == "PUT" else go()
        ran = call("--gateway", gateway.url, "update", "openai/first", "--weight", "2", "-o", "json")
        assert (ran.code, len(gateway.sent("PUT"))) == (code, 1), ran.err
        assert gateway.node.key("openai", "one").weight == 2
