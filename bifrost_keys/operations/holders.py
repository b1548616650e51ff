"""Who has which name and id in a file, looked up at once for many keys."""

from __future__ import annotations

from bifrost_keys.core.document import Document
from bifrost_keys.core.names import comparable_name


class Holders:
    """Who has which name (in comparable form) and id in the file, and which names stand twice."""

    def __init__(self, document: Document) -> None:
        self.names: dict[str, tuple[str, int]] = {}
        self.ids: dict[str, tuple[str, int]] = {}
        self.doubled: set[tuple[str, str]] = set()
        for provider in document.providers:
            for index, name in enumerate(document.names(provider)):
                if name is not None:
                    handle = comparable_name(name)
                    if self.names.setdefault(handle, (provider, index)) != (provider, index):
                        self.doubled.add(("name", handle))
            for index, key_id in enumerate(document.ids(provider)):
                if key_id and self.ids.setdefault(key_id, (provider, index)) != (provider, index):
                    self.doubled.add(("id", key_id))

    def take(self, name: str, key_id: str, provider: str) -> None:
        """Note a key that is being made."""
        self.names.setdefault(comparable_name(name), (provider, -1))
        self.ids.setdefault(key_id, (provider, -1))
