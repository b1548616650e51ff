"""The contract of a store: a snapshot to read, and transactions that carry out a changeset.

A store has keys in the form of ``config.json``. It is a file, a stream that replaces one, or a running
gateway. What concerns only one kind of store (hashes, database rows, restarts) is hidden behind ``admit`` and
``commit``.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

from bifrost_keys.gateway.releases import ReleaseRange
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.secrets.masking import shown_name

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import Reference, References
    from bifrost_keys.gateway.restart.key_rows import KeyRows

Effective: TypeAlias = Literal["next_start", "not_by_restart", "until_restart", "now"]


class Notice(NamedTuple):
    """A warning or note about a change; ``code`` is stable, ``hint`` is the next step."""

    code: str
    message: str
    hint: str = ""
    provider: str | None = None
    name: str | None = None
    detail: str = ""

    @property
    def text(self) -> str:
        """The message, with what is particular to this key."""
        return f"{self.message}: {self.detail}" if self.detail else self.message


class ProviderState(NamedTuple):
    """A configured provider: whether a gateway can use it (``state``), and how its models were listed."""

    name: str
    state: str
    status: str
    description: str | None
    custom: bool


class Key:
    """One key of one snapshot.

    ``provider`` is in the store's spelling, ``position`` counts from 0 among the provider's keys, ``name``
    and ``id`` are None if they are absent or not text.
    """

    # There can be 100,000 of them at once: a frozen dataclass takes twice the memory and the time.
    __slots__ = ("_fields", "_load", "id", "name", "position", "provider")

    def __init__(
        self,
        provider: str,
        position: int,
        id: str | None,  # noqa: A002
        name: str | None,
        load: Callable[[Key], Mapping[str, Any]],
    ) -> None:
        """``load`` reads the members of this key; it is called once, when they are first asked for."""
        self.provider = provider
        self.position = position
        self.id = id
        self.name = name
        self._load = load
        self._fields: Mapping[str, Any] | None = None

    @property
    def fields(self) -> Mapping[str, Any]:
        """The key's members in the form of the file, including the secret."""
        if self._fields is None:
            self._fields = self._load(self)
        return self._fields

    @property
    def handle(self) -> str:
        """What selects the key at its provider, safe to show: its name, or its place, ``#2``, without one."""
        return shown_name(self.name) if self.name else f"#{self.position + 1}"

    @property
    def label(self) -> str:
        """The key's name in messages: ``provider/name``, or ``provider/#2`` if it has no name."""
        return f"{shown_name(self.provider)}/{self.handle}"


@dataclass(frozen=True, eq=False, repr=False)
class Added:
    """A new key; ``settings`` are those of a provider that is created with it."""

    provider: str
    fields: Mapping[str, Any]
    settings: Mapping[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Replaced:
    """A key that gets other members."""

    key: Key
    fields: Mapping[str, Any]


@dataclass(frozen=True, eq=False, repr=False)
class Kept:
    """A key that already is as the change requests."""

    key: Key


@dataclass(frozen=True, eq=False, repr=False)
class Removed:
    """A key to delete."""

    key: Key


Change: TypeAlias = Added | Replaced | Kept | Removed


class Changeset:
    """Changes of a snapshot: plain data, built by operations and carried out by stores."""

    def __init__(self) -> None:
        self.changes: list[Added | Replaced | Removed] = []
        self.removed_providers: list[str] = []
        self.repointed: list[tuple[Reference, str]] = []
        self.respelled: list[tuple[Key, Path, str]] = []

    def add(
        self, provider: str, fields: Mapping[str, Any], settings: Mapping[str, Any] | None = None
    ) -> None:
        """Append a key to a provider, which is created if it is missing."""
        self.changes.append(Added(provider, fields, settings or {}))

    def replace(self, key: Key, fields: Mapping[str, Any]) -> None:
        """Replace the members of a key with these."""
        self.changes.append(Replaced(key, fields))

    def remove(self, key: Key) -> None:
        """Remove a key."""
        self.changes.append(Removed(key))

    def remove_provider(self, provider: str) -> None:
        """Remove a provider, with its settings and all keys that it still has."""
        self.removed_providers.append(provider)

    def repoint(self, reference: Reference, name: str) -> None:
        """Make a reference by name follow a renamed key."""
        self.repointed.append((reference, name))

    def respell(self, key: Key, path: Path, name: str) -> None:
        """Give the member at this path inside a key another name, before the other changes are made."""
        self.respelled.append((key, path, name))


class Admission(NamedTuple):
    """A change that the store admits, with the members as it will store them, and notices."""

    fields: Mapping[str, Any]
    notices: Sequence[Notice] = ()


class ChangedFile(NamedTuple):
    """The file of a commit, with the SHA-256 of its text before and after; None where there is no file."""

    path: str
    sha256_before: str | None
    sha256_after: str | None


class GatewayFacts(NamedTuple):
    """A running gateway; not ``persistent``: it keeps no database, and a restart forgets every change."""

    url: str
    release: str | None
    persistent: bool


class Outcome(NamedTuple):
    """What a gateway did with one change; ``applied`` is None where that is not known.

    The status and description are those that the key has there afterwards.
    """

    applied: bool | None
    gateway_status: str | None = None
    description: str | None = None


class Receipt(NamedTuple):
    """The outcome of a commit.

    ``store`` is the location of the keys for the JSON of a result: ``{"config": {…}}`` or ``{"store": {…}}``.
    ``outcomes`` are a gateway's responses to the changes, in the order of the changeset; a file has none.
    ``untouched`` applies to a change that was not needed. ``notices`` are about the commit as a whole.
    """

    changed: bool
    effective: Effective
    store: ChangedFile | GatewayFacts
    outcomes: Sequence[Outcome] = ()
    notices: Sequence[Notice] = ()
    untouched: Outcome | None = None


def keys_by_value(keys: Iterable[Key]) -> Mapping[str, Sequence[Key]]:
    """Return the keys by their values, those whose value is not text left out."""
    found: dict[str, list[Key]] = {}
    for key in keys:
        if isinstance(value := key.fields.get("value"), str):
            found.setdefault(value, []).append(key)
    return found


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
        """What ``work`` finds in one state of the store; it may be done again."""

    @property
    def rows(self) -> KeyRows | None:
        """What the database of a gateway that reads the store has of its keys, and of others.

        None where the keys are those of the running gateway itself.
        """

    @property
    def rows_unread(self) -> Sequence[Notice]:
        """A warning if there are such rows and they cannot be read."""

    @property
    def text_faults(self) -> Sequence[Fault]:
        """The faults of the text that was read; what a rule says of the same place is not meant then."""

    def own_faults(self) -> Iterable[Fault]:
        """What this kind of store finds wrong beside what the rules say of each key.

        Paths begin at the top of the file, or where a file would have the same.
        """

    def key_faults(self, key: Key) -> Iterable[Fault]:
        """What this kind of store finds wrong with a key; paths begin at the key."""

    def position(self, path: Path) -> tuple[int, int] | None:
        """Line and column, from 1, of the value at ``path`` or around it; None where there is no text."""

    @property
    def served(self) -> bool:
        """Whether a gateway shows these keys, which it serves.

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
        """Whether it is a file that other users can read, as far as a change has looked."""

    def read(self, *, lenient: bool = False) -> Snapshot:
        """Return the keys as they are now; ``lenient``: only to be shown, so they may be unsafe to edit."""

    def inspect(self) -> Snapshot:
        """The keys as they are now, to be checked, whatever is wrong with them."""

    def transaction(
        self, *, dry_run: bool = False, overwrite_web: bool = False
    ) -> AbstractContextManager[Transaction]:
        """Open a transaction; ``dry_run`` decides everything and changes nothing.

        ``overwrite_web``: admit changes even if they undo changes made in the gateway's web UI; raise
        UsageError for it if the store is that gateway itself.
        """
