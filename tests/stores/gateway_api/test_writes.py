"""Read, compare, write once, read back: the effect of every change, and what it leaves alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from bifrost_keys.errors import BifrostKeysError, InvalidInputError, NotFoundError
from bifrost_keys.gateway.secrets.masked import Masked
from bifrost_keys.stores.gateway_api.client import Client, KeyInfo
from bifrost_keys.stores.gateway_api.new_provider import create_provider
from bifrost_keys.stores.gateway_api.writes import (
    Written,
    create_key,
    delete_key,
    update_key,
)
from tests.keys import FIRST as ENTRY
from tests.sentinel import SHORT_SECRET as SECRET
from tests.stores.gateway_api.clients import NOBODY, OTHER, RELEASES, changed, client, config, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.http_server import Answer, Request

KEY = "/api/providers/openai/keys/one"
Change = Callable[[Client, KeyInfo], Written]


def weigh(opened: Client, before: KeyInfo) -> Written:
    """Make a change that sends a mask back."""
    return update_key(opened, before, changed(before, weight=7))


def rotate(opened: Client, before: KeyInfo) -> Written:
    """Make a change that cannot destroy a secret."""
    return update_key(opened, before, changed(before, value=OTHER))


def delete(opened: Client, before: KeyInfo) -> Written:
    """Delete a key."""
    return delete_key(opened, before)


CHANGES = pytest.mark.parametrize("change", [weigh, rotate, delete])


def lines(gateway: FakeGateway, since: int = 0) -> list[str]:
    """Return the requests about keys, after the first ``since``."""
    sent = [f"{request.method} {request.target}" for request in gateway.seen if "/keys" in request.target]
    return sent[since:]


def refused(change: Callable[[], object]) -> BifrostKeysError:
    """Return the error of a change."""
    with pytest.raises(BifrostKeysError) as caught:
        change()
    assert "SENTINEL" not in f"{caught.value} {caught.value.hint}"
    return caught.value


@pytest.mark.parametrize("release", RELEASES)
def test_an_update_reads_writes_and_looks_again_on_one_connection(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        written = weigh(opened, opened.keys("openai")[0])
        assert gateway.secret("one") == SECRET

    assert lines(gateway, 1) == [f"GET {KEY}", f"PUT {KEY}", f"GET {KEY}"]
    assert {request.connection for request in gateway.seen} == {1}
    assert (written.key.id, written.key.name, written.key.provider, written.entry["weight"]) == (
        "one",
        "first",
        "openai",
        7,
    )
    assert (written.gateway_status, written.description, written.applied) == ("success", None, True)
    assert written.sent_masks


@pytest.mark.parametrize("release", RELEASES)
def test_a_rotation_sends_the_secret_and_no_mask(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        written = rotate(opened, opened.key("openai", "one"))
        assert gateway.secret("one") == OTHER

    assert not written.sent_masks
    assert isinstance(written.entry["value"], Masked)
    assert "SENTINEL" not in repr(written)


@pytest.mark.parametrize("release", RELEASES)
def test_a_create_makes_its_own_id_and_looks_again(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        written = create_key(opened, "groq", {"name": "new", "value": OTHER, "models": ["*"], "weight": 1})
        assert gateway.secret(written.key.id) == OTHER

    assert UUID(written.key.id).version == 4
    assert lines(gateway) == [
        "POST /api/providers/groq/keys",
        f"GET /api/providers/groq/keys/{written.key.id}",
    ]
    assert (written.key.name, written.gateway_status, written.sent_masks) == ("new", "success", False)


@pytest.mark.parametrize("release", RELEASES)
def test_a_delete_reads_deletes_and_looks_again(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        written = delete(opened, opened.keys("openai")[0])
        assert gateway.database.rows == []

    assert lines(gateway, 1) == [f"GET {KEY}", f"DELETE {KEY}", f"GET {KEY}"]
    assert (written.key.name, written.entry["name"], written.applied) == ("first", "first", True)


@pytest.mark.parametrize("release", RELEASES)
def test_a_provider_is_configured_by_its_name(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        assert create_provider(opened, "xai").name == "xai"
        assert create_key(opened, "xai", {**ENTRY, "name": "new"}).key.provider == "xai"
        error = refused(lambda: create_provider(opened, "xai"))

    assert (error.code, error.exit_code, error.applied) == ("provider-exists", 5, False)
    assert json.loads(gateway.sent("POST")[0].body) == {"provider": "xai"}


def test_a_provider_is_sent_in_lower_case() -> None:
    with fake() as gateway, client(gateway) as opened:
        assert create_provider(opened, "Gemini").name == "gemini"
    assert json.loads(gateway.sent("POST")[0].body) == {"provider": "gemini"}


def test_a_provider_that_the_gateway_would_not_serve_is_not_sent() -> None:
    with fake() as gateway, client(gateway) as opened:
        error = refused(lambda: create_provider(opened, "nosuch"))
        assert (error.code, error.exit_code) == ("provider-not-found", 4)
    with fake(authentication=False, database=False) as empty, client(empty, NOBODY) as opened:
        assert refused(lambda: create_provider(opened, "xai")).code == "provider-needs-database"

    assert gateway.sent("POST") == empty.sent("POST") == []


# Nothing is sent before the body is valid


@pytest.mark.parametrize(
    "members",
    [
        {"value": True},
        {"value": {}},
        {"value": '"SENTINEL"'},
        {"weight": float("nan")},
        {"value": "sk-\ud800"},
    ],
)
def test_a_key_that_cannot_be_sent_causes_no_request(members: dict[str, Any]) -> None:
    with fake() as gateway, client(gateway) as opened:
        before, asked = opened.key("openai", "one"), len(gateway.seen)
        for change in (
            lambda: update_key(opened, before, changed(before, **members)),
            lambda: create_key(opened, "openai", {**ENTRY, **members}),
        ):
            error = refused(change)
            assert (error.exit_code, error.applied) == (65, False)
        assert len(gateway.seen) == asked


def test_a_mask_of_another_secret_is_never_sent() -> None:
    groq = {"keys": [{"id": "two", **ENTRY, "name": "second", "value": OTHER}]}
    with fake(config=config(groq=groq)) as gateway, client(gateway) as opened:
        one, two = opened.key("openai", "one"), opened.key("groq", "two")
        for change in (
            lambda: update_key(opened, one, changed(one, value=two.entry["value"])),
            lambda: update_key(opened, one, changed(one, azure_key_config={"client_id": one.entry["value"]})),
            lambda: create_key(opened, "openai", {**one.entry, "name": "copy"}),
        ):
            error = refused(change)
            assert (error.code, error.exit_code) == ("mask-foreign", 65)
        assert gateway.sent("PUT", "POST") == []


@pytest.mark.parametrize("release", RELEASES)
def test_a_mask_that_is_cut_within_a_character_is_refused(release: str) -> None:
    secret = "abc\u00e9 SENTINEL \u00e9xyz"
    openai = {"keys": [{"id": "one", **ENTRY, "value": secret}]}
    with fake(release, config=config(openai=openai)) as gateway, client(gateway) as opened:
        before = opened.key("openai", "one")
        error = refused(lambda: weigh(opened, before))
        assert (error.code, error.exit_code, error.field) == ("mask-cut", 5, "value")
        assert gateway.sent("PUT") == []
        rotate(opened, before)  # with the secret in the change it works
        assert gateway.secret("one") == OTHER


# Somebody else


RIVALS: dict[str, tuple[dict[str, Any], str]] = {
    "rotates": ({"value": "sk-rival-SENTINEL-0009"}, "value"),
    "sets a reference": ({"value": "env.OPENAI_API_KEY"}, "value"),
    "weighs": ({"weight": 9}, "weight"),
    "renames": ({"name": "renamed"}, "name"),
    "disables": ({"enabled": False}, "enabled"),
    "limits": ({"models": ["a"]}, "models"),
}


@CHANGES
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("rival", RIVALS)
def test_a_key_that_changed_since_it_was_read_is_not_written(
    change: Change, release: str, rival: str
) -> None:
    members, named = RIVALS[rival]
    with fake(release) as gateway, client(gateway) as opened:
        before = opened.key("openai", "one")
        gateway.node.update("openai", "one", _members(gateway, members))
        row = gateway.database.row("one")
        error = refused(lambda: change(opened, before))
        assert (error.code, error.exit_code, error.applied) == ("key-changed-meanwhile", 5, False)
        assert named in error.message
        assert gateway.sent("PUT", "DELETE") == []
        assert gateway.database.row("one") == row


def _members(gateway: FakeGateway, members: dict[str, Any]) -> dict[str, Any]:
    from tests.stores.gateway_api.fake_keys import read_entry

    entry = {**ENTRY, "enabled": True, **members}
    return read_entry(entry, gateway.api.release, gateway.node.environment)


@CHANGES
def test_a_key_that_was_deleted_since_it_was_read_is_not_written(change: Change) -> None:
    with fake() as gateway, client(gateway) as opened:
        before = opened.key("openai", "one")
        gateway.node.delete("openai", "one")
        error = refused(lambda: change(opened, before))

    assert (error.code, error.exit_code, error.applied) == ("key-deleted-meanwhile", 5, False)
    assert gateway.sent("PUT", "DELETE") == []


@CHANGES
def test_a_key_that_is_deleted_between_read_and_write_is_reported(change: Change) -> None:
    def rival(request: Request, go: Go) -> Answer:
        if request.method in ("PUT", "DELETE"):
            gateway.node.delete("openai", "one")
        return go()

    with fake() as gateway, client(gateway) as opened:
        before = opened.key("openai", "one")
        gateway.intercept = rival
        assert refused(lambda: change(opened, before)).code == "key-deleted-meanwhile"


def test_status_and_description_do_not_count_as_a_change() -> None:
    deny = {
        "custom_provider_config": {"base_provider_type": "openai"},
        "keys": [{"id": "two", **ENTRY, "name": "d"}],
    }
    deny["network_config"] = {"base_url": "http://127.0.0.1:18390/deny"}
    with fake(config=config(deny=deny)) as gateway, client(gateway) as opened:
        before = opened.key("deny", "two")
        gateway.node.providers["deny"]["network_config"] = {"base_url": "http://127.0.0.1:18390/ok"}
        gateway.node.update("deny", "two", _members(gateway, {"name": "d"}))
        now = opened.key("deny", "two")
        assert (before.status, now.status) == ("list_models_failed", "success")
        weigh(opened, KeyInfo(**{**vars(now), "status": before.status, "description": before.description}))


def test_a_result_that_differs_from_the_request_is_reported() -> None:
    def rival(request: Request, go: Go) -> Answer:
        answer = go()
        if request.method == "PUT":
            gateway.node.update("openai", "one", _members(gateway, {"weight": 9}))
        return answer

    with fake() as gateway, client(gateway) as opened:
        before = opened.key("openai", "one")
        unknown = refused(lambda: update_key(opened, before, changed(before, tags=["a"])))
        before = opened.key("openai", "one")
        gateway.intercept = rival
        overwritten = refused(lambda: weigh(opened, before))

    assert (unknown.code, unknown.field, unknown.applied) == ("key-not-as-wanted", "tags", True)
    assert "this release may not support" in str(unknown.hint)
    assert (overwritten.code, overwritten.field, overwritten.exit_code) == ("key-not-as-wanted", "weight", 5)
    assert "someone else" in str(overwritten.hint)


@pytest.mark.parametrize("release", RELEASES)
def test_a_name_that_is_taken_is_a_conflict(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        new = {**ENTRY, "value": OTHER}
        listed = refused(lambda: create_key(opened, "groq", new, listed_names={"first"}))
        unlisted = refused(lambda: create_key(opened, "groq", new, listed_names=set()))
        other = create_key(opened, "groq", {**new, "name": "second"})
        before = opened.key("groq", other.key.id)
        renamed = refused(lambda: update_key(opened, before, changed(before, name="first")))
        assert opened.key("groq", other.key.id).name == "second"

    for error in (listed, unlisted, renamed):
        assert (error.code, error.exit_code, error.applied) == ("name-taken", 5, False)
    assert listed.hint is None
    assert "half written" in str(unlisted.hint)


@pytest.mark.parametrize("release", RELEASES)
def test_a_key_of_an_unset_reference_can_only_be_rotated_or_deleted(release: str) -> None:
    openai = {"keys": [{"id": "one", **ENTRY, "value": "env.NOT_SET", "enabled": True}]}
    with fake(release, config=config(openai=openai)) as gateway, client(gateway) as opened:
        before = opened.key("openai", "one")
        for members in ({"enabled": False}, {"name": "x"}, {"weight": 2}):
            error = refused(lambda members=members: update_key(opened, before, changed(before, **members)))
            assert (error.code, error.exit_code, error.applied) == ("reference-not-set", 65, False)
            assert "rotated or deleted" in str(error.hint)
        rotate(opened, before)
        assert gateway.secret("one") == OTHER
        new = {**ENTRY, "name": "new", "value": "env.NOT_SET"}
        assert refused(lambda: create_key(opened, "openai", new)).code == "reference-not-set"
        delete(opened, opened.key("openai", "one"))


def test_a_provider_that_is_not_configured_takes_no_key() -> None:
    with fake() as gateway, client(gateway) as opened:
        error = refused(lambda: create_key(opened, "xai", {**ENTRY, "name": "new"}))

    assert isinstance(error, NotFoundError)
    assert (error.code, error.applied, len(gateway.sent("POST"))) == ("provider-not-found", False, 1)


def test_a_keyless_provider_takes_no_change() -> None:
    keyless = {"custom_provider_config": {"base_provider_type": "openai", "is_key_less": True}, "keys": []}
    with fake(config=config(keyless=keyless)) as gateway, client(gateway) as opened:
        error = refused(lambda: create_key(opened, "keyless", {**ENTRY, "name": "new"}))

    assert isinstance(error, InvalidInputError)
    assert error.applied is False


# One connection


@CHANGES
def test_a_connection_that_is_lost_before_the_write_begins_anew(change: Change) -> None:
    lost = iter([True, True, False])

    def closing(request: Request, go: Go) -> Answer:
        answer = go()
        close = request.target == KEY and request.method == "GET" and next(lost, False)
        return Answer(answer.status, answer.body, answer.headers, close=close)

    with fake() as gateway, client(gateway) as opened:
        (before,) = opened.keys("openai")
        gateway.intercept = closing
        change(opened, before)

    assert lines(gateway, 1)[:4] == [f"GET {KEY}"] * 3 + [f"{gateway.sent('PUT', 'DELETE')[0].method} {KEY}"]
    reads = [request.connection for request in gateway.seen if request.target == KEY]
    assert reads[:4] == [1, 2, 3, 3]


@CHANGES
def test_a_connection_that_is_lost_every_time_sends_nothing(change: Change) -> None:
    def closing(request: Request, go: Go) -> Answer:
        answer = go()
        return Answer(answer.status, answer.body, answer.headers, close=True)

    with fake() as gateway, client(gateway) as opened:
        (before,) = opened.keys("openai")
        gateway.intercept = closing
        error = refused(lambda: change(opened, before))

    assert (error.code, error.exit_code, error.applied) == ("connection-lost", 6, False)
    assert lines(gateway, 1) == [f"GET {KEY}"] * 3


def test_a_change_between_two_beginnings_is_seen() -> None:
    def closing(request: Request, go: Go) -> Answer:
        answer = go()
        if request.target == KEY:
            gateway.node.update("openai", "one", _members(gateway, {"value": "sk-rival-SENTINEL-0009"}))
        return Answer(answer.status, answer.body, answer.headers, close=request.target == KEY)

    with fake() as gateway, client(gateway) as opened:
        (before,) = opened.keys("openai")
        gateway.intercept = closing
        error = refused(lambda: weigh(opened, before))

    assert error.code == "key-changed-meanwhile"
    assert gateway.sent("PUT") == []
