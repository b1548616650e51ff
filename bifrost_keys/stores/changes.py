"""Changes of a store as plain data, and the outcome of those that it carried out."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.stores.keys import Key, Notice

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import Reference

Effective: TypeAlias = Literal["next_start", "not_by_restart", "until_restart", "now"]


class Added(NamedTuple):
    """A new key; ``settings`` are those of a provider that is created with it."""

    provider: str
    fields: Mapping[str, Any]
    settings: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Added(provider={self.provider!r}, …)"


class Replaced(NamedTuple):
    """A key that gets other members."""

    key: Key
    fields: Mapping[str, Any]

    def __repr__(self) -> str:
        return f"Replaced(key={self.key!r}, …)"


class Kept(NamedTuple):
    """A key that already is as the change requests."""

    key: Key


class Removed(NamedTuple):
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

    def repoint(self, reference: "Reference", name: str) -> None:
        """Make a reference by name follow a renamed key."""
        self.repointed.append((reference, name))

    def respell(self, key: Key, path: Path, name: str) -> None:
        """Rename the member at this path inside a key before the other changes are made."""
        self.respelled.append((key, path, name))


class Admission(NamedTuple):
    """A change that the store admits, with the members as it will store them, and notices."""

    fields: Mapping[str, Any]
    notices: Sequence[Notice] = ()


class ChangedFile(NamedTuple):
    """The file of a commit, with the SHA-256 of its text before and after; None if there is no file."""

    path: str
    sha256_before: str | None
    sha256_after: str | None


class GatewayFacts(NamedTuple):
    """A running gateway; unless ``persistent``, it has no database, and a restart forgets every change."""

    url: str
    release: str | None
    persistent: bool


class Outcome(NamedTuple):
    """The outcome of one change at a gateway; ``applied`` is None if it is not known.

    The status and description are those of the key afterwards.
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
