"""Compare states of a key, and check that a key is as requested."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bifrost_keys.gateway.secrets.masked import Masked
from bifrost_keys.stores.gateway_api.wire import NOTED, KeyInfo

_Same = Callable[[object, object], bool]


def differing_members(before: KeyInfo, after: KeyInfo) -> tuple[str, ...]:
    """Return the members that differ between two reads of a key, never their values.

    Notes of the gateway itself do not count: 1.5.1 shows the hash of its file only after a restart. Secrets
    with the same mask count as equal, although they may differ.
    """
    one, other = ({"enabled": True, **each.entry} for each in (before, after))  # absent means enabled
    return tuple(_differences(one, other, _exactly))


def unmet_members(wanted: Mapping[str, Any], stored: KeyInfo) -> tuple[str, ...]:
    """Return the members that a gateway does not show as requested, as far as it shows them.

    A literal is compared by its mask. Absent, null, empty and false are equal, and an absent ``enabled`` is
    true; id and notes of the gateway do not count.
    """
    entry = {name: value for name, value in wanted.items() if name not in ("id", *NOTED)}
    shown = {name: value for name, value in stored.entry.items() if name != "id"}
    for each in (entry, shown):
        each.setdefault("enabled", True)
    return tuple(_differences(entry, shown, _met))


def _differences(
    one: Mapping[str, Any], other: Mapping[str, Any], same: _Same, path: str = ""
) -> Iterator[str]:
    for name in [*one, *(name for name in other if name not in one)]:
        left, right = one.get(name), other.get(name)
        if name.endswith("_key_config") and isinstance(left, Mapping) and isinstance(right, Mapping):
            yield from _differences(left, right, same, f"{name}.")
        elif not same(left, right):
            yield f"{path}{name}"


def _exactly(left: object, right: object) -> bool:
    if isinstance(left, Masked) and isinstance(right, Masked):
        return left.shows_as(right)
    return _alike(left, right, _exactly)


def _met(wanted: object, stored: object) -> bool:
    wanted, stored = _plain(wanted), _plain(stored)
    if isinstance(stored, Masked):
        if isinstance(wanted, Masked):
            return wanted.shows_as(stored)
        return isinstance(wanted, str) and stored.looks_like(wanted)
    if _is_nothing(wanted) and _is_nothing(stored):
        return True
    return _alike(wanted, stored, _met)


def _alike(left: object, right: object, same: _Same) -> bool:
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return all(same(left.get(name), right.get(name)) for name in {*left, *right})
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def _plain(value: object) -> object:
    """Return an alias object with only a model as that model, and a secret object as its text."""
    if isinstance(value, Mapping):
        if value.keys() == {"model_id"}:
            return value["model_id"]
        if isinstance(value.get("ref") or value.get("env_var") or value.get("value"), str):
            return value.get("ref") or value.get("env_var") or value["value"]
    return value


def _is_nothing(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(_is_nothing(member) for member in value.values())
    return value is None or value is False or value in ("", [], 0)
