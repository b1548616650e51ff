"""Who has which name and id in a file, looked up at once for many keys."""

from __future__ import annotations

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.desired_state import DesiredKey
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.stores.config_file.document import Document, EntryRef


class Holders:
    """Who has which name (in comparable form) and id in the file, and which names stand twice."""

    def __init__(self, document: Document) -> None:
        self._document = document
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

    def find(self, provider: str, key: DesiredKey) -> EntryRef | None:
        """The entry of this provider that the wanted key is about, None for a new one.

        It is found by id, else by name. Raises ConflictError when the name or id is another key's.
        """
        name = comparable_name(key.name) if key.name is not None else None
        by_id = self.ids.get(key.id) if key.id is not None else None
        by_name = self.names.get(name) if name is not None else None
        holder = by_id or by_name
        if holder is None:
            return None
        holding, index = holder
        what, handle = ("id", key.id) if by_id is not None else ("name", name)
        if holding != provider or index < 0:
            raise _taken(what, f"taken by a key of {holding}")
        if (what, handle) in self.doubled:
            raise _taken(what, "that of several keys of the file")
        ref = self._document.entry(provider, index)
        if by_id is not None and by_name is not None and by_id != by_name:
            raise _taken("name", "taken by another key than the one with this id")
        if by_id is None and key.id is not None and ref.id:
            raise _taken("id", "not that of the key of this name: the gateway keeps the id a key has")
        if by_id is None and ref.name != key.name:
            raise _taken("name", "taken by a name that looks the same (Unicode normalisation)")
        return ref

    def take(self, name: str, key_id: str, provider: str) -> None:
        """Note a key that is being made."""
        self.names.setdefault(comparable_name(name), (provider, -1))
        self.ids.setdefault(key_id, (provider, -1))


def _taken(what: str, how: str) -> ConflictError:
    fault = Fault(f"{what}-taken", (what,), "error", f"is {how}", "choose another one")
    return ConflictError(f"the {what} is {how}", code=f"{what}_taken", faults=[fault])
