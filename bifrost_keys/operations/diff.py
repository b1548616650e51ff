"""Compare the keys of a file with those of a running gateway."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME
from bifrost_keys.gateway.releases import NEWEST
from bifrost_keys.gateway.request_body import from_wire
from bifrost_keys.gateway.restart.drift import as_loaded
from bifrost_keys.gateway.restart.row_differences import plain_fields
from bifrost_keys.gateway.secrets.masked import Masked, masked_members
from bifrost_keys.jsontext.equality import same
from bifrost_keys.stores.protocol import Key, Snapshot

_Path: TypeAlias = tuple[str, ...]
State = Literal["in-sync", "differs", "renamed", "only-in-file", "only-at-gateway"]


@dataclass(frozen=True)
class KeyDiff:
    """A key of the file, of the gateway, or of both.

    ``name`` selects the key at its provider, and may be printed. ``fields`` are the names of the fields
    that differ. ``name_at_gateway`` is the key's name there, if it is another one. ``looks_equal``: the
    literal secret in the file matches the mask that the gateway shows; only its first and last four
    characters are known.
    """

    provider: str
    name: str
    state: State
    fields: tuple[str, ...] = ()
    name_at_gateway: str | None = None
    looks_equal: bool = False


def compare_stores(file: Snapshot, gateway: Snapshot) -> list[KeyDiff]:
    """Return every key of the file in its order, then the keys that only the gateway has.

    Keys are matched by id, else by name at the same provider.
    """
    here, there = list(file.keys()), list(gateway.keys())
    matched = _matched(here, there)
    found = [
        _compared(file, key, matched[key]) if key in matched else _alone(key, "only-in-file") for key in here
    ]
    met = set(matched.values())
    return found + [_alone(key, "only-at-gateway") for key in there if key not in met]


def _matched(here: Sequence[Key], there: Sequence[Key]) -> dict[Key, Key]:
    """Return the gateway's key for each key of the file, ids first: a name may have moved to another key."""
    found: dict[Key, Key] = {}
    taken: set[Key] = set()
    for handle in ("id", "name"):
        known = {(key.provider.lower(), getattr(key, handle)): key for key in there if key not in taken}
        for key in here:
            text = getattr(key, handle)
            other = known.get((key.provider.lower(), text)) if text else None
            if other is not None and key not in found and other not in taken:
                found[key] = other
                taken.add(other)
    return found


def _alone(key: Key, state: State) -> KeyDiff:
    return KeyDiff(key.provider, key.handle, state)


def _compared(file: Snapshot, key: Key, other: Key) -> KeyDiff:
    loaded = as_loaded(key.fields, empty_models_allow_all=file.empty_models_allow_all)
    texts, _, _ = from_wire(loaded)  # in a file, a secret may be an object too
    members = tuple(_differing(plain_fields(texts), plain_fields(other.fields)))
    renamed = (key.name or "") != (other.name or "")
    state: State = "renamed" if renamed else "differs" if members else "in-sync"
    looks_equal = not members and next(masked_members(other.fields), None) is not None
    name = other.name if renamed else None
    return KeyDiff(key.provider, key.handle, state, members, name, looks_equal)


def _differing(ours: Mapping[_Path, Any], theirs: Mapping[_Path, Any]) -> Iterator[str]:
    """Yield the known members that differ. Unknown ones are ignored: the gateway may be too old for them."""
    for path in dict.fromkeys([*ours, *theirs]):
        if path == ("name",) or (len(path) > 1 and _ignored(path, theirs)):
            continue
        if not _equal(ours.get(path), theirs.get(path)):
            yield ".".join(path)


def _ignored(path: _Path, theirs: Mapping[_Path, Any]) -> bool:
    """Return whether the member of a config object is unknown, or too old for the gateway's release."""
    field = CONFIG_BY_NAME[path[0]].field(path[1])
    return field is None or (field.until != NEWEST and path not in theirs)


def _equal(mine: Any, other: Any) -> bool:
    if isinstance(other, Masked):
        return isinstance(mine, str) and other.looks_like(mine)
    if isinstance(mine, Mapping) and isinstance(other, Mapping):
        return all(_equal(mine.get(name), other.get(name)) for name in {*mine, *other})
    return same(mine, other)
