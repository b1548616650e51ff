"""The smallest store: keys in memory. The type checker compares it with the contract of every store."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from bifrost_keys.errors import NotFoundError
from bifrost_keys.gateway.references import Reference, References
from bifrost_keys.gateway.releases import ANY_RELEASE
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.stores.protocol import (
    Admission,
    Change,
    Changeset,
    GatewayFacts,
    Kept,
    Key,
    Receipt,
    Removed,
    Replaced,
    Result,
    Store,
    keys_by_value,
)

Keys = dict[str, list[dict[str, Any]]]


class MemorySnapshot:
    """The keys at one moment."""

    source = "memory"
    releases = ANY_RELEASE
    empty_models_allow_all = False
    reserved_names: frozenset[str] = frozenset()
    wants_keys = False
    disable_needs_blacklist = False
    drops_providers = False
    served = False
    text_faults = ()
    rows = None
    rows_unread = ()
    references = References(())

    def __init__(self, kept: Keys) -> None:
        self._kept = copy.deepcopy(kept)

    @property
    def providers(self) -> Sequence[str]:
        return tuple(self._kept)

    def provider_name(self, name: str) -> str | None:
        return next((each for each in self._kept if each.lower() == name.lower()), None)

    def provider_settings(self, provider: str) -> Mapping[str, Any]:
        self._of(provider)
        return {}

    def has_keys(self, provider: str) -> bool:
        return self._of(provider) is not None

    def keys(self, provider: str | None = None) -> Iterator[Key]:
        for name in self._kept if provider is None else (provider,):
            for position, fields in enumerate(self._of(name)):
                yield Key(name, position, fields.get("id"), fields.get("name"), self._load)

    def keys_with_value(self, provider: str, value: str) -> Sequence[Key]:
        return keys_by_value(self.keys(provider)).get(value, ())

    def _load(self, key: Key) -> Mapping[str, Any]:
        return dict(self._kept[key.provider][key.position])

    def references_by_name(self, key: Key) -> Sequence[Reference]:
        return ()

    def settled(self, work: Callable[[], Result]) -> Result:
        return work()

    def own_faults(self) -> Iterable[Fault]:
        return ()

    def key_faults(self, key: Key) -> Iterable[Fault]:
        return ()

    def position(self, path: Path) -> None:
        return None

    def unresolved(self, key: Key) -> Sequence[str]:
        return ()

    def _of(self, provider: str) -> list[dict[str, Any]]:
        if provider not in self._kept:
            raise NotFoundError(f"no provider {provider} in memory", code="provider-not-found")
        return self._kept[provider]


class MemoryTransaction:
    """A snapshot whose changes are carried out all at once or not at all."""

    def __init__(self, kept: Keys, *, dry_run: bool) -> None:
        self.snapshot = MemorySnapshot(kept)
        self._kept = kept
        self._dry_run = dry_run

    def admit(self, change: Change) -> Admission:
        return Admission(change.key.fields if isinstance(change, Kept | Removed) else change.fields)

    def commit(self, changeset: Changeset) -> Receipt:
        new = copy.deepcopy(self._kept)
        gone = []
        for change in changeset.changes:
            if isinstance(change, Replaced):
                new[change.key.provider][change.key.position] = dict(change.fields)
            elif isinstance(change, Removed):
                gone.append((change.key.provider, change.key.position))
            else:
                new.setdefault(change.provider, []).append(dict(change.fields))
        for provider, position in sorted(gone, reverse=True):
            del new[provider][position]
        for provider in changeset.removed_providers:
            del new[provider]
        changed = new != self._kept
        if not self._dry_run:
            self._kept.clear()
            self._kept.update(new)
        return Receipt(changed, "now", GatewayFacts("memory", None, persistent=False))


class MemoryStore:
    """Keys in memory, ``kept`` by provider."""

    path = "memory"
    exposed = False

    def __init__(self, kept: Keys) -> None:
        self.kept = kept

    def read(self, *, lenient: bool = False) -> MemorySnapshot:
        return MemorySnapshot(self.kept)

    def inspect(self) -> MemorySnapshot:
        return self.read()

    @contextmanager
    def transaction(
        self, *, dry_run: bool = False, overwrite_web: bool = False
    ) -> Iterator[MemoryTransaction]:
        yield MemoryTransaction(self.kept, dry_run=dry_run)


def memory_store(kept: Keys) -> Store:
    """Return a store with these keys."""
    return MemoryStore(kept)
