"""Rules about keys with the same name, id or secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.providers.table import Provider
from bifrost_keys.gateway.rules.fault import Fault, breach, path_text
from bifrost_keys.gateway.rules.secret import secret_faults

if TYPE_CHECKING:

    class PlacedKey(Protocol):
        """A key of a store."""

        provider: str
        position: int
        name: str | None
        id: str | None

        @property
        def label(self) -> str:
            """The key's name in messages."""

        def read(self) -> Mapping[str, Any]:
            """Return the members of the key."""


_LOSES: Final = "the gateway loses one of two keys or mixes them up"


class Duplicates:
    """Finds keys with the name, id or secret of an earlier one, by remembering the first of each."""

    def __init__(self) -> None:
        self._names: dict[str, PlacedKey] = {}
        self._ids: dict[str, PlacedKey] = {}
        self._secrets: dict[tuple[str, str], dict[str, PlacedKey]] = {}
        # The last of the first keys that was read again, because very many may have its secret too.
        self._again: tuple[PlacedKey, Any] | None = None

    def faults(self, key: PlacedKey, entry: Mapping[str, Any], provider: Provider | None) -> list[Fault]:
        """Return what this key shares with an earlier one, and remember the key.

        ``entry`` is the key as the gateway reads it; the paths of the faults begin at the key.
        """
        return [
            *(self._same_name(key) if isinstance(entry.get("name", ""), str) else ()),
            *(self._same_id(key) if key.id else ()),
            *self._same_secret(key, entry, provider),
        ]

    def _same_name(self, key: PlacedKey) -> list[Fault]:
        name = key.name or ""
        first = self._names.setdefault(name, key)
        if first is key:
            return []
        place = path_text(("providers", first.provider, "keys", first.position))
        message = f"is also that of {place}" if name else f"is missing, as in {place}"
        hint = "give each key a different name"
        return [breach("name-duplicate", ("name",), f"{message}: {_LOSES}", hint)]

    def _same_id(self, key: PlacedKey) -> list[Fault]:
        first = self._ids.setdefault(key.id or "", key)
        if first is key:
            return []
        message = f"is also that of {first.label}: {_LOSES}"
        return [breach("id-duplicate", ("id",), message, "give each key a different id")]

    def _same_secret(
        self, key: PlacedKey, entry: Mapping[str, Any], provider: Provider | None
    ) -> list[Fault]:
        """Compare secrets at one provider and address, where the same secret gets both shares of traffic."""
        value = entry.get("value")
        config = provider.config if provider is not None else None
        if not isinstance(value, str) or not value or (config is not None and config.field("url")):
            return []  # self-hosted servers often accept any secret, and each key is for another server
        own = repr(entry.get(config.name)) if config is not None else ""
        first = self._secrets.setdefault((key.provider, own), {}).setdefault(value, key)
        if first is key or secret_faults(value, ("value",)):
            return []
        message = f"is also that of {first.label}, so that it gets both shares of the traffic"
        same = entry.get("models") == self._models(first)
        hint = "use one key with the sum of the weights instead" if same else ""
        return [breach("value-duplicate", ("value",), message, hint)]

    def _models(self, first: PlacedKey) -> Any:
        if self._again is None or self._again[0] is not first:
            self._again = first, as_gateway_reads(first.read()).get("models")
        return self._again[1]
