"""Compare a provider's settings in the file with those that the gateway took from it last.

The gateway stores, for each provider, a hash of the settings that the file had at the last start. If the
file still has that hash, the next start compares key by key; otherwise it takes the provider's settings and
all of its keys from the file. The hash is the SHA-256 of the name and of the settings in the file, as compact
JSON in the gateway's order; every provider in databases of recorded gateways (1.5.1 and 1.6.0) has it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.hashing.go_json import compact, utf8
from bifrost_keys.gateway.releases import Release

# "unknown": the hash cannot be computed here, and the settings differ from the row's.
SettingsState: TypeAlias = Literal["same", "changed", "unknown"]

# Settings of a provider by their column in the gateway's table ``config_providers``.
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
# From these releases on, a provider with this member has a different hash.
_HASHED_ANEW: Final[tuple[tuple[Release, str], ...]] = (
    ((1, 6, 0), "proxy_config"),
    ((2, 1, 0), "custom_provider_config"),
    ((2, 2, 0), "custom_provider_config"),
)
# Not compared: the file has milliseconds or a text such as "1s", the database has nanoseconds.
_DURATIONS: Final = frozenset({"retry_backoff_initial", "retry_backoff_max"})


@dataclass(frozen=True)
class ProviderRow:
    """A provider in the gateway's database.

    ``config_hash`` is the hash of the settings that it took from the file: empty if the file never had the
    provider, None if the database has no such column. ``settings`` have the names used in the file; None if
    they are encrypted or cannot be parsed.
    """

    name: str
    config_hash: str | None
    settings: Mapping[str, Any] | None = field(default=None, repr=False)


def settings_state(name: str, settings: Mapping[str, Any], row: ProviderRow) -> SettingsState:
    """Return whether the next start takes the provider's settings, and its keys, from the file.

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
    """Return the hashes that the gateway may store for these settings; empty if the recipe is unknown.

    From 2.1.0 on, the hash of a custom provider includes more members, so none of these is its hash.
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
    """Return whether release ``new`` computes a different hash for the same settings than ``old``."""
    read = _known(settings)
    return any(old < since <= new and name in read for since, name in _HASHED_ANEW)


def own_settings(row: ProviderRow) -> bool:
    """Return whether the row has settings of its own: an address, headers, a proxy, or a custom provider's.

    Settings that cannot be read count as such.
    """
    if row.settings is None:
        return True
    network = row.settings.get("network_config")
    named = isinstance(network, Mapping) and (network.get("base_url") or network.get("extra_headers"))
    return bool(named or row.settings.get("proxy_config") or row.settings.get("custom_provider_config"))


def _is_certain(read: Mapping[str, Any]) -> bool:
    """Return whether every release is known to hash such settings in this way."""
    network = read.get("network_config")
    return (
        "custom_provider_config" not in read
        and isinstance(network, Mapping)
        and bool(network.get("base_url"))
    )


def _alike(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Return whether the file's settings equal the stored ones, except for numbers the gateway filled in."""
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
    """Return the settings by the names that the gateway reads, without its own notes and absent ones."""
    read = {fold(name): value for name, value in settings.items()}
    return {
        name: value
        for name, value in read.items()
        if name not in _NOTES and value is not None and not (name in FLAG_COLUMNS and value is False)
    }


def _typed(config: Any, known: Mapping[str, type]) -> dict[str, Any] | None:
    """Return the members of a settings object; None if one is unknown or has another type."""
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
    """Return the settings without empty, zero or false values, which the gateway fills in or omits."""
    if isinstance(value, Mapping):
        members = {fold(name): _plain(part) for name, part in value.items() if fold(name) not in _DURATIONS}
        return {name: part for name, part in members.items() if part}
    return value
