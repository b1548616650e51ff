"""The keys of a ``config.json``, with the state of the gateway's database."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.providers.table import rules_for
from bifrost_keys.gateway.releases import ReleaseRange
from bifrost_keys.gateway.restart.database_state import DatabaseState
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.stores.config_file.database_failure import PASSING, DatabaseFailedError, changing
from bifrost_keys.stores.config_file.database_reading import OpenDatabase
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.config_file.gateway_database import database_of
from bifrost_keys.stores.config_file.gateway_state import GatewayState, gateway_state
from bifrost_keys.stores.config_file.key_list import KeyList, NumberIndex
from bifrost_keys.stores.config_file.layout import ProviderSpan
from bifrost_keys.stores.config_file.restart.unseen import unreadable_notice
from bifrost_keys.stores.protocol import Key, Notice

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import Reference, References
    from bifrost_keys.gateway.restart.key_rows import KeyRows
    from bifrost_keys.gateway.unused import Rule
    from bifrost_keys.stores.config_file.restart.next_starts import NextStarts

_LOOKS: Final = 4
Result = TypeVar("Result")


class FileSnapshot:
    """The keys of one document. The gateway's database is opened when it is first needed."""

    wants_keys = True
    served = False

    def __init__(self, document: Document, given: str | None, *, release: str | None = None) -> None:
        """``given`` is the path as given to the gateway, None for a stream."""
        self.document = document
        self._given = given
        self._release = release
        self._alias_rules: dict[str, Sequence[tuple[int, Rule]]] = {}
        self._by_value: dict[str, NumberIndex] = {}
        self._opened: OpenDatabase | None = None
        self._failed: DatabaseState | None = None
        self._gateway: GatewayState | None = None
        self._next_starts: NextStarts | None = None

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
        """Return the provider's keys with this value, in the order of the file. Raise NotFoundError."""
        span = self.document.provider_span(provider)
        if span.name not in self._by_value:
            self._by_value[span.name] = NumberIndex(span.keys.values if span.keys else ())
        found = self._keys_of(span, self._by_value[span.name].places(hash(value)))
        return [key for key in found if key.fields.get("value") == value]

    def _keys_of(self, span: ProviderSpan, places: Iterable[int] | None = None) -> Iterator[Key]:
        """Yield the keys at these places of a provider, or all."""
        keys = span.keys
        if keys is None:
            return
        load = partial(self._load, keys)
        for place in range(len(keys.starts)) if places is None else places:
            if place not in keys.skipped:
                yield Key(span.name, place, keys.ids[place], keys.names[place], load)

    def _load(self, keys: KeyList, key: Key) -> Mapping[str, Any]:
        return self.document.load_at(keys.starts[key.position])

    def alias_rules(self, provider: str) -> Sequence[tuple[int, Rule]]:
        """Return why the gateway drops the provider for a key's aliases, with the key's position.

        Two at most: who edits one of the keys asks about the others.
        """
        if provider not in self._alias_rules:
            self._alias_rules[provider] = [*islice(self._broken_aliases(provider), 2)]
        return self._alias_rules[provider]

    def _broken_aliases(self, provider: str) -> Iterator[tuple[int, Rule]]:
        from bifrost_keys.gateway.unused import alias_rule  # only for edits

        rules, text = rules_for(provider, self.provider_settings(provider)), self.document.text
        for key, ref in zip(self.keys(provider), self.document.entries(provider), strict=True):
            if text.find('"aliases"', ref.start, ref.end) >= 0:
                rule = alias_rule([(key.label, as_gateway_reads(key.fields))], rules)
                if rule is not None:
                    yield key.position, rule

    @cached_property
    def references(self) -> References:
        """The references to keys from elsewhere in the file."""
        from bifrost_keys.gateway.references import References, find_references

        return References(find_references(self.document.top))

    def references_by_name(self, key: Key) -> Sequence[Reference]:
        """Return the references by name, which a renamed key would leave behind."""
        found = self.references.to(provider=key.provider, name=key.name, id=key.id)
        return [reference for reference in found if reference.kind == "name"]

    def unresolved(self, key: Key) -> Sequence[str]:  # noqa: ARG002
        """Return nothing: the environment of the gateway is not known here."""
        return ()

    @property
    def rows(self) -> KeyRows:
        """The keys in the gateway's database."""
        return self.gateway.database.rows

    @property
    def rows_unread(self) -> Sequence[Notice]:
        """A warning if the database is there and cannot be read."""
        return unreadable_notice(self.gateway)

    @property
    def text_faults(self) -> Sequence[Fault]:
        """The faults of the text itself, in its order; none unless it was read leniently."""
        return self.document.problems

    def own_faults(self) -> Iterable[Fault]:
        """Return the faults outside the keys, in references and spelling, and against the database."""
        from bifrost_keys.stores.config_file.own_faults import file_store_faults  # only for checks

        return file_store_faults(self.document, self.gateway)

    def key_faults(self, key: Key) -> Iterable[Fault]:
        """That the recorded hash is not the key's."""
        from bifrost_keys.stores.config_file.own_faults import stale_hash_faults

        return stale_hash_faults(key.fields, empty_models_allow_all=self.empty_models_allow_all)

    def position(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at ``path``, or of the nearest around it."""
        return self.document.position(self.document.offset_of(path))

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

    @property
    def reserved_names(self) -> Container[str]:
        """The names in the gateway's database: a new key of that name would overwrite the row's secret.

        Empty if every start makes the database equal to the file anyway.
        """
        return _ReservedNames(self)

    @property
    def disable_needs_blacklist(self) -> bool:
        """Whether the gateway may have a database, which undoes ``enabled`` at the second start."""
        return self.gateway.may_undo

    @property
    def gateway(self) -> GatewayState:
        """The state of the gateway of this file, another object for each state of its database.

        The database stays open until ``close``.
        """
        return self._gateway or self.settled(self._open_gateway)

    @property
    def next_starts(self) -> NextStarts:
        """The prediction of the gateway's next two starts."""
        if self._next_starts is None:
            from bifrost_keys.stores.config_file.restart.next_starts import NextStarts

            self._next_starts = NextStarts(self)
        return self._next_starts

    def settled(self, work: Callable[[], Result]) -> Result:
        """Return what ``work`` finds in one state of the gateway's database.

        It is done again if another program wrote in the meantime or the database could not be read, and in
        the end as beside a database that is unreadable.
        """
        for _ in range(_LOOKS):
            try:
                found = work()
            except DatabaseFailedError as failure:
                failed = failure.state
            except Exception:
                # A mixture of two states may refuse a change, or lack a row that was there before.
                if self._opened is None or self._opened.is_current:
                    raise
                failed = changing(self._opened.state.path or "")
            else:
                if self._opened is None or self._opened.is_current:
                    return found
                failed = changing(self._opened.state.path or "")
            guessed = self._opened is not None and self._opened.state.guessed
            self.close()
            if failed.reason not in PASSING:
                break
        self._failed = failed._replace(guessed=guessed)
        return work()

    def close(self) -> None:
        """Close the gateway's database, which is opened again if it is needed."""
        if self._opened is not None:
            self._opened.close()
        self._opened = self._gateway = self._next_starts = None

    def _open_gateway(self) -> GatewayState:
        if self._failed is not None:
            database = self._failed
        else:
            self._opened = database_of(self.document, self._given)
            database = self._opened.state
        self._gateway = gateway_state(self.document, database, release=self._release)
        return self._gateway

    def entry(self, key: Key) -> EntryRef:
        """Return the position of a key of this snapshot in the text."""
        return self.document.entry(key.provider, key.position)


class _ReservedNames(Container[str]):
    """The names in the gateway's database, in comparable form."""

    def __init__(self, snapshot: FileSnapshot) -> None:
        self._snapshot = snapshot

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._snapshot.settled(lambda: self._has(name))

    def _has(self, name: str) -> bool:
        gateway = self._snapshot.gateway
        return not gateway.file_wins and gateway.database.rows.alike(name) is not None
