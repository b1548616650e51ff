"""Who has which name and id in a store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.key import free_name
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.stores.protocol import Key, Snapshot


class NameIndex:
    """The keys of a snapshot by their names (in comparable form) and ids, and those that are being made."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._names: dict[str, Key] = {}
        self._ids: dict[str, Key] = {}
        self._doubled: set[tuple[str, str]] = set()
        for key in snapshot.keys():
            self._enter(key)

    def _enter(self, key: Key) -> None:
        handle = comparable_name(key.name) if key.name else None
        if handle is not None and self._names.setdefault(handle, key) is not key:
            self._doubled.add(("name", handle))
        if key.id and self._ids.setdefault(key.id, key) is not key:
            self._doubled.add(("id", key.id))

    def free_name(self, provider: str) -> str:
        """The first free ``PROVIDER-N``."""
        return free_name(provider, self._names.keys() | self._snapshot.reserved_names)

    def named(self, name: str) -> Key | None:
        """The key that has this name, or one that differs by Unicode normalisation only."""
        return self._names.get(comparable_name(name))

    def with_id(self, key_id: str) -> Key | None:
        """The key that has this id."""
        return self._ids.get(key_id)

    def take(self, provider: str, fields: Mapping[str, Any]) -> None:
        """Note a key that is being made."""
        self._enter(Key(provider, -1, fields["id"], fields["name"], lambda: fields))

    def find(self, provider: str, *, name: str | None, key_id: str | None) -> Key | None:
        """The key of this provider that has the id, else the name; None where both are free.

        Raises ConflictError when the name or id is another key's.
        """
        handle = comparable_name(name) if name is not None else None
        by_id = self._ids.get(key_id) if key_id is not None else None
        by_name = self._names.get(handle) if handle is not None else None
        found = by_id or by_name
        if found is None:
            return None
        what, used = ("id", key_id) if by_id is not None else ("name", handle)
        if found.provider != provider or found.position < 0:
            raise _taken(what, f"taken by a key of {found.provider}")
        if (what, used) in self._doubled:
            raise _taken(what, "that of several keys of the file")
        if by_id is not None and by_name is not None and by_id is not by_name:
            raise _taken("name", "taken by another key than the one with this id")
        if by_id is None and key_id is not None and found.id:
            raise _taken("id", "not that of the key of this name: the gateway keeps the id a key has")
        if by_id is None and found.name != name:
            raise _taken("name", "taken by a name that looks the same (Unicode normalisation)")
        return found


def _taken(what: str, how: str) -> ConflictError:
    fault = Fault(f"{what}-taken", (what,), "error", f"is {how}", "choose another one")
    return ConflictError(f"the {what} is {how}", code=f"{what}_taken", field=what, faults=[fault])
