"""The rules about what each key has for itself: its name, its id and its secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from bifrost_keys.gateway.fields import OWN_FIELDS
from bifrost_keys.gateway.names import has_unseen_characters, name_faults
from bifrost_keys.gateway.providers import Provider
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.rules.secret import ORDINARY, VIRTUAL_KEY_PREFIX, secret_faults, secret_warnings
from bifrost_keys.gateway.schema import type_faults
from bifrost_keys.gateway.secrets.detection import KEY_PREFIXES, name_looks_secret

_MAX_ID_CHARACTERS: Final = 255


def own_faults(entry: Mapping[str, Any], provider: Provider | None) -> list[Fault]:
    """Every rule that these members of the entry break; ``provider`` None: of no provider's."""
    if provider is not None and _is_plain(entry, provider):
        return []
    own = {name: entry[name] for name in OWN_FIELDS if name in entry}
    faults = [
        Fault(
            "null-value",
            (name,),
            "error",
            "is null: the gateway's schema refuses that",
            "leave the field out",
        )
        for name in ("name", "value")  # of an id the schema knows nothing
        if name in own and own[name] is None
    ]
    present = {name: value for name, value in own.items() if value is not None}
    wrong = type_faults(present)
    broken = {fault.path[0] for fault in wrong}
    sound = {name: value for name, value in present.items() if name not in broken}
    faults += wrong + _name_rules(sound, missing="name" not in own) + _id_rules(sound.get("id", ""))
    if provider is not None and "value" not in broken:
        faults += _value_rules(sound, provider)
    return faults


def _is_plain(entry: Mapping[str, Any], provider: Provider) -> bool:
    """Whether nothing is at fault, as in nearly every key: told by one look instead of a dozen.

    Of others nothing is said.
    """
    name, key_id = entry.get("name"), entry.get("id", "absent")
    value, recorded = entry.get("value"), entry.get("config_hash", "")
    if not (type(name) is type(key_id) is type(value) is type(recorded) is str):
        return False
    return _plain_of(provider.name)(f"{name}\n{key_id}\n{recorded}\n{value}") is not None


@cache
def _plain_of(provider: str) -> Callable[[str], re.Match[str] | None]:
    """Matches a plain name, id, recorded hash and value, a line each; of the provider's own looks.

    What looks like a secret begins like a well-known key, or is long and has upper case.
    """
    known = "|".join(re.escape(prefix) for prefix, _ in KEY_PREFIXES)
    others = "|".join(
        re.escape(prefix)
        for prefix, owner in KEY_PREFIXES
        if prefix == VIRTUAL_KEY_PREFIX or owner not in (None, provider)
    )
    name = rf"(?!{known})(?:[a-z0-9_.-]{{1,255}}|[A-Za-z0-9_.-]{{1,19}})"
    value = rf"env\.(?!{known})[A-Za-z_][A-Za-z0-9_]{{0,23}}|(?!env\.|vault\.|{others}){ORDINARY}"
    return re.compile(rf"{name}\n{name}\n[0-9a-f]{{0,64}}\n(?:{value})").fullmatch


def _name_rules(own: Mapping[str, Any], *, missing: bool) -> list[Fault]:
    if missing:
        return [Fault("name-missing", ("name",), "error", "is missing", "give the key a name")]
    return name_faults(own["name"]) if "name" in own else []


def _id_rules(text: str) -> list[Fault]:
    if text and (not text.strip() or has_unseen_characters(text) or len(text) > _MAX_ID_CHARACTERS):
        message = "must be 1 to 255 visible characters"
        return [Fault("id-characters", ("id",), "error", message, "a uuid is usual")]
    if text and name_looks_secret(text):
        return [Fault("id-looks-secret", ("id",), "error", "looks like a secret", "a uuid is usual")]
    return []


def _value_rules(own: Mapping[str, Any], provider: Provider) -> list[Fault]:
    value = own.get("value", "")
    if value:
        return secret_faults(value, ("value",)) + secret_warnings(value, provider.name, ("value",))
    if provider.value_optional:
        return []
    message = f"is missing or empty: a key of {provider.name} without one is never used"
    return [Fault("value-missing", ("value",), "error", message, "give it, best as a reference env.NAME")]
