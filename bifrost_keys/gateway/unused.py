"""The reasons why the gateway never uses a key, whatever model is requested."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields.table import ConfigObject
from bifrost_keys.gateway.providers.table import Provider, built_in, custom
from bifrost_keys.gateway.rules.alias import alias_faults
from bifrost_keys.gateway.rules.catalog import CODES
from bifrost_keys.gateway.secrets.masking import shown_name

# If one of these is empty, the gateway skips the key; without another field, requests fail later.
ADDRESSES: Final = ("endpoint", "url", "workspace_url")


class Rule(NamedTuple):
    """A rule that excludes a key: a stable code, and a reason in words that follow the key's name."""

    code: str
    reason: str


def is_off(entry: Mapping[str, Any]) -> bool:
    """Return whether every model is blacklisted, so that the key is off whatever the row's ``enabled``."""
    return entry.get("enabled") is False and entry.get("blacklisted_models") == ["*"]


def provider_rule(name: str, settings: Mapping[str, Any]) -> Rule | None:
    """Return why the gateway uses no key of the provider with these settings, None if it does."""
    declared, standard, name = custom(settings), built_in(name), shown_name(name)
    if declared is None:
        if standard is not None:
            return None
        return Rule("provider", f"{name} is not a provider of the gateway, and has no custom_provider_config")
    if standard is not None:
        return Rule("provider", f"the gateway drops {name}: a custom provider must not have a built-in name")
    if declared.base is None:
        return Rule("provider", f"the gateway drops {name}: its base_provider_type is missing or unknown")
    if declared.keyless and declared.base.name == "bedrock":
        return Rule("provider", f"the gateway drops {name}: a provider that builds on bedrock is not keyless")
    return None


def alias_rule(labelled: Iterable[tuple[str, Mapping[str, Any]]], provider: Provider | None) -> Rule | None:
    """Return the rule if an invalid alias makes the gateway drop a provider with these keys.

    Each key comes with its label, as the gateway reads it.
    """
    for label, key in labelled:
        aliases = key.get("aliases")
        faults = alias_faults(aliases, provider) if isinstance(aliases, Mapping) else []
        if any(CODES[fault.code].effect == "drops" for fault in faults):
            return Rule(
                "alias", f"the gateway drops the whole provider: the aliases of {label} are not valid"
            )
    return None


def key_rule(key: Mapping[str, Any], provider: Provider | None) -> Rule | None:
    """Return why the gateway never uses this key, as it reads it, of a provider with these rules."""
    config = provider.config if provider is not None else None
    members = key.get(config.name) if config is not None else None
    if config is not None and config.required and not isinstance(members, Mapping):
        return Rule("config", f"it has no {config.name}, which the gateway needs")
    if config is not None and isinstance(members, Mapping):
        for name in ADDRESSES:
            if config.field(name) is not None and not members.get(name):
                return Rule("config", f"its {config.name} has no {name}")
    if not key.get("value") and not _has_no_need(config, members, provider):
        return Rule("value", "it has no value")
    return None


def _has_no_need(config: ConfigObject | None, members: Any, provider: Provider | None) -> bool:
    """Return whether the gateway uses the key without a value."""
    if provider is None or not provider.value_optional:
        return False
    instead = config.instead_of_value if config is not None else ()
    return not instead or (isinstance(members, Mapping) and all(members.get(name) for name in instead))
