"""The calls: their requests, the use of the responses, and the exit code of every failure."""

from __future__ import annotations

import json
import traceback
from typing import Any

import pytest

from bifrost_keys.errors import (
    AccessDeniedError,
    BifrostKeysError,
    ConflictError,
    NotFoundError,
    ServerUnusableError,
)
from bifrost_keys.gateway.secrets.masked import Masked
from bifrost_keys.stores.gateway_api.client import Reference
from bifrost_keys.stores.gateway_api.new_provider import create_provider
from bifrost_keys.stores.gateway_api.writes import create_key, delete_key, update_key
from tests.keys import FIRST as ENTRY
from tests.sentinel import SHORT_SECRET as SECRET
from tests.stores.gateway_api.clients import ADMIN, NETWORK, RELEASES, changed, client, config, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.fake_secrets import NEW, OLD
from tests.stores.gateway_api.http_server import Answer, Request

HTML = (("Content-Type", "text/html; charset=utf-8"),)


def refusal(status: int, message: str = "no") -> Answer:
    """Return an error as the gateway words it."""
    body = {"is_bifrost_error": False, "status_code": status, "error": {"message": message}}
    return Answer(status, json.dumps(body).encode())


def failing(gateway: FakeGateway, answer: Answer) -> None:
    """Let every call of a key or provider return this from now on."""
    gateway.intercept = lambda request, go: answer if "/api/providers" in request.target else go()


@pytest.mark.parametrize("release", RELEASES)
def test_providers_are_listed_as_the_gateway_spells_them(release: str) -> None:
    custom = {
        "custom_provider_config": {"base_provider_type": "openai"},
        "network_config": NETWORK,
        "keys": [],
    }
    with fake(release, config=config(acme=custom)) as gateway, client(gateway) as opened:
        providers = {provider.name: provider for provider in opened.providers()}
        assert opened.provider("acme").custom_provider_config == providers["acme"].custom_provider_config
        with pytest.raises(NotFoundError) as caught:
            opened.provider("OpenAI")

    assert [*providers] == ["acme", "groq", "openai"]
    assert providers["acme"].custom_provider_config == {"base_provider_type": "openai", "is_key_less": False}
    assert (providers["openai"].base_url, providers["openai"].custom_provider_config) == (
        NETWORK["base_url"],
        None,
    )
    assert caught.value.code == "provider-not-found"
    assert "base_url" not in repr(providers["acme"])


@pytest.mark.parametrize("release", RELEASES)
def test_a_key_is_read_in_the_files_form(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        (listed,) = opened.keys("openai")
        got = opened.key("openai", "one")
        assert opened.keys("groq") == ()

    for key in (listed, got):
        value = key.entry["value"]
        assert isinstance(value, Masked)
        assert value.looks_like(SECRET)
        assert (key.id, key.name, key.provider, key.status) == ("one", "first", "openai", "success")
        plain = {name: member for name, member in key.entry.items() if name != "value"}
        assert plain == {
            "id": "one",
            "name": "first",
            "models": ["*"],
            "blacklisted_models": [],
            "weight": 1,
            "use_for_batch_api": False,
        }
        assert "sk-t" not in repr(key)


@pytest.mark.parametrize("release", RELEASES)
def test_a_missing_provider_and_a_missing_key_are_distinguished(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        for read, code in (
            (lambda: opened.keys("xai"), "provider-not-found"),
            (lambda: opened.key("openai", "two"), "key-not-found"),
        ):
            with pytest.raises(NotFoundError) as caught:
                read()
            assert (caught.value.code, caught.value.exit_code) == (code, 4)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    "key_id", ["..", ".", "a/b", "k?q#h", "k%2Fz", "a+b", "x y", "\u043a\u043b\u044e\u0447"]
)
def test_every_id_is_addressed_and_no_other(release: str, key_id: str) -> None:
    keys = [{"id": each, **ENTRY, "name": each} for each in (key_id, "other")]
    made = config(acme={"custom_provider_config": {"base_provider_type": "openai"}, "keys": keys})
    with fake(release, config=made) as gateway, client(gateway) as opened:
        before = opened.key("acme", key_id)
        assert before.name == key_id
        update_key(opened, before, changed(before, weight=5))
        delete_key(opened, opened.key("acme", key_id))
        assert [key.id for key in opened.keys("acme")] == ["other"]
        assert "openai" in {provider.name for provider in opened.providers()}


# What an answer means: section 9 of the exit codes


CODES = [
    (Answer(401, b"nginx", HTML), 3, "gateway-unauthorized"),
    (refusal(403), 3, "gateway-forbidden"),
    (refusal(404, "Provider not found: not found"), 4, "provider-not-found"),
    (refusal(404, "Provider key not found: not found"), 4, "key-not-found"),
    (Answer(405, b"Method Not Allowed", (("Content-Type", "text/plain"),)), 4, "call-not-supported"),
    (refusal(408), 6, "gateway-unavailable"),
    (refusal(409), 5, "name-taken"),
    (refusal(500, "a record with this name already exists. Please"), 5, "name-taken"),
    (refusal(429), 6, "gateway-busy"),
    (Answer(502, b"<html>", HTML), 6, "gateway-unavailable"),
    (refusal(503), 6, "gateway-unavailable"),
    (Answer(504, b"", ()), 6, "gateway-unavailable"),
    (refusal(400), 65, "gateway-refused"),
    (refusal(422), 65, "gateway-refused"),
    (refusal(500), 74, "gateway-failed"),
    (Answer(501, b"", ()), 74, "gateway-failed"),
    (Answer(200, b'{"id"', fault="cut"), 74, "answer-cut-short"),
    (Answer(fault="reset"), 6, "connection-reset"),
    (Answer(fault="hang"), 6, "answer-timeout"),
    (Answer(200, b"<html>", HTML), 78, "answer-html"),
    (Answer(200, b"{}", (("Content-Type", "text/plain"),)), 78, "answer-not-json"),
    (Answer(200, b"{"), 78, "answer-not-json"),
    (Answer(404, b"nothing here", HTML), 78, "answer-html"),
    (Answer(301, b"", (("Location", "http://elsewhere.invalid/"),)), 78, "address-redirected"),
    (Answer(200, b"{}"), 78, "answer-not-a-key"),
    (Answer(200, b"[]"), 78, "answer-not-a-key"),
]


@pytest.mark.parametrize(("answer", "exit_code", "code"), CODES, ids=[f"{c}-{a.status}" for a, _, c in CODES])
def test_every_response_to_a_read_has_its_exit_code(answer: Answer, exit_code: int, code: str) -> None:
    with fake() as gateway, client(gateway, seconds=0.2) as opened:
        failing(gateway, answer)
        with pytest.raises(BifrostKeysError) as caught:
            opened.key("openai", "one")

    assert (caught.value.exit_code, caught.value.code) == (exit_code, code)
    assert not caught.value.message[0].isupper()
    assert not caught.value.message.endswith(".")


LISTS = [b"[]", b"{}", b'{"keys": {}}', b'{"keys": [1]}', b'{"keys": [{"id": 5}]}', b'"text"', b"null"]


@pytest.mark.parametrize("body", LISTS)
def test_a_list_that_is_none_is_not_a_gateways(body: bytes) -> None:
    with fake() as gateway, client(gateway) as opened:
        failing(gateway, Answer(200, body))
        with pytest.raises(ServerUnusableError):
            opened.keys("openai")
        failing(gateway, Answer(200, body.replace(b"keys", b"providers")))
        with pytest.raises(ServerUnusableError):
            opened.providers()


# The gateway's own sentence


def said(answer: Answer, *secrets: str) -> BifrostKeysError:
    """Return the error of a create with this response, with these secrets in the key."""
    with fake() as gateway, client(gateway) as opened:
        failing(gateway, answer)
        with pytest.raises(BifrostKeysError) as caught:
            create_key(opened, "openai", {**ENTRY, "name": "new", "value": secrets[0] if secrets else "x"})
    return caught.value


def test_the_gateways_sentence_is_shown() -> None:
    assert said(refusal(400, "the weight is odd")).message.endswith(": the weight is odd")


def test_a_refused_bodys_secret_is_never_shown() -> None:
    invalid = f'Invalid JSON: "Syntax error at index 44: {SECRET}"'
    for message in (invalid, f"refused {SECRET}", f"cut {'x' * 270}{SECRET}", f"sk-bf-{SECRET} \x1b[31m"):
        error = said(refusal(400, message), SECRET)
        shown = "".join(traceback.format_exception(error)) + repr(error)
        assert "SENTINEL" not in shown
        assert "\x1b" not in error.message
    assert said(refusal(400, invalid), SECRET).message.endswith("Invalid JSON")


def test_a_sentence_is_cut_at_300_characters() -> None:
    message = said(refusal(400, "y" * 1000)).message
    assert "y" * 299 + "\u2026" in message
    assert "y" * 300 not in message


@pytest.mark.parametrize("body", [b"{}", b'{"error": "text"}', b'{"error": {"message": 5}}', b"[1]", b"\xff"])
def test_an_error_without_a_sentence_has_its_status(body: bytes) -> None:
    assert said(Answer(400, body)).message.endswith("(400)")


@pytest.mark.parametrize("release", RELEASES)
def test_the_message_of_a_provider_is_masked(release: str) -> None:
    echo = {"custom_provider_config": {"base_provider_type": "openai"}, "keys": []}
    echo["network_config"] = {"base_url": "http://127.0.0.1:18390/echo"}
    with fake(release, config=config(echo=echo)) as gateway, client(gateway) as opened:
        written = create_key(opened, "echo", {**ENTRY, "name": "new"})
        assert (written.gateway_status, written.description) == ("list_models_failed", "Refused: ********")
        assert "SENTINEL" not in repr(written)
    with FakeGateway(config(), release=release, database=gateway.database) as again:
        with client(again) as later:  # a run without the secret
            (key,) = later.keys("echo")
            assert later.description(key) == "Refused: ********"
            assert "SENTINEL" not in repr(key)


# What refers to keys


def with_references(gateway: FakeGateway, virtual_keys: int = 1) -> None:
    """Virtual keys, a rule and an override that name the key ``one``."""
    lists = gateway.database.lists
    allowed = {"provider": "openai", "id": 1, "allow_all_keys": False, "key_ids": ["one"]}
    every = {"provider": "groq", "id": 2, "allow_all_keys": True, "key_ids": []}
    for number in range(virtual_keys):
        own = {"id": f"vk-{number}", "name": f"team-{number}", "value": "sk-bf-SENTINEL"}
        lists["virtual_keys"].append({**own, "provider_configs": [allowed, every]})
    targets = [{"provider": "openai", "key_id": "one"}, {"provider": "groq"}]
    fallbacks = ["groq/x", {"provider": "openai", "key_id": "one"}]
    lists["rules"].append({"id": "r", "name": "rule", "targets": targets, "fallbacks": fallbacks})
    lists["pricing_overrides"].append({"id": "p", "name": "price", "provider_key_id": "one"})
    lists["pricing_overrides"].append({"id": "q", "name": "global"})


@pytest.mark.parametrize("release", RELEASES)
def test_references_to_keys_are_found_and_virtual_keys_are_not_kept(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        assert opened.references() == ()
        with_references(gateway)
        found = opened.references()

    assert found == (
        Reference("virtual-key", "team-0", "openai", ("one",)),
        Reference("virtual-key", "team-0", "groq", (), every_key=True),
        Reference("routing-rule", "rule", "openai", ("one",)),
        Reference("routing-rule", "rule", "openai", ("one",)),
        Reference("pricing-override", "price", None, ("one",)),
    )
    assert "SENTINEL" not in repr(found)


def test_a_virtual_key_that_lost_its_last_key_is_left_without() -> None:
    with fake() as gateway, client(gateway) as opened:
        with_references(gateway)
        delete_key(opened, opened.key("openai", "one"))
        assert opened.references()[0] == Reference("virtual-key", "team-0", "openai", ())


def test_references_are_read_page_by_page_if_the_gateway_pages() -> None:
    def pages(request: Request, go: Go) -> Answer:
        if "virtual-keys" in request.target and "limit" not in request.target:
            return gateway.carry_out(Request("GET", f"{request.target}?limit=20", request.headers, b"", 0))
        return go()

    with fake() as gateway, client(gateway) as opened:
        with_references(gateway, virtual_keys=250)
        gateway.intercept = pages
        found = {reference.name for reference in opened.references() if reference.place == "virtual-key"}

    assert found == {f"team-{number}" for number in range(250)}
    asked = [request.target for request in gateway.seen if "virtual-keys" in request.target]
    assert asked[1:] == [f"/api/governance/virtual-keys?limit=100&offset={n}" for n in (20, 120, 220)]


def test_references_that_may_not_be_read_are_denied() -> None:
    with fake() as gateway, client(gateway) as opened:
        gateway.intercept = lambda request, go: refusal(403) if "governance" in request.target else go()
        with pytest.raises(AccessDeniedError):
            opened.references()


# Testing a key


def test_models_are_refreshed_if_the_release_supports_it() -> None:
    with fake(refreshes=True) as gateway, client(gateway) as opened:
        assert opened.refresh_models("openai", "one").status == "success"
    with fake(OLD) as gateway, client(gateway) as opened:
        with pytest.raises(NotFoundError, match="this release") as caught:
            opened.refresh_models("openai", "one")

    assert (caught.value.code, caught.value.exit_code) == ("call-not-supported", 4)
    assert len(gateway.sent("POST")) == 1


def test_a_test_that_is_under_way_is_not_a_taken_name() -> None:
    with fake(refreshes=True) as gateway, client(gateway) as opened:
        busy = Answer(409, b'{"error": {"message": "refresh in progress"}}')
        gateway.intercept = lambda request, go: busy if request.target.endswith("models") else go()
        with pytest.raises(ConflictError, match="in progress") as caught:
            opened.refresh_models("openai", "one")

    assert (caught.value.code, caught.value.exit_code) == ("test-under-way", 5)


def test_nothing_is_sent_except_to_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    asked: list[Any] = []
    connect = socket.socket.connect

    def watched(own: socket.socket, address: Any) -> None:
        asked.append(address)
        connect(own, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:1")
    with fake(NEW) as gateway:
        everything(gateway)

    assert set(asked) == {("127.0.0.1", gateway.server.port)}
    for request in gateway.seen:
        assert "SENTINEL" not in request.target
        assert ADMIN.secret not in str(request.headers)


def everything(gateway: FakeGateway) -> None:
    """Make every call once."""
    with client(gateway) as opened:
        create_provider(opened, "xai")
        create_key(opened, "xai", {**ENTRY, "name": "second"})
        before = opened.key("openai", "one")
        update_key(opened, before, changed(before, weight=3))
        delete_key(opened, opened.key("openai", "one"))
        opened.references()
        opened.fresh().keys("xai")
