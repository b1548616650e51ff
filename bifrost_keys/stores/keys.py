"""A key of a store, and notices about keys and providers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bifrost_keys.gateway.secrets.masking import shown_name


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
        """The message, with the detail for this key."""
        return f"{self.message}: {self.detail}" if self.detail else self.message


class ProviderState(NamedTuple):
    """A configured provider: whether a gateway can use it (``state``), and how it listed its models."""

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
        load: "Callable[[Key], Mapping[str, Any]]",
    ) -> None:
        """``load`` reads the members of this key, once, when they are first needed."""
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

    def read(self) -> Mapping[str, Any]:
        """Return the members without keeping them: those of 100,000 keys take five times the file."""
        return self._fields if self._fields is not None else self._load(self)

    def forget(self) -> None:
        """Drop the members, which are read again when they are needed."""
        self._fields = None

    @property
    def handle(self) -> str:
        """The part of a selector after the provider, safe to show: the name, or ``#2`` if there is none."""
        return shown_name(self.name) if self.name else f"#{self.position + 1}"

    @property
    def label(self) -> str:
        """The key's name in messages: ``provider/name``, or ``provider/#2`` if it has no name."""
        return f"{shown_name(self.provider)}/{self.handle}"


def keys_by_value(keys: Iterable[Key]) -> Mapping[str, Sequence[Key]]:
    """Return the keys by their values, without those whose value is not text."""
    found: dict[str, list[Key]] = {}
    for key in keys:
        if isinstance(value := key.fields.get("value"), str):
            found.setdefault(value, []).append(key)
    return found
