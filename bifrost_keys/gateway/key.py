"""An entry of the file: how a new one is made, and which names and ids are taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from bifrost_keys.gateway.fields import CONFIG_BY_NAME
from bifrost_keys.gateway.hashing import hash_for_file
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.providers import Provider, built_in
from bifrost_keys.gateway.rules.fault import Fault

_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z", re.ASCII)
# The order in which the members of a new entry are written.
MEMBER_ORDER: Final = (
    *("id", "name", "value", "models", "blacklisted_models", "weight", "aliases"),
    *CONFIG_BY_NAME,
    *("enabled", "use_for_batch_api", "config_hash"),
)
_DEFAULTS: Final[Mapping[str, Any]] = {"models": ["*"], "weight": 1, "enabled": True}
_LEFT_OUT: Final[Mapping[str, Any]] = {
    "value": "",
    "blacklisted_models": [],
    "aliases": {},
    "use_for_batch_api": False,
}
_EXACT_INTEGERS: Final = 2.0**53


def new_entry(given: Mapping[str, Any], *, key_id: str, name: str) -> dict[str, Any]:
    """The entry that these fields make, its members in the order of the file.

    Models, weight and ``enabled`` get the defaults; what equals the gateway's own default is left out.
    """
    merged = {**_DEFAULTS, **given, "id": key_id, "name": name}
    entry = {member: merged[member] for member in MEMBER_ORDER if member in merged}
    entry |= {member: value for member, value in merged.items() if member not in entry}
    return without_defaults(entry)


def without_defaults(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry without members, and members of config objects, that say no more than their absence."""
    kept = {}
    for member, value in entry.items():
        if member in _LEFT_OUT and value == _LEFT_OUT[member] and type(value) is type(_LEFT_OUT[member]):
            continue
        if member in CONFIG_BY_NAME and isinstance(value, Mapping):
            value = {name: part for name, part in value.items() if part not in ("", [])}
        kept[member] = plain_number(value) if member == "weight" else value
    return kept


def with_options(
    entry: Mapping[str, Any], own: Mapping[str, Any], provider: Provider
) -> tuple[dict[str, Any], list[Fault]]:
    """The entry with these fields of the provider's config object, and a fault for each that is not its own.

    ``own`` maps names of fields to their values; None takes a field away.
    """
    config = provider.config
    known = {name for name in own if config is not None and config.field(name) is not None}
    faults = [_foreign(name, provider) for name in own if name not in known]
    if config is None or not known:
        return dict(entry), faults
    given = entry.get(config.name)
    members = {**given} if isinstance(given, Mapping) else {}
    members |= {name: own[name] for name in own if name in known}
    ordered = {field.name: members[field.name] for field in config.fields if field.name in members}
    ordered |= {name: value for name, value in members.items() if name not in ordered}
    return {**entry, config.name: {n: v for n, v in ordered.items() if v is not None}}, faults


def _foreign(name: str, provider: Provider) -> Fault:
    fields = [(config, config.field(name)) for config in CONFIG_BY_NAME.values()]
    owners = [config.provider for config, field in fields if field is not None]
    message = f"belongs to {' and '.join(owners)}, not to {provider.name}"
    return Fault("option-foreign", (name,), "error", message, "leave it out")


def number_of(text: str) -> float | None:
    """The number that a text is in JSON and that a float can hold; None for any other text."""
    number = float(text) if _NUMBER.match(text) and len(text) < 400 else None
    return number if number is not None and number - number == 0 else None


def plain_number(number: Any) -> Any:
    """``1`` for 1.0: one fixed form of a number, so that equal weights are written alike."""
    if isinstance(number, float) and number.is_integer() and abs(number) < _EXACT_INTEGERS:
        return int(number)
    return number


def with_hash(entry: Mapping[str, Any], recipe: str) -> dict[str, Any]:
    """The entry with its ``config_hash``, or without one where only the gateway knows it."""
    bare = {member: value for member, value in entry.items() if member != "config_hash"}
    digest = hash_for_file(bare, recipe)
    if digest is None:
        return bare
    if "config_hash" in entry:
        return {**entry, "config_hash": digest}
    return {**bare, "config_hash": digest}


def free_name(provider: str, taken: AbstractSet[str | None]) -> str:
    """The first free ``PROVIDER-N``, N from 1; ``taken`` holds comparable names."""
    number = 1
    while comparable_name(f"{provider}-{number}") in taken:
        number += 1
    return f"{provider}-{number}"


def selector_faults(provider: str, name: str) -> list[Fault]:
    """A fault for a typed name that is PROVIDER/NAME: the provider would become a part of the name.

    It is a slip at the keyboard: the gateway takes such a name, and one in a document is meant.
    """
    first, slash, _ = name.lower().partition("/")
    if not slash or not (first == provider.lower() or built_in(first)):
        return []
    message, hint = "begins with the provider", "give the name alone"
    if first != provider.lower():
        message = f"begins with the name of another provider, {first}"
        hint = f"a key stays at its provider: keys create {first} adds one there"
    return [Fault("name-selector", ("name",), "error", message, hint)]
