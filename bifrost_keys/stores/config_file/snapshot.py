"""The keys of a ``config.json``, with the state of the gateway's database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain
from typing import Any

from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.references import Reference, References, find_references
from bifrost_keys.gateway.releases import ReleaseRange
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.config_file.gateway_state import GatewayState, read_gateway_state
from bifrost_keys.stores.config_file.key_list import KeyList, NumberIndex
from bifrost_keys.stores.config_file.layout import ProviderSpan
from bifrost_keys.stores.config_file.next_starts import NextStarts
from bifrost_keys.stores.protocol import Key


class FileSnapshot:
    """The keys of one document. The gateway's database is read when it is first needed."""

    wants_keys = True

    def __init__(self, document: Document, given: str | None, *, release: str | None = None) -> None:
        """``given`` is the path as given to the gateway, None for a stream."""
        self.document = document
        self._given = given
        self._release = release
        self._with_aliases: dict[str, Sequence[Key]] = {}
        self._by_value: dict[str, NumberIndex] = {}

    @property
    def source(self) -> str:
        """The file's path, or "standard input"."""
        return self.document.source

    @property
    def providers(self) -> Sequence[str]:
        """The providers, in the order and spelling of the file."""
        return self.document.providers

    def provider_name(self, name: str) -> str | None:
        """Return the file's spelling of this provider, ignoring case; None if it has no such provider."""
        return self.document.provider_name(name)

    def provider_settings(self, provider: str) -> Mapping[str, Any]:
        """Return the provider's members other than ``keys``. Raise NotFoundError."""
        return self.document.provider_settings(provider)

    def has_keys(self, provider: str) -> bool:
        """Return whether the provider has a list ``keys``. Raise NotFoundError."""
        return self.document.has_keys(provider)

    def keys(self, provider: str | None = None) -> Iterator[Key]:
        """Return the keys in the order of the file. Raise NotFoundError."""
        document = self.document
        spans = document.spans if provider is None else (document.provider_span(provider),)
        return chain.from_iterable(map(self._keys_of, spans))

    def keys_with_value(self, provider: str, value: str) -> Sequence[Key]:
        """The provider's keys with this value, in the order of the file. Raises NotFoundError."""
        span = self.document.provider_span(provider)
        if span.name not in self._by_value:
            self._by_value[span.name] = NumberIndex(span.keys.values if span.keys else ())
        found = self._keys_of(span, self._by_value[span.name].places(hash(value)))
        return [key for key in found if key.fields.get("value") == value]

    def _keys_of(self, span: ProviderSpan, places: Iterable[int] | None = None) -> Iterator[Key]:
        """The keys at these places of a provider, or all."""
        keys = span.keys
        if keys is None:
            return
        load = partial(self._load, keys)
        for place in range(len(keys.starts)) if places is None else places:
            if place not in keys.skipped:
                yield Key(span.name, place, keys.ids[place], keys.names[place], load)

    def _load(self, keys: KeyList, key: Key) -> Mapping[str, Any]:
        return self.document.load_at(keys.starts[key.position])

    def keys_with_aliases(self, provider: str) -> Sequence[Key]:
        """Yield the keys of a provider that have aliases, and perhaps others that contain that word."""
        if provider not in self._with_aliases:
            text, entries = self.document.text, self.document.entries(provider)
            found = zip(entries, self.keys(provider), strict=True)
            self._with_aliases[provider] = [
                key for ref, key in found if text.find('"aliases"', ref.start, ref.end) >= 0
            ]
        return self._with_aliases[provider]

    @cached_property
    def references(self) -> References:
        """The references to keys from elsewhere in the file."""
        return References(find_references(self.document.top))

    def references_by_name(self, key: Key) -> Sequence[Reference]:
        """Return the references by name, which a renamed key would leave behind."""
        found = self.references.to(provider=key.provider, name=key.name, id=key.id)
        return [reference for reference in found if reference.kind == "name"]

    def unresolved(self, key: Key) -> Sequence[str]:  # noqa: ARG002
        """Return nothing: the environment of the gateway is not known here."""
        return ()

    @property
    def drops_providers(self) -> bool:
        """Whether the gateway drops an invalid provider; it keeps one if the file always wins."""
        return not self.gateway.file_wins

    @property
    def empty_models_allow_all(self) -> bool:
        """Whether a key without models serves every model, as ``"version": 1`` says."""
        return self.document.empty_models_allow_all

    @property
    def releases(self) -> ReleaseRange:
        """The releases that the gateway can be, according to the user or its database."""
        return self.gateway.releases

    @cached_property
    def reserved_names(self) -> frozenset[str]:
        """The names in the gateway's database: a new key of that name would overwrite the row's secret.

        Empty if every start makes the database equal to the file anyway.
        """
        if self.gateway.file_wins:
            return frozenset()
        return frozenset(comparable_name(row.name) for row in self.gateway.database.rows)

    @property
    def disable_needs_blacklist(self) -> bool:
        """Whether the gateway may have a database, which undoes ``enabled`` at the second start."""
        return self.gateway.may_undo

    @cached_property
    def gateway(self) -> GatewayState:
        """The state of the gateway of this file."""
        return read_gateway_state(self.document, self._given, release=self._release)

    @cached_property
    def next_starts(self) -> NextStarts:
        """The prediction of the gateway's next two starts."""
        return NextStarts(self)

    def entry(self, key: Key) -> EntryRef:
        """Return the position of a key of this snapshot in the text."""
        return self.document.entry(key.provider, key.position)
