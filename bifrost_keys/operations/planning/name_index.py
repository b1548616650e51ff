"""An index of the names and ids of a store's keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.key import free_names
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.stores.protocol import Key, Snapshot


class NameIndex:
    """The keys of a snapshot, and keys about to be added, by name (in comparable form) and by id."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        # Nearly every name and id has a single key: a list for each would take a third of the memory.
        self._names: dict[str, Key] = {}
        self._ids: dict[str, Key] = {}
        self._more: dict[tuple[str, str, str], list[Key]] = {}
        for key in snapshot.keys():
            self._enter(key)

    def _enter(self, key: Key) -> None:
        name, key_id = key.name and comparable_name(key.name), key.id
        if name and self._names.setdefault(name, key) is not key:
            self._more.setdefault(("name", name, key.provider), []).append(key)
        if key_id and self._ids.setdefault(key_id, key) is not key:
            self._more.setdefault(("id", key_id, key.provider), []).append(key)

    def free_name(self, provider: str) -> str:
        """Return the first free ``PROVIDER-N``."""
        return next(free_names(provider, self._names, self._snapshot.reserved_names))

    def named(self, name: str) -> Key | None:
        """Return the first key that has this name, or one that differs by Unicode normalisation only."""
        return self._names.get(comparable_name(name))

    def with_id(self, key_id: str) -> Key | None:
        """Return the first key that has this id."""
        return self._ids.get(key_id)

    def take(self, provider: str, fields: Mapping[str, Any]) -> None:
        """Add a key that is about to be created."""
        self._enter(Key(provider, -1, fields["id"], fields["name"], lambda _: fields))

    def find(self, provider: str, *, name: str | None, key_id: str | None) -> Key | None:
        """Return the key of this provider with the id, else with the name; None if both are free.

        If other providers have a key of that name too, the provider's own key counts. Raise ConflictError if
        the name or id belongs to another key.
        """
        by_id = self._own(provider, "id", self._ids, key_id or "")
        by_name = self._own(provider, "name", self._names, comparable_name(name or ""))
        if by_id is not None and by_name is not None and by_id is not by_name:
            raise _taken("name", "taken by another key than the one with this id")
        if by_id is None and by_name is not None:
            if key_id is not None and by_name.id:
                raise _taken("id", "not that of the key of this name: the gateway keeps the id a key has")
            if by_name.name != name:
                raise _taken("name", "taken by a name that looks the same (Unicode normalisation)")
        return by_id or by_name

    def _own(self, provider: str, what: str, first: Mapping[str, Key], handle: str) -> Key | None:
        one = first.get(handle)
        if one is None:
            return None
        # Never all keys of the name in one list: each of many would be compared with all others.
        more = self._more.get((what, handle, provider), ())
        if (one.provider == provider) + len(more) > 1:
            raise _taken(what, "that of several keys of the provider")
        own = one if one.provider == provider else next(iter(more), None)
        if own is None:
            raise _taken(what, f"taken by a key of {one.provider}")
        if own.position < 0:
            raise _taken(what, "that of another new key")
        return own


def _taken(what: str, how: str) -> ConflictError:
    fault = Fault(f"{what}-taken", (what,), "error", f"is {how}", "choose another one")
    return ConflictError(f"the {what} is {how}", code=f"{what}-taken", field=what, faults=[fault])
