"""The rules about what each key has for itself: its name, its id and its secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields import OWN_FIELDS
from bifrost_keys.gateway.names import has_unseen_characters, name_faults
from bifrost_keys.gateway.providers import Provider
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.rules.secret import secret_faults, secret_warnings
from bifrost_keys.gateway.schema import type_faults
from bifrost_keys.gateway.secrets.detection import id_looks_secret

_MAX_ID_CHARACTERS: Final = 255


def own_faults(entry: Mapping[str, Any], provider: Provider | None) -> list[Fault]:
    """Every rule that these members of the entry break; ``provider`` None: of no provider's."""
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
    plain = all(isinstance(value, str) and value.isascii() for value in present.values())
    wrong = [] if plain else type_faults(present)
    broken = {fault.path[0] for fault in wrong}
    sound = {name: value for name, value in present.items() if name not in broken}
    faults += wrong + _name_rules(sound, missing="name" not in own) + _id_rules(sound.get("id", ""))
    if provider is not None and "value" not in broken:
        faults += _value_rules(sound, provider)
    return faults


def _name_rules(own: Mapping[str, Any], *, missing: bool) -> list[Fault]:
    if missing:
        return [Fault("name-missing", ("name",), "error", "is missing", "give the key a name")]
    return name_faults(own["name"]) if "name" in own else []


def _id_rules(text: str) -> list[Fault]:
    if text and (not text.strip() or has_unseen_characters(text) or len(text) > _MAX_ID_CHARACTERS):
        message = "must be 1 to 255 visible characters"
        return [Fault("id-characters", ("id",), "error", message, "a uuid is usual")]
    if text and id_looks_secret(text):
        return [Fault("id-looks-secret", ("id",), "error", "looks like a secret", "a uuid is usual")]
    return []


def _value_rules(own: Mapping[str, Any], provider: Provider) -> list[Fault]:
    value = own.get("value", "")
    if value:
        faults = secret_faults(value, ("value",))
        return faults if provider.custom else faults + secret_warnings(value, provider.name, ("value",))
    if provider.value_optional:
        return []
    message = f"is missing or empty: a key of {provider.name} without one is never used"
    return [Fault("value-missing", ("value",), "error", message, "give it, best as a reference env.NAME")]
