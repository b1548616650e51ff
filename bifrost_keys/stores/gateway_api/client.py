"""The calls of a gateway's management API that this program makes, and their typed results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from bifrost_keys.errors import ConflictError, NotFoundError, ServerUnusableError
from bifrost_keys.stores.gateway_api.answers import read_json
from bifrost_keys.stores.gateway_api.credentials import Credential
from bifrost_keys.stores.gateway_api.gateway_info import GatewayInfo
from bifrost_keys.stores.gateway_api.governance import Reference, read_references
from bifrost_keys.stores.gateway_api.session import WRITE_SECONDS, Session, conversation
from bifrost_keys.stores.gateway_api.wire import KeyInfo, read_key
from bifrost_keys.stores.http.address import encode_part
from bifrost_keys.stores.http.transport import Settings
from bifrost_keys.stores.protocol import Notice

__all__ = ["Client", "GatewayInfo", "KeyInfo", "ProviderInfo", "Reference", "open_gateway"]


@dataclass(frozen=True)
class ProviderInfo:
    """A provider that is configured at a gateway.

    ``settings`` are shown by the gateway, including headers and proxies, so they must not be printed.
    ``state`` is whether the gateway can use it, ``status`` is its note on the provider's list of models.
    """

    name: str
    settings: Mapping[str, Any] = field(repr=False)
    state: str | None = None
    status: str | None = None
    description: str | None = field(default=None, repr=False)

    @property
    def custom_provider_config(self) -> Mapping[str, Any] | None:
        """The base of a custom provider; None for a built-in one."""
        config = self.settings.get("custom_provider_config")
        return config if isinstance(config, Mapping) else None

    @property
    def base_url(self) -> str | None:
        """The address of the provider, if it is not the usual one."""
        network = self.settings.get("network_config")
        url = network.get("base_url") if isinstance(network, Mapping) else None
        return url if isinstance(url, str) and url else None


class Client:
    """A gateway after the initial requests. Every method is one call, and raises what ``answers`` says."""

    def __init__(self, session: Session, info: GatewayInfo) -> None:
        self.session = session
        self.info = info

    def __repr__(self) -> str:
        return f"Client({self.info.url!r})"

    @property
    def notices(self) -> list[Notice]:
        """Failures that did not stop the run; complete after the block of ``open_gateway``."""
        return self.session.notices

    def fresh(self) -> Client:
        """Return the same gateway on a connection of its own, which may lead to another node."""
        return Client(self.session.fresh(), self.info)

    def providers(self) -> tuple[ProviderInfo, ...]:
        """Return the providers in the gateway's database, in its order."""
        answer = self.session.ask("/api/providers", "its providers")
        return tuple(map(_provider, _list(answer, "providers")))

    def provider(self, name: str) -> ProviderInfo:
        """Return one provider; raise NotFoundError."""
        return _provider(self.session.ask(provider_path(name), self.label(name)))

    def keys(self, provider: str) -> tuple[KeyInfo, ...]:
        """Return the keys that the gateway serves for a provider; raise NotFoundError."""
        answer = self.session.ask(keys_path(provider), f"the keys of {self.label(provider)}")
        return tuple(read_key(provider, each) for each in _list(answer, "keys"))

    def key(self, provider: str, key_id: str) -> KeyInfo:
        """Return one key by its id; raise NotFoundError."""
        what = f"the key {self.label(provider, key_id)}"
        return read_key(provider, self.session.ask(key_path(provider, key_id), what))

    def refresh_models(self, provider: str, key_id: str, name: str = "") -> KeyInfo:
        """Ask the provider for its models with this key.

        Raise NotFoundError on releases before 2.2, ConflictError if the gateway is already asking.
        """
        path = f"{key_path(provider, key_id)}/refresh-models"
        label = self.label(provider, name or key_id)
        try:
            answer = read_json(
                self.session.send("POST", path), f"the models of {label}", self.session.sentences
            )
        except NotFoundError as error:
            if error.code == "call-not-supported":
                error.message = f"this release of the gateway cannot test {label}"
                error.hint = (
                    "releases from 2.2 on can; keys get shows the result of the gateway's own last test"
                )
            raise
        except ConflictError as error:
            error.code, error.hint = "test-under-way", "try again after that test"
            raise
        return read_key(provider, answer)

    def references(self) -> tuple[Reference, ...]:
        """Return the references to keys; there are none without a database. Raise AccessDeniedError."""
        return read_references(self.session) if self.info.persistent else ()

    def description(self, noted: KeyInfo | ProviderInfo) -> str | None:
        """Return what the provider said of a key or of itself, in a form that may be shown."""
        return None if noted.description is None else self.session.sentences.description(noted.description)

    def label(self, provider: str, name: str | None = None) -> str:
        """Return the name of a provider, or of one of its keys, for a message."""
        text = provider if name is None else f"{provider}/{name}"
        return self.session.sentences.message(text)


@contextmanager
def open_gateway(
    settings: Settings,
    credential: Credential,
    *,
    release: str | None = None,
    brief: bool = False,
    write_seconds: float = WRITE_SECONDS,
) -> Iterator[Client]:
    """Yield a client, logged in if necessary; log out at the end of the block."""
    opened = conversation(settings, credential, release=release, brief=brief, write_seconds=write_seconds)
    with opened as (session, info):
        yield Client(session, info)


def provider_path(provider: str) -> str:
    """Return the path of a provider."""
    return f"/api/providers/{encode_part(provider)}"


def keys_path(provider: str) -> str:
    """Return the path of a provider's keys."""
    return f"{provider_path(provider)}/keys"


def key_path(provider: str, key_id: str) -> str:
    """Return the path of a key."""
    return f"{keys_path(provider)}/{encode_part(key_id)}"


def _list(answer: object, member: str) -> list[object]:
    found = answer.get(member, ...) if isinstance(answer, Mapping) else ...
    if found is None:
        return []
    if not isinstance(found, list):
        raise ServerUnusableError(
            f"the gateway's response does not contain a list of {member}", code="answer-not-json"
        )
    return found


def _provider(raw: object) -> ProviderInfo:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("name"), str):
        raise ServerUnusableError("the gateway shows a provider without a name", code="answer-not-json")
    noted = (raw.get(name) for name in ("provider_status", "status", "description"))
    return ProviderInfo(raw["name"], raw, *(each if isinstance(each, str) else None for each in noted))
