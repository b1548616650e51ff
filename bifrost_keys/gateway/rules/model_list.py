"""The rules about a key's lists of models."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from bifrost_keys.gateway.model_names import lowered
from bifrost_keys.gateway.names import has_unseen_characters
from bifrost_keys.gateway.rules.fault import Fault, Path, breach

_STOPS: Final = "the gateway does not start"
_EVERY: Final = 'write ["*"] for every model'


def list_faults(
    entry: Mapping[str, Any], broken: Collection[Path], *, missing: bool, empty_is_all: bool
) -> list[Fault]:
    """What is wrong with ``models`` and ``blacklisted_models`` of an entry as the gateway reads it.

    ``missing``: the file has no models for the key. ``broken`` are places whose type is wrong already.
    """
    faults = []
    models, blocked = (_texts(entry.get(name), name, broken) for name in ("models", "blacklisted_models"))
    if missing and not empty_is_all:
        faults.append(breach("models-missing", ("models",), "is missing: the key serves no model", _EVERY))
    if entry.get("models") == [] and not empty_is_all:
        message = "is empty: the key serves no model"
        faults.append(breach("models-empty", ("models",), message, _EVERY, refused=False))
    faults += _members("model", "models", models)
    faults += _members("blacklist", "blacklisted_models", blocked)
    # Our own disable blocks every model of a key that is off, so that it stays off.
    if list(blocked.values()) == ["*"] and entry.get("enabled") is not False:
        message = "blocks every model: the key serves nothing"
        faults.append(breach("blacklist-all", ("blacklisted_models",), message, "keys enable", refused=False))
    return faults


def _texts(listed: Any, field: str, broken: Collection[Path]) -> dict[int, str]:
    if not isinstance(listed, list):
        return {}
    return {place: item for place, item in enumerate(listed) if (field, place) not in broken}


def _members(kind: str, field: str, members: Mapping[int, str]) -> list[Fault]:
    faults = []
    if len(members) > 1 and "*" in members.values():
        message = f'must contain "*" alone: {_STOPS}'
        hint = '"*" alone, or the models without it'
        faults.append(breach(f"{kind}-wildcard-mixed", (field,), message, hint))
    seen: set[str] = set()
    for index, member in members.items():
        if lowered(member) in seen:
            message = f"is a duplicate, ignoring case: {_STOPS}"
            faults.append(breach(f"{kind}-duplicate", (field, index), message, "remove one of them"))
        seen.add(lowered(member))
        if not member.strip() or has_unseen_characters(member):
            message = "is blank or contains a control character: it matches no model"
            faults.append(breach(f"{kind}-blank", (field, index), message, "remove it"))
    return faults
