"""After a lost response the key is read; no write is sent twice, and nothing unknown is claimed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from bifrost_keys.errors import BifrostKeysError
from bifrost_keys.stores.gateway_api.client import Client
from bifrost_keys.stores.gateway_api.new_provider import create_provider
from bifrost_keys.stores.gateway_api.writes import (
    Written,
    create_key,
    delete_key,
    update_key,
)
from tests.keys import FIRST as ENTRY
from tests.sentinel import SHORT_SECRET as SECRET
from tests.stores.gateway_api.clients import OTHER, RELEASES, changed, client, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.http_server import Answer, Request

WRITES = ("POST", "PUT", "DELETE")
HTML = (("Content-Type", "text/html"),)


def failed(status: int) -> Answer:
    """Return a failure as the gateway words it."""
    body = {"error": {"message": "failed to update provider: it is not you"}}
    return Answer(status, json.dumps(body).encode())


# What comes instead of a response, and the exit code if the change shows no effect.
LOST: dict[str, tuple[Answer, int]] = {
    "reset": (Answer(fault="reset"), 6),
    "closed": (Answer(fault="close"), 6),
    "hanging": (Answer(fault="hang"), 6),
    "cut": (Answer(200, b'{"id": "one"', fault="cut"), 74),
    "500": (failed(500), 74),
    "501": (failed(501), 74),
    "502": (Answer(502, b"<html>", HTML), 6),
    "503": (failed(503), 6),
    "504": (Answer(504, b"", ()), 6),
    "408": (Answer(408, b"", ()), 6),
    "web page": (Answer(200, b"<html>", HTML), 78),
    "not JSON": (Answer(200, b"{"), 78),
    "no key": (Answer(200, b"{}"), 78),
    "nothing": (Answer(204, b"", ()), 78),
    "not HTTP": (Answer(fault="junk"), 78),
}


def lose(gateway: FakeGateway, answer: Answer, *, done: bool) -> None:
    """Lose the response to every write, before or after it is carried out."""

    def losing(request: Request, go: Go) -> Answer:
        if request.method not in WRITES or "/session/" in request.target:
            return go()
        if done:
            go()
        return answer

    gateway.intercept = losing


def update(opened: Client) -> Written:
    """Change the weight."""
    before = opened.key("openai", "one")
    return update_key(opened, before, changed(before, weight=7))


def rotate(opened: Client) -> Written:
    """Change the secret."""
    before = opened.key("openai", "one")
    return update_key(opened, before, changed(before, value=OTHER))


def create(opened: Client) -> Written:
    """Create a key."""
    return create_key(opened, "openai", {**ENTRY, "name": "second", "value": OTHER, "enabled": True})


def delete(opened: Client) -> Written:
    """Delete a key."""
    return delete_key(opened, opened.key("openai", "one"))


NOT_NOW = "the change is not in effect now, but may be after the next start"
NOT_HERE = "is not stored at this node; its name may be taken, and it may appear at the next start"
# Each change, the message if it shows no effect, and the names in the database if it was made.
CHANGES: dict[str, tuple[Callable[[Client], Written], str, set[str]]] = {
    "update": (update, NOT_NOW, {"first"}),
    "rotate": (rotate, NOT_NOW, {"first"}),
    "create": (create, NOT_HERE, {"first", "second"}),
    "delete": (delete, NOT_NOW, set()),
}


def refused(change: Callable[[], object]) -> BifrostKeysError:
    """Return the error of a change."""
    with pytest.raises(BifrostKeysError) as caught:
        change()
    assert "SENTINEL" not in f"{caught.value} {caught.value.hint}"
    return caught.value


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_was_made_is_made(name: str, lost: str) -> None:
    change, _, left = CHANGES[name]
    with fake() as gateway, client(gateway, seconds=0.3) as opened:
        lose(gateway, LOST[lost][0], done=True)
        assert change(opened).applied
        assert {row.key.name for row in gateway.database.rows} == left

    assert len(gateway.sent(*WRITES)) == 1


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_without_a_visible_effect_is_reported_as_such(name: str, lost: str) -> None:
    change, sentence, _ = CHANGES[name]
    answer, exit_code = LOST[lost]
    with fake() as gateway, client(gateway, seconds=0.3) as opened:
        lose(gateway, answer, done=False)
        error = refused(lambda: change(opened))
        assert gateway.secret("one") == SECRET

    assert (error.exit_code, error.applied) == (exit_code, None)
    assert sentence in error.message
    assert "not applied" not in error.message
    assert len(gateway.sent(*WRITES)) == 1


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", CHANGES)
def test_a_half_written_change_is_never_reported_as_not_made(name: str, release: str) -> None:
    change, sentence, left = CHANGES[name]
    with fake(release) as gateway, client(gateway) as opened:
        gateway.node.half_writes = set(WRITES)
        error = refused(lambda: change(opened))
        assert {row.key.name for row in gateway.database.rows} == left
        gateway.node.half_writes = set()
        if name == "create":  # its name is taken
            entry = {**ENTRY, "name": "second"}
            again = refused(lambda: create_key(opened, "openai", entry, listed_names={"first"}))
            assert (again.code, again.exit_code) == ("name-taken", 5)
            assert "half written" in str(again.hint)

    assert (error.exit_code, error.code, error.applied) == (74, "gateway-failed", None)
    assert sentence in error.message


@pytest.mark.parametrize("status", [400, 401, 403, 422, 429])
@pytest.mark.parametrize("name", CHANGES)
def test_a_refusal_is_not_looked_up(name: str, status: int) -> None:
    change = CHANGES[name][0]
    with fake() as gateway, client(gateway) as opened:
        lose(gateway, failed(status), done=False)
        error = refused(lambda: change(opened))

    assert (error.exit_code, error.applied) == ({401: 3, 403: 3, 429: 6}.get(status, 65), False)
    assert gateway.seen[-2].method in WRITES  # the last is the logout


@pytest.mark.parametrize("name", CHANGES)
def test_a_redirect_did_nothing(name: str) -> None:
    change = CHANGES[name][0]
    with fake() as gateway, client(gateway) as opened:
        lose(gateway, Answer(308, b"", (("Location", "http://elsewhere.invalid/"),)), done=False)
        error = refused(lambda: change(opened))

    assert (error.code, error.exit_code, error.applied) == ("address-redirected", 78, False)
    assert len(gateway.sent(*WRITES)) == 1


@pytest.mark.parametrize("name", CHANGES)
def test_if_reading_back_fails_the_effect_is_unknown(name: str) -> None:
    change = CHANGES[name][0]
    wrote: list[str] = []

    def gone(request: Request, go: Go) -> Answer:
        if request.method in WRITES and "/session/" not in request.target:
            wrote.append(request.method)
        return Answer(fault="reset") if wrote and "/session/" not in request.target else go()

    with fake() as gateway, client(gateway) as opened:
        gateway.intercept = gone
        error = refused(lambda: change(opened))

    assert (error.exit_code, error.code, error.applied) == (6, "connection-reset", None)
    assert "it is unknown whether" in error.message
    assert len(wrote) == 1


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_that_was_answered_and_cannot_be_looked_at_was_made(name: str) -> None:
    change = CHANGES[name][0]
    wrote: list[str] = []

    def gone(request: Request, go: Go) -> Answer:
        if wrote and "/session/" not in request.target:
            return Answer(fault="reset")
        if request.method in WRITES and "/session/" not in request.target:
            wrote.append(request.method)
        return go()

    with fake() as gateway, client(gateway) as opened:
        gateway.intercept = gone
        error = refused(lambda: change(opened))

    assert (error.exit_code, error.applied) == (74, True)
    assert "was written, but could not be read back" in error.message


@pytest.mark.parametrize("done", [True, False])
def test_a_new_secret_with_the_mask_of_the_old_one_cannot_be_verified(done: bool) -> None:
    twin = SECRET[:4] + "-other-middle-SENTINEL" + SECRET[-4:]
    with fake() as gateway, client(gateway) as opened:
        before = opened.key("openai", "one")
        lose(gateway, Answer(fault="reset"), done=done)
        error = refused(lambda: update_key(opened, before, changed(before, value=twin)))
        assert "it is unknown whether" in error.message
        assert (error.exit_code, error.applied) == (6, None)
        gateway.intercept = lambda request, go: go()
        before = opened.key("openai", "one")
        assert update_key(opened, before, changed(before, value=twin)).applied
        assert gateway.secret("one") == twin


@pytest.mark.parametrize("name", ["update", "rotate", "delete"])
def test_a_key_that_is_neither_as_before_nor_as_wanted_was_changed_by_another(name: str) -> None:
    change = CHANGES[name][0]

    def rival(request: Request, go: Go) -> Answer:
        if request.method not in ("PUT", "DELETE"):
            return go()
        row = gateway.database.row("one")
        assert row is not None
        key = gateway.node.key("openai", "one")
        gateway.node.keys["openai"] = [type(key)(**{**vars(key), "weight": 99})]
        return Answer(fault="reset")

    with fake() as gateway, client(gateway) as opened:
        gateway.intercept = rival
        error = refused(lambda: change(opened))

    assert (error.code, error.exit_code, error.applied) == ("key-changed-meanwhile", 5, None)
    assert "weight" in error.message


def test_a_key_that_is_gone_after_a_lost_update_was_deleted_by_another() -> None:
    def rival(request: Request, go: Go) -> Answer:
        if request.method == "PUT":
            gateway.node.delete("openai", "one")
            return Answer(fault="reset")
        return go()

    with fake() as gateway, client(gateway) as opened:
        gateway.intercept = rival
        error = refused(lambda: update(opened))

    assert (error.code, error.applied) == ("key-deleted-meanwhile", None)


def test_a_key_that_comes_back_after_its_deletion_is_reported() -> None:
    def rival(request: Request, go: Go) -> Answer:
        answer = go()
        if request.method == "DELETE":
            gateway.node.create("openai", entry)
        return answer

    with fake() as gateway, client(gateway) as opened:
        entry = _members(gateway)
        gateway.intercept = rival
        error = refused(lambda: delete(opened))

    assert (error.code, error.exit_code, error.applied) == ("key-changed-meanwhile", 5, True)


def _members(gateway: FakeGateway) -> dict[str, Any]:
    from tests.stores.gateway_api.fake_keys import read_entry

    return read_entry({"id": "one", **ENTRY}, gateway.api.release, {})


def test_a_create_whose_response_has_another_key_is_reported() -> None:
    other = Answer(200, b'{"id": "theirs", "name": "second", "value": {"value": ""}}')
    with fake() as gateway, client(gateway) as opened:
        lose(gateway, other, done=False)
        error = refused(lambda: create(opened))

    assert (error.code, error.field, error.applied) == ("key-not-as-wanted", "id", True)


@pytest.mark.parametrize("done", [True, False])
def test_a_provider_is_looked_up_if_the_response_is_lost(done: bool) -> None:
    with fake() as gateway, client(gateway) as opened:
        lose(gateway, Answer(fault="reset"), done=done)
        if done:
            assert create_provider(opened, "xai").name == "xai"
        else:
            error = refused(lambda: create_provider(opened, "xai"))
            assert (error.exit_code, error.applied) == (6, None)
            assert "not stored at this node" in error.message

    assert len(gateway.sent("POST")) == 1


def test_a_gateway_that_does_not_listen_was_not_sent_anything() -> None:
    with fake() as gateway, client(gateway) as opened:
        opened.session.transport.close()
        gateway.server.__exit__(None, None, None)
        opened.session.transport = type(opened.session.transport)(opened.session.transport.settings)
        error = refused(lambda: create(opened))

    assert (error.code, error.exit_code, error.applied) == ("connection-refused", 6, False)
