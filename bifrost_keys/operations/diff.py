"""The keys of a file beside those of a running gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bifrost_keys.gateway.fields.table import BOOKKEEPING, CONFIG_BY_NAME, KEY_FIELDS, as_gateway_reads
from bifrost_keys.gateway.secrets.masked import Masked
from bifrost_keys.jsontext.equality import same
from bifrost_keys.stores.protocol import Key, Snapshot

State = Literal["in-sync", "differs", "renamed", "only-in-file", "only-at-gateway"]


@dataclass(frozen=True)
class KeyDiff:
    """One key of the file, of the gateway, or of both.

    ``members`` are those that differ, never their values. ``name_at_gateway`` is the gateway's name where it
    is another. ``looks_equal``: a literal secret of the file has the mask that the gateway shows, and no more
    than its first and last four characters is known.
    """

    provider: str
    name: str
    state: State
    members: tuple[str, ...] = ()
    name_at_gateway: str | None = None
    looks_equal: bool = False


def compare_stores(file: Snapshot, gateway: Snapshot) -> list[KeyDiff]:
    """Every key of the file in its order, then those that only the gateway has.

    A key of one is that of the other by its id, else by its name at the same provider.
    """
    there = list(gateway.keys())
    by_id = {(key.provider.lower(), key.id): key for key in there if key.id}
    by_name = {(key.provider.lower(), key.name): key for key in there if key.name}
    met: set[Key] = set()
    found = []
    for key in file.keys():
        provider = key.provider.lower()
        other = by_id.get((provider, key.id or "")) or by_name.get((provider, key.name or ""))
        if other is None or other in met:
            found.append(KeyDiff(key.provider, key.name or "", "only-in-file"))
            continue
        met.add(other)
        found.append(_compared(key, other))
    left = (key for key in there if key not in met)
    return found + [KeyDiff(key.provider, key.name or "", "only-at-gateway") for key in left]


def _compared(key: Key, other: Key) -> KeyDiff:
    members = tuple(_differing(as_gateway_reads(key.fields), other.fields))
    renamed = key.name != other.name
    state: State = "renamed" if renamed else "differs" if members else "in-sync"
    looks_equal = any(isinstance(value, Masked) for value in _values(other.fields)) and not members
    name = other.name if renamed else None
    return KeyDiff(key.provider, key.name or "", state, members, name, looks_equal)


def _differing(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    """The known members that differ; unknown ones are ignored, because a release may not know them."""
    for name in KEY_FIELDS:
        if name in ("id", "name", *BOOKKEEPING):
            continue
        mine, other = ours.get(name), theirs.get(name)
        if name in CONFIG_BY_NAME and (isinstance(mine, Mapping) or isinstance(other, Mapping)):
            mine, other = mine or {}, other or {}
            for part in dict.fromkeys([*mine, *other]):
                if not _equal(part, mine.get(part), other.get(part)):
                    yield f"{name}.{part}"
        elif not _equal(name, mine, other):
            yield name


def _equal(name: str, mine: Any, other: Any) -> bool:
    if isinstance(other, Masked):
        return isinstance(mine, str) and other.looks_like(mine)
    if name == "enabled":
        return (mine is not False) is (other is not False)
    if isinstance(mine, list) and isinstance(other, list):
        return sorted(map(str, mine)) == sorted(map(str, other))
    return same(_nothing_as_none(mine), _nothing_as_none(other))


def _nothing_as_none(value: Any) -> Any:
    """Absent, null, empty and false mean one thing to the gateway, and so does a weight of 0."""
    return value if value or value is None else None


def _values(fields: Mapping[str, Any]) -> Iterator[Any]:
    for value in fields.values():
        if isinstance(value, Mapping):
            yield from _values(value)
        else:
            yield value
