"""examples/gateway, with a gateway and a provider in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.machine import EXAMPLES, Machine
from tests.sentinel import Sentinel
from tests.stores.gateway_api.clients import RELEASES, config, fake
from tests.stores.gateway_api.fake_api import PASSWORD, USER
from tests.stores.gateway_api.fake_discovery import STUB
from tests.stores.gateway_api.fake_gateway import FakeGateway
from tests.stores.gateway_api.http_server import Answer, HttpServer, Request

OLD, NEW = "sk-old-SENTINEL-0000000000000000", "sk-new-SENTINEL-1111111111111111"
# The gateway in this process finds that such a secret fails; the provider below takes it.
DENIED_THERE = "sk-denied-SENTINEL-2222222222222222"


def provider(request: Request) -> Answer:
    """Return the provider's list of models, for the secrets that it knows."""
    secret = request.headers["authorization"].removeprefix("Bearer ")
    if secret not in (OLD, NEW, DENIED_THERE):
        return Answer(401, b'{"error": {"message": "Incorrect API key provided"}}')
    return Answer(body=b'{"data": [{"id": "gpt-4o"}]}')


@pytest.fixture(params=RELEASES)
def gateway(request: pytest.FixtureRequest) -> Iterator[FakeGateway]:
    """Yield a gateway of each generation with one key, whose provider is in this process too."""
    with HttpServer(provider) as server:
        entry = {"id": "one", "name": "first", "value": OLD, "models": ["*"], "weight": 1}
        openai = {"network_config": {"base_url": f"{server.url}/{STUB}/deny-one"}, "keys": [entry]}
        with fake(request.param, config=config(openai=openai)) as running:
            yield running


@pytest.fixture
def at_gateway(machine: Machine, gateway: FakeGateway) -> Machine:
    """Return a machine that finds the gateway through its environment."""
    machine.install("jq")
    login = {"BIFROST_GATEWAY_USER": USER, "BIFROST_GATEWAY_PASSWORD": PASSWORD}
    machine.environ |= {"BIFROST_GATEWAY_URL": gateway.url, **login}
    return machine


def served(gateway: FakeGateway) -> str:
    """Return the secret that the gateway uses now."""
    row = gateway.database.row("one")
    assert row is not None
    return str(row.key.value.value)


def rotate(machine: Machine, sentinel: Sentinel, secret: str) -> tuple[int, str, str]:
    """Run the recipe with a manager that prints this secret."""
    sentinel.allow(machine.program("manager", f"#!/bin/sh\necho {secret}\n"))
    done = machine("/bin/sh", EXAMPLES / "gateway" / "rotate.sh", "openai/first", "manager")
    return done.returncode, done.stdout, done.stderr


def test_a_secret_that_works_is_rotated(
    at_gateway: Machine, gateway: FakeGateway, sentinel: Sentinel
) -> None:
    code, told, _ = rotate(at_gateway, sentinel, NEW)
    assert (code, served(gateway)) == (0, NEW)
    assert told.endswith("success at the gateway; revoke the old secret at the provider now\n")


def test_a_secret_that_the_provider_refuses_is_not_written(
    at_gateway: Machine, gateway: FakeGateway, sentinel: Sentinel
) -> None:
    code, told, error = rotate(at_gateway, sentinel, "sk-wrong-SENTINEL-333333333333")
    assert (code, told, served(gateway)) == (1, "", OLD)
    assert "401" in error
    assert gateway.sent("POST", "PUT", "DELETE") == []


def test_a_secret_that_the_gateway_cannot_use_is_reported(
    at_gateway: Machine, gateway: FakeGateway, sentinel: Sentinel
) -> None:
    code, told, error = rotate(at_gateway, sentinel, DENIED_THERE)
    assert (code, told, served(gateway)) == (1, "", DENIED_THERE)
    assert "give it the old one again" in error


def test_a_missing_key_ends_the_rotation(
    at_gateway: Machine, gateway: FakeGateway, sentinel: Sentinel
) -> None:
    done = at_gateway("/bin/sh", EXAMPLES / "gateway" / "rotate.sh", "openai/nope", "manager")
    assert (done.returncode, served(gateway)) == (4, OLD)


def drift(machine: Machine, **env: str) -> tuple[int, str]:
    done = machine("/bin/sh", EXAMPLES / "gateway" / "drift.sh", env=env)
    return done.returncode, done.stdout


def test_drift_is_printed_and_nothing_else(at_gateway: Machine, gateway: FakeGateway) -> None:
    file = at_gateway.root / "config.json"
    entry = {"id": "one", "name": "first", "value": OLD, "models": ["*"], "weight": 1}
    stray = {"name": "stray", "value": "env.STRAY", "models": ["*"], "weight": 1}
    write(file, [entry])
    named = {"BIFROST_CONFIG": str(file)}
    assert drift(at_gateway, **named) == (0, "")
    write(file, [{**entry, "weight": 2}, stray])
    assert drift(at_gateway, **named) == (
        10,
        "openai/first: differs (weight)\nopenai/stray: only-in-file\n",
    )


def test_secrets_that_cannot_be_compared_are_not_a_difference(
    at_gateway: Machine, gateway: FakeGateway
) -> None:
    file = at_gateway.root / "config.json"
    write(file, [])
    assert drift(at_gateway, BIFROST_CONFIG=str(file), BIFROST_GATEWAY_PASSWORD="wrong")[0] == 3
    assert drift(at_gateway, BIFROST_CONFIG=str(file.with_name("none.json")))[0] == 4


def write(file: Path, keys: list[dict[str, object]]) -> None:
    file.write_text(json.dumps({"providers": {"openai": {"keys": keys}}}))
