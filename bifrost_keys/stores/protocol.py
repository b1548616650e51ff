"""What an operation asks of a store: a snapshot to read, and transactions that carry out a changeset.

A store keeps keys in the form of ``config.json``: a file, a stream that stands for one, a running gateway.
What only one kind of store knows (hashes, database rows, restarts) stays behind ``admit`` and ``commit``.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from bifrost_keys.gateway.references import Reference, References
from bifrost_keys.gateway.releases import ReleaseRange
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.gateway.secrets.masking import shown_name

Effective: TypeAlias = Literal["next_start", "not_by_restart", "until_restart", "now"]


class Notice(NamedTuple):
    """Something to know about a change; ``code`` is stable, ``hint`` is the command that lasts.

    ``detail`` follows the message; notices that differ in it and in the key alone are of one kind.
    """

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


class Key:
    """One key of one snapshot; nobody changes it.

    ``provider`` is spelled as the store spells it, ``position`` counts from 0 among the provider's keys,
    ``name`` and ``id`` are None where they are absent or not text.
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
        """The key's members in the form of the file; they contain the secret."""
        if self._fields is None:
            self._fields = self._load(self)
        return self._fields

    @property
    def handle(self) -> str:
        """What selects the key at its provider, safe to show: its name, or its place, ``#2``, without one."""
        return shown_name(self.name) if self.name else f"#{self.position + 1}"

    @property
    def label(self) -> str:
        """How messages name the key: ``provider/name``, or ``provider/#2`` without a name."""
        return f"{shown_name(self.provider)}/{self.handle}"


@dataclass(frozen=True, eq=False, repr=False)
class Added:
    """A new key; ``settings`` are those of a provider that is made with it."""

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
    """A key that was to be changed and is so already."""

    key: Key


@dataclass(frozen=True, eq=False, repr=False)
class Removed:
    """A key that goes."""

    key: Key


Change: TypeAlias = Added | Replaced | Kept | Removed


class Changeset:
    """What is to become of a snapshot: plain data, built by operations and carried out by stores."""

    def __init__(self) -> None:
        self.changes: list[Added | Replaced | Removed] = []
        self.removed_providers: list[str] = []
        self.repointed: list[tuple[Reference, str]] = []
        self.respelled: list[tuple[Key, Path, str]] = []

    def add(
        self, provider: str, fields: Mapping[str, Any], settings: Mapping[str, Any] | None = None
    ) -> None:
        """Append a key to a provider, which is made where it is missing."""
        self.changes.append(Added(provider, fields, settings or {}))

    def replace(self, key: Key, fields: Mapping[str, Any]) -> None:
        """Give a key these members in place of its own."""
        self.changes.append(Replaced(key, fields))

    def remove(self, key: Key) -> None:
        """Remove a key."""
        self.changes.append(Removed(key))

    def remove_provider(self, provider: str) -> None:
        """Remove a provider, with its settings and whatever keys it still has."""
        self.removed_providers.append(provider)

    def repoint(self, reference: Reference, name: str) -> None:
        """Make a reference by name follow a renamed key."""
        self.repointed.append((reference, name))

    def respell(self, key: Key, path: Path, name: str) -> None:
        """Give the member at this path inside a key another name, before the other changes are made."""
        self.respelled.append((key, path, name))


class Admission(NamedTuple):
    """A change that the store allows: the members as it will keep them, and what it has to say."""

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
    """What a commit did.

    ``outcomes`` has what a gateway answered to each change, in the order of the changeset; a file has none.
    ``untouched`` is said of a change that was not needed. ``notices`` are about the commit as a whole.
    """

    changed: bool
    effective: Effective
    store: ChangedFile | GatewayFacts
    outcomes: Sequence[Outcome] = ()
    notices: Sequence[Notice] = ()
    untouched: Outcome | None = None


def keys_by_value(keys: Iterable[Key]) -> Mapping[str, Sequence[Key]]:
    """The keys by their values, those whose value is not text left out."""
    found: dict[str, list[Key]] = {}
    for key in keys:
        if isinstance(value := key.fields.get("value"), str):
            found.setdefault(value, []).append(key)
    return found


class Snapshot(Protocol):
    """The keys of a store as they were read at one moment."""

    @property
    def source(self) -> str:
        """How messages call the place that was read: a path, "standard input", a URL."""

    @property
    def providers(self) -> Sequence[str]:
        """The providers, in the store's order and spelling."""

    def provider_name(self, name: str) -> str | None:
        """The store's spelling of this provider, ignoring case; None where it lacks it."""

    def provider_settings(self, provider: str) -> Mapping[str, Any]:
        """The provider's members other than its keys. Raises NotFoundError."""

    def has_keys(self, provider: str) -> bool:
        """Whether the provider has a list of keys, even an empty one. Raises NotFoundError."""

    def keys(self, provider: str | None = None) -> Iterator[Key]:
        """The keys of one provider or of all, in the store's order. Raises NotFoundError."""

    def keys_with_value(self, provider: str, value: str) -> Sequence[Key]:
        """The provider's keys with this value, in the store's order. Raises NotFoundError."""

    @property
    def references(self) -> References:
        """The references to keys from elsewhere."""

    def references_by_name(self, key: Key) -> Sequence[Reference]:
        """The references that have to be rewritten when the key is renamed."""

    @property
    def empty_models_allow_all(self) -> bool:
        """Whether a key without models serves every model."""

    @property
    def releases(self) -> ReleaseRange:
        """Which releases the gateway of these keys can be of."""

    @property
    def reserved_names(self) -> Container[str]:
        """Names, in comparable form, that a new key should not get though no key here has them."""

    def unresolved(self, key: Key) -> Sequence[str]:
        """The members, dotted, whose reference resolves to nothing, as far as the store can tell."""

    @property
    def drops_providers(self) -> bool:
        """Whether a provider that is not valid is dropped whole when the gateway loads these keys."""

    @property
    def wants_keys(self) -> bool:
        """Whether a provider without keys is odd: so it is in a file, by the gateway's schema."""

    @property
    def disable_needs_blacklist(self) -> bool:
        """Whether ``enabled: false`` alone may be undone, so that every model must be blacklisted too."""


class Transaction(Protocol):
    """A snapshot that nobody else of ours changes before the transaction ends."""

    @property
    def snapshot(self) -> Snapshot:
        """The keys as they are."""

    def admit(self, change: Change) -> Admission:
        """What the store makes of one change.

        Raises ConflictError where the store, or a gateway that reads it, would lose something that people
        did elsewhere, and ConfigUnusableError where the key must not be edited.
        """

    def commit(self, changeset: Changeset) -> Receipt:
        """Carry the changeset out; at most once.

        An error has the receipt of what was done before it, where the store cannot undo that.
        """


class Store(Protocol):
    """A place where keys are kept."""

    @property
    def path(self) -> str:
        """How messages call the store."""

    def read(self, *, lenient: bool = False) -> Snapshot:
        """The keys as they are now. ``lenient``: to be shown, even if no edit would be safe."""

    def transaction(
        self, *, dry_run: bool = False, overwrite_web: bool = False
    ) -> AbstractContextManager[Transaction]:
        """A transaction; ``dry_run`` decides everything and changes nothing.

        ``overwrite_web``: changes are admitted even if they undo what people did in the gateway's web UI;
        raises UsageError for it where the store is that gateway itself.
        """
