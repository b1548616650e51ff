"""Rules about a key's name, id and secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.names import has_unseen_characters, name_faults
from bifrost_keys.gateway.providers.table import Provider
from bifrost_keys.gateway.rules.fault import Fault, breach
from bifrost_keys.gateway.rules.secret import secret_faults, secret_warnings
from bifrost_keys.gateway.secrets.detection import id_looks_secret

_MAX_ID_CHARACTERS: Final = 255


def name_rules(entry: Mapping[str, Any], *, missing: bool) -> list[Fault]:
    """Return the faults of an entry's name; ``missing``: the file has none, not even null."""
    if missing:
        return [
            breach("name-missing", ("name",), "is missing: nothing can refer to the key", "give it a name")
        ]
    return name_faults(entry["name"]) if "name" in entry else []


def id_rules(entry: Mapping[str, Any]) -> list[Fault]:
    """Return the faults of an entry's id, which may be absent or empty."""
    text = entry.get("id", "")
    if text and (not text.strip() or has_unseen_characters(text) or len(text) > _MAX_ID_CHARACTERS):
        message = "must be 1 to 255 visible characters"
        return [breach("id-characters", ("id",), message, "use a uuid")]
    if text and id_looks_secret(text):
        return [breach("id-looks-secret", ("id",), "looks like a secret", "use a uuid")]
    return []


def value_rules(entry: Mapping[str, Any], provider: Provider) -> list[Fault]:
    """Return the faults of an entry's secret, including its absence if the provider needs one."""
    value = entry.get("value", "")
    if value:
        faults = secret_faults(value, ("value",))
        if provider.config is not None and provider.config.field("url") is not None:
            # A self-hosted server requires no key, but its clients often require some text as the key.
            faults = [fault for fault in faults if fault.code != "value-placeholder"]
        return faults if provider.custom else faults + secret_warnings(value, provider.name, ("value",))
    if provider.works_without_value(entry):
        return []
    hint = "give it, preferably as a reference env.NAME"
    if provider.config is not None and provider.config.instead_of_value:
        fields = map(provider.config.field, provider.config.instead_of_value)
        hint += f", or give {', '.join(field.option for field in fields if field is not None)}"
    message = f"is missing or empty: a key of {provider.name} without one is never used"
    return [breach("value-missing", ("value",), message, hint)]
