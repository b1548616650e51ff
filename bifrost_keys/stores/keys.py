"""A key of a store, and what messages say of keys and providers."""

from __future__ import annotations

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


def keys_by_value(keys: Iterable[Key]) -> Mapping[str, Sequence[Key]]:
    """Return the keys by their values, those whose value is not text left out."""
    found: dict[str, list[Key]] = {}
    for key in keys:
        if isinstance(value := key.fields.get("value"), str):
            found.setdefault(value, []).append(key)
    return found
