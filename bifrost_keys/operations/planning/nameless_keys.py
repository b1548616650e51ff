"""Find the keys that have neither a name nor an id, by their members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bifrost_keys.gateway.desired_state import DesiredKey
from bifrost_keys.stores.protocol import Key


class NamelessKeys:
    """The keys of a provider without a name and an id that no desired key has matched yet."""

    def __init__(self, keys: Iterable[Key]) -> None:
        self._by_value: dict[str, dict[int, Key]] = {}
        for key in keys:
            if not (key.name or key.id):
                self._by_value.setdefault(_value_of(key.fields), {})[key.position] = key

    def likely(self, wanted: DesiredKey) -> Iterator[Key]:
        """Yield the keys with the desired value, then the others, of which the value may be a mask."""
        value = _value_of(wanted.members)
        yield from self._by_value.get(value, {}).values()
        for other, keys in self._by_value.items():
            if other != value:
                yield from keys.values()

    def remove(self, key: Key) -> None:
        """Remove a key that is matched."""
        del self._by_value[_value_of(key.fields)][key.position]


def _value_of(members: Mapping[str, Any]) -> str:
    value = members.get("value")
    return value if isinstance(value, str) else ""
