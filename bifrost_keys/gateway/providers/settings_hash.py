"""A provider's own settings in the file beside those that the gateway took from it last.

The gateway keeps with each provider the hash of the settings that the file had at its last start. While
that is still the file's, it goes key by key; when it is not, the next start takes the provider's settings
and all of its keys from the file. The hash is SHA-256 over the name and the settings that the file has,
as compact JSON in the gateway's order; every provider of the recorded gateways (1.5.1 and 1.6.0) has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.hashing.go_json import compact, utf8
from bifrost_keys.gateway.releases import Release

# "unknown": the hash is not one that can be computed here, and the settings differ from the row's.
SettingsState: TypeAlias = Literal["same", "changed", "unknown"]

# Settings of a provider by the column of the gateway's table ``config_providers`` that has them.
JSON_COLUMNS: Final[Mapping[str, str]] = {
    "network_config": "network_config_json",
    "concurrency_and_buffer_size": "concurrency_buffer_json",
    "proxy_config": "proxy_config_json",
    "custom_provider_config": "custom_provider_config_json",
    "openai_config": "open_ai_config_json",
}
FLAG_COLUMNS: Final = ("send_back_raw_request", "send_back_raw_response", "store_raw_request_response")
_NOTES: Final = frozenset({"keys", "config_hash", "status", "description"})
_NETWORK: Final[Mapping[str, type]] = {
    "base_url": str,
    "default_request_timeout_in_seconds": int,
    "max_retries": int,
}
_CUSTOM: Final[Mapping[str, type]] = {"is_key_less": bool, "base_provider_type": str}
# From these releases on a provider with that member has another hash.
_HASHED_ANEW: Final[tuple[tuple[Release, str], ...]] = (
    ((1, 6, 0), "proxy_config"),
    ((2, 1, 0), "custom_provider_config"),
    ((2, 2, 0), "custom_provider_config"),
)
# The file has milliseconds or a text such as "1s", the database nanoseconds: not compared.
_DURATIONS: Final = frozenset({"retry_backoff_initial", "retry_backoff_max"})


@dataclass(frozen=True)
class ProviderRow:
    """A provider as the gateway keeps it: the hash of the file's settings that it took, and its settings.

    ``config_hash`` is empty for a provider that the file never had, None where the database has no such
    column. ``settings`` have the names of the file; None where they are encrypted or cannot be parsed.
    """

    name: str
    config_hash: str | None
    settings: Mapping[str, Any] | None = field(default=None, repr=False)


def settings_state(name: str, settings: Mapping[str, Any], row: ProviderRow) -> SettingsState:
    """Whether the next start takes the provider's settings, and with them its keys, from the file.

    ``settings`` are the members of the provider in the file.
    """
    read = _known(settings)
    digests = settings_hashes(name, read)
    if row.config_hash in digests:
        return "same"
    if row.config_hash == "" or (row.config_hash and digests and _is_certain(read)):
        return "changed"
    return "same" if row.settings is not None and _alike(_plain(read), _plain(row.settings)) else "unknown"


def settings_hashes(name: str, settings: Mapping[str, Any]) -> frozenset[str]:
    """The hashes that the gateway may keep for these settings; none where how it hashes them is not known.

    From 2.1.0 on a custom provider's hash has members more, so that it is none of these there.
    """
    if settings.keys() - {"network_config", "custom_provider_config"}:
        return frozenset()
    text = ""
    for member, known in (("network_config", _NETWORK), ("custom_provider_config", _CUSTOM)):
        if member in settings:
            config = _typed(settings[member], known)
            if config is None:
                return frozenset()
            text += _written(config) if known is _CUSTOM else _network(config)
    return frozenset(hashlib.sha256(utf8(spelled + text)).hexdigest() for spelled in {name, name.lower()})


def hashed_anew(settings: Mapping[str, Any], *, old: Release, new: Release) -> bool:
    """Whether the first start of ``new`` after release ``old`` finds another hash of the same settings."""
    read = _known(settings)
    return any(old < since <= new and name in read for since, name in _HASHED_ANEW)


def own_settings(row: ProviderRow) -> bool:
    """Whether people set the provider up: an address, headers, a proxy, or what makes it a custom one.

    What cannot be read counts as set up.
    """
    if row.settings is None:
        return True
    network = row.settings.get("network_config")
    named = isinstance(network, Mapping) and (network.get("base_url") or network.get("extra_headers"))
    return bool(named or row.settings.get("proxy_config") or row.settings.get("custom_provider_config"))


def _is_certain(read: Mapping[str, Any]) -> bool:
    """Whether the gateway surely hashes such settings so, in every release: what was seen, and no more."""
    network = read.get("network_config")
    return (
        "custom_provider_config" not in read
        and isinstance(network, Mapping)
        and bool(network.get("base_url"))
    )


def _alike(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether the settings of the file are the stored ones, apart from numbers that the gateway filled in."""
    return (
        all(
            _alike(ours.get(name) or {}, value)
            if isinstance(value, Mapping) and isinstance(ours.get(name) or {}, Mapping)
            else ours.get(name) == value or (name not in ours and type(value) is int)
            for name, value in theirs.items()
        )
        and ours.keys() <= theirs.keys()
    )


def _known(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings by the names that the gateway reads, without its own notes and what counts as absent."""
    read = {fold(name): value for name, value in settings.items()}
    return {
        name: value
        for name, value in read.items()
        if name not in _NOTES and value is not None and not (name in FLAG_COLUMNS and value is False)
    }


def _typed(config: Any, known: Mapping[str, type]) -> dict[str, Any] | None:
    """The members of a settings object, None where one is not known or of another type."""
    if not isinstance(config, Mapping):
        return None
    members = {fold(name): value for name, value in config.items() if value is not None}
    fits = all(name in known and type(value) is known[name] for name, value in members.items())
    return members if fits else None


def _network(config: Mapping[str, Any]) -> str:
    members = {"base_url": config["base_url"]} if config.get("base_url") else {}
    numbers = {name: config.get(name, 0) for name in ("default_request_timeout_in_seconds", "max_retries")}
    return compact({**members, **numbers, "retry_backoff_initial": 0, "retry_backoff_max": 0})


def _written(config: Mapping[str, Any]) -> str:
    keyless, base = config.get("is_key_less", False), config.get("base_provider_type", "")
    return compact({"is_key_less": keyless, "base_provider_type": base})


def _plain(value: Any) -> Any:
    """The settings without what is empty, zero or false, which the gateway fills in or leaves out."""
    if isinstance(value, Mapping):
        members = {fold(name): _plain(part) for name, part in value.items() if fold(name) not in _DURATIONS}
        return {name: part for name, part in members.items() if part}
    return value
