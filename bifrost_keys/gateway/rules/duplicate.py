"""Rules about keys with the same name, id or secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.providers.table import Provider
from bifrost_keys.gateway.rules.fault import Fault, Path, breach, path_text
from bifrost_keys.gateway.rules.secret import secret_faults

_LOSES: Final = "the gateway loses one of two keys or mixes them up"


class Duplicates:
    """Finds keys with the name, id or secret of an earlier one, by remembering the first of each."""

    def __init__(self) -> None:
        self._names: dict[str, Path] = {}
        self._ids: dict[str, tuple[Path, str]] = {}
        self._secrets: dict[tuple[str, ...], tuple[Path, str, Any]] = {}

    def faults(
        self, path: Path, label: str, entry: Mapping[str, Any], provider: Provider | None
    ) -> list[Fault]:
        """Return what this key, as the gateway reads it, shares with an earlier one, and remember the key.

        ``path`` leads to the key from the top of the file, ``label`` is its name in messages; the paths of
        the faults begin at the key.
        """
        return [
            *self._same_name(path, entry.get("name", "")),
            *self._same_id(path, label, entry.get("id")),
            *self._same_secret(path, label, entry, provider),
        ]

    def _same_name(self, path: Path, name: Any) -> list[Fault]:
        if not isinstance(name, str):
            return []
        first = self._names.setdefault(name, path)
        if first == path:
            return []
        message = f"is also that of {path_text(first)}" if name else f"is missing, as in {path_text(first)}"
        hint = "give each key a different name"
        return [breach("name-duplicate", ("name",), f"{message}: {_LOSES}", hint)]

    def _same_id(self, path: Path, label: str, key_id: Any) -> list[Fault]:
        if not isinstance(key_id, str) or not key_id:
            return []
        first, first_label = self._ids.setdefault(key_id, (path, label))
        if first == path:
            return []
        message = f"is also that of {first_label}: {_LOSES}"
        return [breach("id-duplicate", ("id",), message, "give each key a different id")]

    def _same_secret(
        self, path: Path, label: str, entry: Mapping[str, Any], provider: Provider | None
    ) -> list[Fault]:
        """Compare secrets at one provider and address, where the same secret gets both shares of traffic."""
        value = entry.get("value")
        config = provider.config if provider is not None else None
        if not isinstance(value, str) or not value or (config is not None and config.field("url")):
            return []  # self-hosted servers often accept any secret, and each key is for another server
        own = repr(entry.get(config.name)) if config is not None else ""
        handle, models = (str(path[1]), value, own), entry.get("models")
        first, first_label, first_models = self._secrets.setdefault(handle, (path, label, models))
        if first == path or secret_faults(value, ("value",)):
            return []
        message = f"is also that of {first_label}, so that it gets both shares of the traffic"
        hint = "use one key with the sum of the weights instead" if models == first_models else ""
        return [breach("value-duplicate", ("value",), message, hint)]
