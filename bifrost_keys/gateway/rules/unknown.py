"""Rules about members that the gateway does not read: unknown, misspelt, misplaced, or of old formats.

No release refuses a file because of such a member, and a newer release may know it. Therefore each is only a
warning, without advice to remove it; a recognised member gets a hint where it belongs.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Final, NamedTuple

from bifrost_keys.gateway.fields.table import (
    BOOKKEEPING,
    KEY_FIELDS,
    ConfigObject,
    Field,
    fold,
)
from bifrost_keys.gateway.providers.table import PROVIDERS, Provider
from bifrost_keys.gateway.rules.fault import Fault, Path, breach
from bifrost_keys.gateway.rules.json_types import (
    CONCURRENCY,
    CUSTOM_PROVIDER,
    NETWORK,
    PROVIDER_TYPES,
)

_NONE: Final[Mapping[str, str]] = MappingProxyType({})

# Every top-level name that a release from 1.5.1 to 2.2.6 reads.
TOP_LEVEL: Final = frozenset(
    {
        *("$schema", "access_profiles", "agents", "alerting", "audit_logs", "auth_config"),
        *("circuit_breaker_config", "client", "cluster_config", "config_store", "encryption_key"),
        *("env_label", "feature_flags", "framework", "governance", "guardrails_config"),
        *("large_payload_optimization", "load_balancer_config", "logs_store", "mcp", "plugins"),
        *("providers", "proxy_config", "scim_config", "server", "setup_token", "skills_registry"),
        *("source_of_truth", "trusted_networks", "vector_store", "version", "webhooks", "websocket"),
    }
)
PROVIDER_FIELDS: Final = frozenset(
    {
        *("keys", "prompt_cache", "ignore_provider_cost", "injected_tools", *BOOKKEEPING),
        *PROVIDER_TYPES,
    }
)
# The codes of members of a key that a newer release may know, and of those that are typing errors.
MAY_BE_NEWER: Final = frozenset({"field-unknown", "config-field-unknown", "field-misplaced"})
UNKNOWN: Final = MAY_BE_NEWER | {"field-misspelt"}
_KNOWN_OF_A_KEY: Final = frozenset(KEY_FIELDS)
_MODEL_LISTS: Final = {"model": "models", "allowed_models": "models"} | dict.fromkeys(
    ("blocked_models", "denied_models", "excluded_models"), "blacklisted_models"
)
_SECRET_NAMES: Final = ("key", "api_key", "apikey", "secret", "token")
_ADDRESS_NAMES: Final = ("base_url", "api_base", "url", "endpoint", "address")
_DEPLOYMENTS: Final = "its mapping belongs in the key's aliases: keys check --fix"
_OLD_BLOCK: Final = "its fields belong in each key's "


class Container(NamedTuple):
    """A kind of object in the file: the members that it may have, and where others belong.

    ``code`` is the code for its unknown members, ``what`` names the kind in messages; ``elsewhere`` maps
    recognised names to advice.
    """

    code: str
    what: str
    known: frozenset[str]
    elsewhere: Mapping[str, str] = _NONE


def unknown_faults(names: Iterable[str], container: Container, path: Path = ()) -> list[Fault]:
    """Return a warning for each of ``names`` that the gateway does not read in this object at ``path``."""
    # One text for all of them, because there may be very many.
    ignored = f"is not a known field of {container.what}; gateways up to 2.2.6 ignore it"
    unknown = (name for name in names if name not in container.known)
    return [_unknown(name, container, (*path, name), ignored) for name in unknown]


def _unknown(name: str, container: Container, path: Path, ignored: str) -> Fault:
    folded = fold(name)
    if folded in container.known:
        message = f"is {folded} in the wrong case: the gateway reads it as that field"
        return breach("field-case", path, message, f"spell it {folded}")
    if folded in container.elsewhere:
        message = f"has no effect in {container.what}: known gateways do not read it there"
        return breach("field-misplaced", path, message, container.elsewhere[folded])
    from bifrost_keys.gateway.suggestions import misspelling  # most files have no unknown member

    near = misspelling(name, container.known)
    if near is not None:
        return breach("field-misspelt", path, ignored, f"did you mean {near}?")
    return breach(container.code, path, ignored)


def file_members() -> Container:
    """Return the top level of the file."""
    elsewhere = dict.fromkeys(PROVIDERS, "a provider belongs inside providers")
    elsewhere["keys"] = "keys belong to a provider: providers.NAME.keys"
    governed = ("virtual_keys", "routing_rules", "pricing_overrides", "teams", "customers", "budgets")
    elsewhere |= dict.fromkeys(governed, "it belongs inside governance")
    return Container("top-level-unknown", "the file", TOP_LEVEL, elsewhere)


@cache
def provider_members(rules: Provider | None) -> Container:
    """Return a provider's object."""
    own = rules.config.name if rules is not None and rules.config is not None else "config object"
    elsewhere = dict.fromkeys(NETWORK, "it belongs in the provider's network_config")
    elsewhere |= dict.fromkeys(CONCURRENCY, "it belongs in the provider's concurrency_and_buffer_size")
    elsewhere |= dict.fromkeys(CUSTOM_PROVIDER, "it belongs in the provider's custom_provider_config")
    elsewhere |= dict.fromkeys(
        (*_KNOWN_OF_A_KEY - set(BOOKKEEPING), *_MODEL_LISTS),
        "it belongs in each entry of the provider's keys",
    )
    elsewhere |= dict.fromkeys(_SECRET_NAMES, "a secret is the value of an entry of the provider's keys")
    elsewhere |= {"api_keys": "the provider's list is called keys", "meta_config": f"{_OLD_BLOCK}{own}"}
    return Container("provider-field-unknown", "a provider", PROVIDER_FIELDS, elsewhere)


@cache
def key_members(rules: Provider | None) -> Container:
    """Return a key's entry; ``rules`` None: the provider is unknown."""
    config = rules.config if rules is not None else None
    elsewhere = dict.fromkeys(_ADDRESS_NAMES, "an address belongs in the provider's network_config.base_url")
    elsewhere |= dict.fromkeys(_SECRET_NAMES, "the secret belongs in value")
    elsewhere |= {name: f"it belongs in {place}" for name, place in _MODEL_LISTS.items()}
    elsewhere["deployments"] = _DEPLOYMENTS
    own = f"key's {config.name}" if config is not None else "config object of a provider that has one"
    elsewhere["meta_config"] = f"its fields belong in the {own}"
    if config is not None:
        elsewhere |= {field.name: f"it belongs in the key's {config.name}" for field in config.fields}
    return Container("field-unknown", "a key", _KNOWN_OF_A_KEY, elsewhere)


def config_members(config: ConfigObject) -> Container:
    """Return a config object of a key."""
    known = frozenset(field.name for field in config.fields)
    elsewhere = dict.fromkeys(_SECRET_NAMES, "the secret belongs in the key's value")
    elsewhere |= {name: f"it belongs in the key's {name}" for name in _KNOWN_OF_A_KEY - known}
    elsewhere["deployments"] = _DEPLOYMENTS
    return Container("config-field-unknown", config.name, known, elsewhere)


def object_members(what: str, fields: Sequence[Field]) -> Container:
    """Return an object inside a config object, or an alias."""
    return Container("config-field-unknown", what, frozenset(field.name for field in fields))
