"""Rules about a provider's own object: its declaration, its settings, and whether it has keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bifrost_keys.gateway.fields.table import BOOKKEEPING, fold, spelling
from bifrost_keys.gateway.providers.names import meant_providers
from bifrost_keys.gateway.providers.table import (
    BASE_TYPES,
    PROVIDERS,
    Provider,
    built_in,
    custom,
    is_keyless,
    rules_for,
)
from bifrost_keys.gateway.releases import ANY_RELEASE, Release, ReleaseRange, release_text
from bifrost_keys.gateway.rules.address import base_url_faults
from bifrost_keys.gateway.rules.fault import Fault, Path, breach
from bifrost_keys.gateway.rules.json_types import CUSTOM_PROVIDER, PROVIDER_TYPES, type_faults
from bifrost_keys.gateway.rules.release import newer_member_faults
from bifrost_keys.gateway.rules.unknown import Container, provider_members, unknown_faults
from bifrost_keys.gateway.secrets.masking import shown_name

_CUSTOM: Final[Path] = ("custom_provider_config",)
_SINCE: Final[Mapping[str, Release]] = {"prompt_cache": (2, 1, 0)}
_CUSTOM_SINCE: Final[Mapping[str, Release]] = {
    "does_not_send_done_marker": (2, 1, 0),
    "wait_for_usage": (2, 2, 0),
}
_CUSTOM_MEMBERS = Container("provider-field-unknown", "custom_provider_config", frozenset(CUSTOM_PROVIDER))


def provider_faults(
    name: str, settings: Mapping[str, Any], *, key_count: int | None, releases: ReleaseRange = ANY_RELEASE
) -> list[Fault]:
    """Return the faults of a provider of the file; paths begin at its object.

    ``settings`` are its members except ``keys``; ``key_count`` is None if ``keys`` is absent; ``releases``
    are the possible releases of the gateway.
    """
    rules = rules_for(name, settings)
    return [
        *_declaration(name, settings, releases),
        *type_faults(settings, PROVIDER_TYPES, ()),
        *unknown_faults(settings, provider_members(rules)),
        *newer_member_faults(settings, _SINCE, releases),
        *base_url_faults(settings),
        *_bookkeeping(settings),
        *_keys(name, settings, key_count),
    ]


def _declaration(name: str, settings: Mapping[str, Any], releases: ReleaseRange) -> list[Fault]:
    raw = settings.get("custom_provider_config")
    standard = built_in(name)
    faults = []
    if standard is not None and name != name.lower():
        message = f"is read by the gateway as {name.lower()}"
        faults.append(breach("provider-case", (), message, f"write {name.lower()}"))
    if raw is None and standard is None:
        message = "is not a built-in provider of gateways up to 2.2.6: every request to it fails"
        meant = " or ".join(meant_providers(name, PROVIDERS))
        hint = f"write {meant}" if meant else "correct the name"
        hint += "; a custom provider needs custom_provider_config with a base_provider_type"
        return [breach("provider-unknown", (), message, hint)]
    if raw is None and standard is not None and releases.is_older_than(standard.since):
        needed = release_text(standard.since)
        message = f"needs a gateway of release {needed} or later: every request to it fails"
        faults.append(breach("provider-newer", (), message, "update the gateway"))
    if not isinstance(raw, Mapping):
        return faults
    faults += unknown_faults(raw, _CUSTOM_MEMBERS, _CUSTOM)
    faults += [fault.below(*_CUSTOM) for fault in newer_member_faults(raw, _CUSTOM_SINCE, releases)]
    if standard is not None:
        return [*faults, *_built_in_name(standard, releases)]
    return [*faults, *_custom(raw, settings, releases)]


def _built_in_name(standard: Provider, releases: ReleaseRange) -> list[Fault]:
    """Return a fault if a custom provider has the name of a provider that is built in, now or later."""
    hint = "give the custom provider another name"
    if standard.later and not releases.is_at_least(standard.since):
        message = f"is dropped by gateways from release {release_text(standard.since)} on, which have"
        message += f" {standard.name} built in"
        return [breach("custom-provider-later", _CUSTOM, message, f"{hint} before you update the gateway")]
    message = f"is set for the built-in provider {standard.name}: the gateway drops the whole provider"
    return [breach("custom-provider-name", _CUSTOM, message, f"{hint}, or remove custom_provider_config")]


def _custom(raw: Mapping[str, Any], settings: Mapping[str, Any], releases: ReleaseRange) -> list[Fault]:
    base, keyless = (spelling(raw, name) for name in ("base_provider_type", "is_key_less"))
    declared = custom(settings)
    if declared is None or declared.base is None:
        if not isinstance(raw.get(base), str | None):
            return []  # its type is reported elsewhere
        hint = "one of " + ", ".join(BASE_TYPES)
        message = "is missing" if raw.get(base) in (None, "") else "is not a provider to build on"
        message += ": the gateway drops the whole provider"
        return [breach("custom-provider-base", (*_CUSTOM, base), message, hint)]
    since = declared.base.base_since
    if since is not None and releases.is_older_than(since):
        message = (
            f"can be built on from release {release_text(since)} on: the gateway drops the whole provider"
        )
        return [breach("provider-newer", (*_CUSTOM, base), message, "update the gateway")]
    if declared.keyless and declared.base.name == "bedrock":
        message = "is true for a provider that builds on bedrock: the gateway drops the whole provider"
        return [breach("custom-provider-keyless", (*_CUSTOM, keyless), message, "remove it")]
    return []


def _bookkeeping(settings: Mapping[str, Any]) -> list[Fault]:
    message = "is a note of the gateway itself, which it accepts without a check"
    return [
        breach("provider-bookkeeping", (name,), message, "remove it")
        for name in settings
        if fold(name) in BOOKKEEPING
    ]


def _keys(name: str, settings: Mapping[str, Any], count: int | None) -> Sequence[Fault]:
    if is_keyless(settings):
        if not count:
            return ()
        message = "are ignored: the provider is keyless"
        return [breach("keys-at-keyless-provider", ("keys",), message, "remove them, or is_key_less")]
    rules = rules_for(name, settings)
    optional = rules is not None and rules.keys_optional and count is None
    if count or optional:
        return ()
    message = "is empty: no request to the provider can be served" if count == 0 else "is missing"
    return [breach("keys-missing", ("keys",), message, f"keys create {shown_name(name)} adds a key")]
