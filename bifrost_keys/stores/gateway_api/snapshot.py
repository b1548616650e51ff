"""The keys of a running gateway at one moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from bifrost_keys.errors import AccessDeniedError, InvalidInputError, NotFoundError
from bifrost_keys.gateway.references import Reference, References
from bifrost_keys.gateway.releases import ANY_RELEASE, ReleaseRange, exactly, parse_release
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.stores.gateway_api.client import Client, ProviderInfo
from bifrost_keys.stores.gateway_api.governance import Place
from bifrost_keys.stores.gateway_api.governance import Reference as GatewayReference
from bifrost_keys.stores.gateway_api.wire import KeyInfo
from bifrost_keys.stores.protocol import GatewayFacts, Key, ProviderState, Result, keys_by_value

# The members of a provider at a gateway that are not settings.
_NOT_SETTINGS: Final = frozenset(
    {"name", "provider", "provider_status", "status", "description", "config_hash"}
)
# The blocks of a config.json for the lists of a gateway.
_BLOCKS: Final[Mapping[Place, str]] = {
    "virtual-key": "virtual_keys",
    "routing-rule": "routing_rules",
    "pricing-override": "pricing_overrides",
}


class GatewaySnapshot:
    """The keys of a gateway. Those of a provider are read once, when they are first needed."""

    empty_models_allow_all = False
    reserved_names: frozenset[str] = frozenset()
    disable_needs_blacklist = False
    wants_keys = False
    drops_providers = False
    served = True
    text_faults = ()
    rows = None
    rows_unread = ()

    def __init__(self, client: Client, *, unchecked: bool = False) -> None:
        self.client = client
        self.source = client.info.url
        self._unchecked = unchecked
        self._unread = ""  # why the references could not be read
        self._read: dict[str, tuple[KeyInfo, ...]] = {}
        self._unserved: set[str] = set()
        self._by_value: dict[str, Mapping[str, Sequence[Key]]] = {}

    @cached_property
    def _providers(self) -> dict[str, ProviderInfo]:
        return {provider.name: provider for provider in self.client.providers()}

    @cached_property
    def _spelled(self) -> dict[str, str]:
        return {name.lower(): name for name in reversed(self._providers)}

    @cached_property
    def releases(self) -> ReleaseRange:
        """The release of the gateway; any release if it is unknown, as for own builds with v1.0.0."""
        try:
            return exactly(parse_release(self.client.info.release or ""))
        except InvalidInputError:
            return ANY_RELEASE

    @property
    def providers(self) -> Sequence[str]:
        """The providers that the gateway lists, in its order."""
        return tuple(self._providers)

    def provider_name(self, name: str) -> str | None:
        """Return the gateway's spelling of this provider, ignoring case."""
        return self._spelled.get(name.lower())

    def provider_settings(self, provider: str) -> Mapping[str, Any]:
        """Return the provider's settings in the form of the file. Raise NotFoundError."""
        settings = self._provider(provider).settings
        return {name: value for name, value in settings.items() if name not in _NOT_SETTINGS}

    def has_keys(self, provider: str) -> bool:
        """Return True, because every provider of a gateway has a list of keys. Raise NotFoundError."""
        return bool(self._provider(provider))

    def keys(self, provider: str | None = None) -> Iterator[Key]:
        """Yield the keys that the gateway serves. Raise NotFoundError."""
        chosen = self.providers if provider is None else (self._provider(provider).name,)
        for name in chosen:
            for position, info in enumerate(self._infos(name)):
                yield Key(name, position, info.id, info.name or None, self._fields)

    def keys_with_value(self, provider: str, value: str) -> Sequence[Key]:
        """Return the provider's keys with this value, as far as the gateway shows it. Raise NotFoundError."""
        name = self._provider(provider).name
        if name not in self._by_value:
            self._by_value[name] = keys_by_value(self.keys(name))
        return self._by_value[name].get(value, ())

    @cached_property
    def governance(self) -> Sequence[tuple[Path, GatewayReference]]:
        """The objects that refer to keys, with their places; none if the credential may not see them."""
        try:
            found = self.client.references()
        except AccessDeniedError as error:
            self._unread = error.message
            return ()
        return [(("governance", _BLOCKS[each.place], each.name), each) for each in found]

    @cached_property
    def references(self) -> References:
        """The references to keys, all by id."""
        found = [
            Reference(path, "id", None, key_id, "unused")  # ids are unique over all providers
            for path, each in self.governance
            for key_id in each.key_ids
        ]
        return References(
            found,
            where="at the gateway",
            without_key="the gateway would delete the key, and a virtual key without keys then denies "
            "everything",
            unread="" if self._unchecked else self._unread,
        )

    @property
    def passed_over_references(self) -> bool:
        """Whether they could not be read, and were not to be looked at."""
        return self._unchecked and bool(self._unread)

    def references_by_name(self, key: Key) -> Sequence[Reference]:  # noqa: ARG002
        """Return nothing, because at a gateway every reference is by id."""
        return ()

    def unresolved(self, key: Key) -> Sequence[str]:
        """Return the dotted names of members whose variable is not set at the gateway, or empty."""
        return self.info(key).unset

    def settled(self, work: Callable[[], Result]) -> Result:
        """Return the result of ``work``, which is final because the keys that were read do not change."""
        return work()

    def own_faults(self) -> Iterable[Fault]:
        """Return references to missing keys, and virtual keys without keys; or a warning if unreadable."""
        from bifrost_keys.stores.gateway_api.own_faults import gateway_faults  # only for checks

        return gateway_faults(self)

    def key_faults(self, key: Key) -> Iterable[Fault]:
        """References to variables that are not set at the gateway, and a provider that refuses the key."""
        from bifrost_keys.stores.gateway_api.own_faults import served_key_faults

        return served_key_faults(self, key)

    def position(self, path: Path) -> None:
        """Return None, because a gateway has no text."""

    def provider_states(self) -> list[ProviderState]:
        """Return the gateway's information about each configured provider."""
        return [
            ProviderState(
                each.name,
                each.state or "unknown",
                each.status or "unknown",
                self.client.description(each),
                custom=each.custom_provider_config is not None,
            )
            for each in self._providers.values()
        ]

    def describe(self) -> GatewayFacts:
        """Return the description of the gateway for results."""
        info = self.client.info
        return GatewayFacts(info.url, info.release, info.persistent)

    def info(self, key: Key) -> KeyInfo:
        """Return the key as the gateway returned it."""
        return self._infos(key.provider)[key.position]

    @property
    def read_so_far(self) -> Mapping[str, Sequence[KeyInfo]]:
        """The keys of each provider that was read."""
        return self._read

    def _provider(self, name: str) -> ProviderInfo:
        spelled = self.provider_name(name)
        if spelled is None:
            raise NotFoundError(f"no such provider at {self.source}", code="provider-not-found")
        return self._providers[spelled]

    def _infos(self, provider: str) -> tuple[KeyInfo, ...]:
        if provider in self._unserved:
            return ()
        if provider not in self._read:
            try:
                self._read[provider] = self.client.keys(provider)
            except NotFoundError:  # listed, but not served by this node, so that a change will be refused
                self._unserved.add(provider)
                return ()
        return self._read[provider]

    def _fields(self, key: Key) -> Mapping[str, Any]:
        info = self.info(key)
        noted = {"status": info.status, "description": self.client.description(info)}
        return {**info.entry, **{name: text for name, text in noted.items() if text is not None}}
