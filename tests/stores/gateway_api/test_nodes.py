"""Several nodes of one database: disagreement is refused if it is seen."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from bifrost_keys.errors import ConflictError
from bifrost_keys.stores.gateway_api.client import Client
from bifrost_keys.stores.gateway_api.nodes import check_nodes
from bifrost_keys.stores.gateway_api.writes import create_key, delete_key, update_key
from tests.keys import FIRST as ENTRY
from tests.sentinel import SHORT_SECRET as SECRET
from tests.stores.gateway_api.clients import NOBODY, OTHER, RELEASES, changed, client, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.fake_secrets import mask
from tests.stores.gateway_api.http_server import Answer, Request


def checked(opened: Client, **more: Any) -> None:
    """Run the check as a command does, with everything that was read and the provider to change."""
    names = [provider.name for provider in opened.providers()]
    check_nodes(opened, "openai", {"openai": opened.keys("openai")}, provider_names=names, **more)


def balanced(first: FakeGateway, second: FakeGateway) -> None:
    """Let the first one respond for both, like a load balancer for connections."""

    def balance(request: Request, go: Go) -> Answer:
        return second.carry_out(request) if request.connection % 2 == 0 else go()

    first.intercept = balance


@pytest.mark.parametrize("release", RELEASES)
def test_one_node_agrees_with_itself(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        checked(opened)
        assert gateway.sent("PUT", "POST", "DELETE") == []

    connections = [request.connection for request in gateway.seen if request.target.endswith("openai/keys")]
    assert connections == [1, 2, 3]
    assert {request.headers.get("authorization", "")[:7] for request in gateway.seen[4:]} == {"Bearer "}


def rotated(one: FakeGateway) -> None:
    with client(one) as opened:
        before = opened.key("openai", "one")
        update_key(opened, before, changed(before, value=OTHER))


def created(one: FakeGateway) -> None:
    with client(one) as opened:
        create_key(opened, "openai", {**ENTRY, "name": "second"})


def deleted(one: FakeGateway) -> None:
    with client(one) as opened:
        delete_key(opened, opened.key("openai", "one"))


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("change", [rotated, created, deleted])
def test_nodes_that_a_change_set_apart_are_seen_behind_one_address(
    release: str, change: Callable[[FakeGateway], None]
) -> None:
    with fake(release) as one, fake(release, shared=one.database) as other:
        change(one)
        balanced(one, other)
        with client(one) as opened:
            with pytest.raises(ConflictError) as caught:
                checked(opened)
            checked(opened, node_ok=True)

    assert (caught.value.code, caught.value.exit_code, caught.value.applied) == ("nodes-disagree", 5, False)
    assert "SENTINEL" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize("release", RELEASES)
def test_a_provider_that_is_listed_and_not_served_shows_another_node(release: str) -> None:
    with fake(release) as one, fake(release, shared=one.database) as other:
        with client(one) as opened:
            opened.session.send("POST", "/api/providers", b'{"provider": "xai"}')
        with client(other) as opened:
            with pytest.raises(ConflictError, match="xai is listed and not served") as caught:
                checked(opened)

    assert caught.value.code == "nodes-disagree"


def test_without_a_database_there_is_nothing_to_share() -> None:
    with fake(authentication=False, database=False) as gateway, client(gateway, NOBODY) as opened:
        asked = len(gateway.seen)
        check_nodes(opened, "openai", {}, provider_names=["openai", "gone"])
        assert len(gateway.seen) == asked


@pytest.mark.parametrize("release", RELEASES)
def test_a_change_never_goes_to_another_node_than_its_read(release: str) -> None:
    """A balancer that changes the node at every connection, and sometimes closes one."""
    with fake(release) as one, fake(release, shared=one.database) as other:
        balanced(one, other)
        balance, chance = one.intercept, random.Random(release)

        def closing(request: Request, go: Go) -> Answer:
            answer = balance(request, go)
            return Answer(answer.status, answer.body, answer.headers, close=chance.random() < 0.2)

        one.intercept = closing
        refused = 0
        for round_ in range(40):
            with client(one) as opened:
                try:
                    before = opened.key("openai", "one")
                    update_key(opened, before, changed(before, weight=round_ + 2))
                except ConflictError:
                    refused += 1
            assert one.secret("one") == SECRET
        assert 0 < refused < 40


@pytest.mark.parametrize("release", RELEASES)
def test_without_the_check_another_node_stores_a_mask_as_the_secret(release: str) -> None:
    with fake(release) as one, fake(release, shared=one.database) as other:
        rotated(one)
        with client(one) as opened:
            mask_of_one = opened.key("openai", "one")
        with client(other) as opened:
            body = b'{"name": "first", "models": ["*"], "weight": 2, "value": "%s"}' % mask(OTHER).encode()
            opened.session.send("PUT", "/api/providers/openai/keys/one", body)
        assert mask_of_one.name == "first"
        assert one.secret("one") == mask(OTHER)
