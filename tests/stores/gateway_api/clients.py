"""Clients of the fake gateway, and keys for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from bifrost_keys.stores.gateway_api.client import Client, KeyInfo, open_gateway
from bifrost_keys.stores.gateway_api.credentials import Credential
from bifrost_keys.stores.http.address import parse_address
from bifrost_keys.stores.http.transport import Settings
from tests.keys import FIRST as ENTRY
from tests.stores.gateway_api.fake_api import PASSWORD, USER
from tests.stores.gateway_api.fake_gateway import FakeGateway
from tests.stores.gateway_api.fake_secrets import NEW, OLD

RELEASES = (OLD, NEW)
OTHER = "sk-other-SENTINEL-0002"
ADMIN = Credential("password", "--password-file", USER, PASSWORD)
NOBODY = Credential()
ENVIRONMENT = {"OPENAI_API_KEY": "sk-env-SENTINEL-0003", "REGION": "eu-SENTINEL-1"}
NETWORK = {"base_url": "http://127.0.0.1:18390/ok"}


def config(*, authentication: bool = True, database: bool = True, **providers: Any) -> dict[str, Any]:
    """Return the config of a gateway: one key of openai, and these providers."""
    openai = {"network_config": NETWORK, "keys": [{"id": "one", **ENTRY}]}
    groq = {"network_config": NETWORK, "keys": []}
    made: dict[str, Any] = {"providers": {"openai": openai, "groq": groq, **providers}}
    if authentication:
        made["governance"] = {"auth_config": {"admin_username": USER, "admin_password": PASSWORD}}
    if not database:
        made["config_store"] = {"enabled": False}
    return made


def fake(
    release: str = NEW, *, authentication: bool = True, database: bool = True, **more: Any
) -> FakeGateway:
    """Return a gateway with a key ``openai/first`` of the id ``one``, and groq without keys."""
    made = more.pop("config", None) or config(authentication=authentication, database=database)
    shared = more.pop("shared", None)
    return FakeGateway(made, release=release, environment=ENVIRONMENT, database=shared, **more)


@contextmanager
def client(
    gateway: FakeGateway, credential: Credential = ADMIN, *, seconds: float = 5.0, **more: Any
) -> Iterator[Client]:
    """Yield a client that does not wait between tries, and ``seconds`` for a response."""
    settings = Settings(parse_address(gateway.url), answer_seconds=seconds, sleep=lambda seconds: None)
    with open_gateway(settings, credential, write_seconds=seconds, **more) as opened:
        yield opened


def changed(key: KeyInfo, **members: Any) -> Mapping[str, Any]:
    """Return the key's entry with other members."""
    return {**key.entry, **members}
