"""Build the entry of a key: defaults, order of members, options of the provider, hash and name."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final

from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME, FLAGS, Field
from bifrost_keys.gateway.hashing.key_hash import HashDecision
from bifrost_keys.gateway.names import comparable_name, in_words
from bifrost_keys.gateway.providers.table import Provider, built_in
from bifrost_keys.gateway.rules.fault import Fault

_NUMBER: Final = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
# The order in which the members of a new entry are written.
MEMBER_ORDER: Final = (
    *("id", "name", "value", "models", "blacklisted_models", "weight", "aliases"),
    *CONFIG_BY_NAME,
    *("enabled", "use_for_batch_api", *(flag.name for flag in FLAGS), "config_hash"),
)
_DEFAULTS: Final[Mapping[str, Any]] = {"models": ["*"], "weight": 1, "enabled": True}
_LEFT_OUT: Final[Mapping[str, Any]] = {
    "value": "",
    "blacklisted_models": [],
    "aliases": {},
    "use_for_batch_api": False,
    **dict.fromkeys((flag.name for flag in FLAGS), False),
}
_EXACT_INTEGERS: Final = 2.0**53


def new_entry(given: Mapping[str, Any], *, key_id: str, name: str) -> dict[str, Any]:
    """Build a new entry from these fields, with its members in the file's order.

    Models, weight and ``enabled`` get defaults; other members that equal the gateway's default are left out.
    """
    merged = {**_DEFAULTS, **given, "id": key_id, "name": name}
    entry = {member: merged[member] for member in MEMBER_ORDER if member in merged}
    entry |= {member: value for member, value in merged.items() if member not in entry}
    return without_defaults(entry)


def without_defaults(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry without members, also of config objects, that mean the same as if they were absent."""
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
    """Set fields of the provider's config object; return the entry, and a fault for each foreign field.

    ``own`` maps names of fields, such as ``region`` or ``endpoints.runtime``, to their values; None removes
    a field.
    """
    config = provider.config
    known = {name for name in own if config is not None and config.field(name) is not None}
    faults = [_foreign(name, provider) for name in own if name not in known]
    if config is None or not known:
        return dict(entry), faults
    given = entry.get(config.name)
    members: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    for name in own:
        if name in known:
            members = with_member(members, name.split("."), own[name])
    return {**entry, config.name: _ordered(members, config.fields)}, faults


def with_member(members: Mapping[str, Any], path: Sequence[str], value: Any) -> dict[str, Any]:
    """Return the object with this value at ``path``, without its null members; None removes the member."""
    name, *rest = path
    if rest:
        inner = members.get(name)
        value = with_member(inner if isinstance(inner, Mapping) else {}, rest, value) or None
    return {each: part for each, part in {**members, name: value}.items() if part is not None}


def combined(old: Any, new: Any, fields: Sequence[Field]) -> Any:
    """Merge ``new`` into ``old``, also in nested objects; return ``new`` unless both are objects."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    inner = {field.name: field.fields for field in fields if field.kind == "object"}
    return {
        **old,
        **{
            name: combined(old.get(name), value, inner[name]) if name in inner else value
            for name, value in new.items()
        },
    }


def _ordered(members: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    """Return the members in the order of the table, followed by the unknown ones."""
    known = {
        field.name: _ordered(members[field.name], field.fields)
        if field.kind == "object" and isinstance(members[field.name], Mapping)
        else members[field.name]
        for field in fields
        if field.name in members
    }
    return {**known, **{name: value for name, value in members.items() if name not in known}}


def _foreign(name: str, provider: Provider) -> Fault:
    fields = [(config, config.field(name)) for config in CONFIG_BY_NAME.values()]
    owners = [config.provider for config, field in fields if field is not None]
    message = f"belongs to {in_words(owners)}, not to {provider.name}"
    return Fault("option-foreign", (name,), "error", message, "remove it")


def number_of(text: str) -> float | None:
    """Return the number if the text is a JSON number in the range of a float, else None."""
    number = float(text) if re.fullmatch(_NUMBER, text) and len(text) < 400 else None
    return number if number is not None and number - number == 0 else None


def plain_number(number: Any) -> Any:
    """Return 1 for 1.0, so that equal weights are always written in the same form."""
    if isinstance(number, float) and number.is_integer() and abs(number) < _EXACT_INTEGERS:
        return int(number)
    return number


def with_hash(entry: Mapping[str, Any], decision: HashDecision) -> dict[str, Any]:
    """Return the entry with the ``config_hash`` of the decision, or without one if there is none."""
    if decision.hash is None:
        return {member: value for member, value in entry.items() if member != "config_hash"}
    return {**entry, "config_hash": decision.hash}


def free_names(provider: str, *taken: Container[str]) -> Iterator[str]:
    """Yield the free names ``PROVIDER-N``, with N from 1; ``taken`` contain comparable names."""
    for number in count(1):
        name = f"{provider}-{number}"
        if not any(comparable_name(name) in names for names in taken):
            yield name


def selector_faults(provider: str, name: str) -> list[Fault]:
    """Return a fault if a typed name has the form PROVIDER/NAME, because that is probably a mistake.

    The gateway accepts such a name, and in a document it is assumed to be intended.
    """
    first, slash, _ = name.lower().partition("/")
    if not slash or not (first == provider.lower() or built_in(first)):
        return []
    message, hint = "begins with the provider", "use only the name"
    if first != provider.lower():
        message = f"begins with the name of another provider, {first}"
        hint = f"a key cannot move to another provider; keys create {first} adds one there"
    return [Fault("name-selector", ("name",), "error", message, hint)]
