"""A running gateway of each generation, and the command line that is logged in there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sentinel import Sentinel
from tests.stores.gateway_api.clients import RELEASES, fake
from tests.stores.gateway_api.fake_api import PASSWORD, USER
from tests.stores.gateway_api.fake_gateway import FakeGateway


@pytest.fixture(params=RELEASES)
def gateway(request: pytest.FixtureRequest) -> Iterator[FakeGateway]:
    """Yield a gateway with the key openai/first, and groq without keys."""
    with fake(request.param) as running:
        yield running


@pytest.fixture
def newest() -> Iterator[FakeGateway]:
    """Yield the same gateway, of the newest release alone."""
    with fake(RELEASES[-1]) as running:
        yield running


@pytest.fixture
def login(tmp_path: Path, sentinel: Sentinel) -> tuple[str, ...]:
    """Return the options of a user who logs in."""
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    sentinel.allow(password)
    return ("--user", USER, "--password-file", str(password))


@pytest.fixture
def keys(call: Any, gateway: FakeGateway, login: tuple[str, ...]) -> Callable[..., Any]:
    """Runs a command at the gateway, logged in."""
    return lambda *arguments, **more: call("--gateway", gateway.url, *login, *arguments, **more)
