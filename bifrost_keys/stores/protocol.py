"""The contract of a store: a snapshot to read, and transactions that carry out a changeset.

A store has keys in the form of ``config.json``. It is a file, a stream that replaces one, or a running
gateway. What concerns only one kind of store (hashes, database rows, restarts) is hidden behind ``admit`` and
``commit``.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from bifrost_keys.gateway.releases import ReleaseRange
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.stores.changes import (
    Added,
    Admission,
    Change,
    ChangedFile,
    Changeset,
    Effective,
    GatewayFacts,
    Kept,
    Outcome,
    Receipt,
    Removed,
    Replaced,
)
from bifrost_keys.stores.keys import Key, Notice, ProviderState, keys_by_value

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import Reference, References
    from bifrost_keys.gateway.restart.key_rows import KeyRows

__all__ = [
    "Added",
    "Admission",
    "Change",
    "ChangedFile",
    "Changeset",
    "Effective",
    "GatewayFacts",
    "Kept",
    "Key",
    "Notice",
    "Outcome",
    "ProviderState",
    "Receipt",
    "Removed",
    "Replaced",
    "Result",
    "Snapshot",
    "Store",
    "Transaction",
    "keys_by_value",
]

Result = TypeVar("Result")


class Snapshot(Protocol):
    """The keys of a store as they were read at one moment."""

    @property
    def source(self) -> str:
        """The name of the place in messages: a path, "standard input", a URL."""

    @property
    def providers(self) -> Sequence[str]:
        """The providers, in the store's order and spelling."""

    def provider_name(self, name: str) -> str | None:
        """Return the store's spelling of this provider, ignoring case; None if it has no such provider."""

    def provider_settings(self, provider: str) -> Mapping[str, Any]:
        """Return the provider's members other than its keys. Raise NotFoundError."""

    def has_keys(self, provider: str) -> bool:
        """Return whether the provider has a list of keys, even an empty one. Raise NotFoundError."""

    def keys(self, provider: str | None = None) -> Iterator[Key]:
        """Return the keys of one provider or of all, in the store's order. Raise NotFoundError."""

    def keys_with_value(self, provider: str, value: str) -> Sequence[Key]:
        """Return the provider's keys with this value, in the store's order. Raise NotFoundError."""

    @property
    def references(self) -> References:
        """The references to keys from other places."""

    def references_by_name(self, key: Key) -> Sequence[Reference]:
        """Return the references that must be rewritten if the key is renamed."""

    @property
    def empty_models_allow_all(self) -> bool:
        """Whether a key without models serves every model."""

    @property
    def releases(self) -> ReleaseRange:
        """The possible releases of the gateway of these keys."""

    @property
    def reserved_names(self) -> Container[str]:
        """Names, in comparable form, that a new key should not get although no key here has them."""

    def unresolved(self, key: Key) -> Sequence[str]:
        """Return the dotted names of the members whose reference is known to resolve to nothing."""

    def settled(self, work: Callable[[], Result]) -> Result:
        """Return the result of ``work`` for one state of the store; it may be called again."""

    @property
    def rows(self) -> KeyRows | None:
        """The rows of a gateway's database for the keys of the store, and for others.

        None if the keys are those of the running gateway itself.
        """

    @property
    def rows_unread(self) -> Sequence[Notice]:
        """A warning if such rows exist and cannot be read."""

    @property
    def text_faults(self) -> Sequence[Fault]:
        """The faults of the text that was read; they replace faults of the rules about the same place."""

    def own_faults(self) -> Iterable[Fault]:
        """Return the faults that only this kind of store finds, outside the keys.

        Paths begin at the top of the file, or at the equivalent of a file's top.
        """

    def key_faults(self, key: Key) -> Iterable[Fault]:
        """Return the faults of a key that only this kind of store finds; paths begin at the key."""

    def position(self, path: Path) -> tuple[int, int] | None:
        """Return line and column, from 1, of the value at ``path`` or around it; None without a text."""

    @property
    def served(self) -> bool:
        """Whether these keys are shown by a running gateway that serves them.

        It knows every member of them, so none is misspelled or too new for it, and masks literal secrets.
        """

    @property
    def drops_providers(self) -> bool:
        """Whether the gateway drops an invalid provider as a whole when it loads these keys."""

    @property
    def wants_keys(self) -> bool:
        """Whether a provider without keys is unusual, as it is in a file by the gateway's schema."""

    @property
    def disable_needs_blacklist(self) -> bool:
        """Whether ``enabled: false`` alone may be undone, so that every model must be blacklisted too."""


class Transaction(Protocol):
    """A snapshot that no other run of this program changes before the transaction ends."""

    @property
    def snapshot(self) -> Snapshot:
        """The keys at the beginning."""

    def admit(self, change: Change) -> Admission:
        """Return the change as the store will make it.

        Raise ConflictError if the store, or a gateway that reads it, would undo something that was done
        elsewhere, and ConfigUnusableError if the key must not be edited.
        """

    def commit(self, changeset: Changeset) -> Receipt:
        """Carry out the changeset; to be called at most once.

        If the store cannot undo changes made before an error, the error has their receipt.
        """


class Store(Protocol):
    """A place where keys are stored."""

    @property
    def path(self) -> str:
        """The name of the store in messages."""

    @property
    def exposed(self) -> bool:
        """Whether it is a file that other users can read, if a change has found out."""

    def read(self, *, lenient: bool = False) -> Snapshot:
        """Return the keys as they are now; ``lenient``: only to be shown, so they may be unsafe to edit."""

    def inspect(self) -> Snapshot:
        """Return the keys as they are now, to be checked, with all their faults."""

    def transaction(
        self, *, dry_run: bool = False, overwrite_web: bool = False
    ) -> AbstractContextManager[Transaction]:
        """Open a transaction; ``dry_run`` decides everything and changes nothing.

        ``overwrite_web``: admit changes even if they undo changes made in the gateway's web UI; raise
        UsageError for it if the store is that gateway itself.
        """
