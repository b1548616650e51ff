"""Extract and compare the settings of a provider that decide where its keys are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import fold, without_nulls

_CUSTOM: Final = "custom_provider_config"
_NETWORK: Final = "network_config"
_BASE_URL: Final = "base_url"


def destination(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that decide where a provider's keys are sent: its base type and its base URL.

    A new provider needs them together with its first key, which could otherwise be sent to another company.
    """
    read = {fold(name): value for name, value in without_nulls(settings).items()}
    found: dict[str, Any] = {}
    if isinstance(read.get(_CUSTOM), Mapping):
        found[_CUSTOM] = dict(read[_CUSTOM])
    network = read.get(_NETWORK)
    if isinstance(network, Mapping) and network.get(_BASE_URL):
        found[_NETWORK] = {_BASE_URL: network[_BASE_URL]}
    return found


def other_settings(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of wanted settings that differ but do not decide where keys are sent."""
    names = []
    for name, value in without_nulls(wanted).items():
        present = there.get(name)
        parts = dict(value) if isinstance(value, Mapping) else {name: value}
        known = present if isinstance(value, Mapping) and isinstance(present, Mapping) else {name: present}
        if fold(name) == _NETWORK:
            parts.pop(_BASE_URL, None)
        if fold(name) != _CUSTOM and any(known.get(part) != setting for part, setting in parts.items()):
            names.append(name)
    return tuple(names)


def differing_destination(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the dotted names of wanted settings that differ and decide where keys are sent."""
    return tuple(_differences(destination(wanted), destination(there)))


def _differences(wanted: Mapping[str, Any], there: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for name, value in wanted.items():
        present = there.get(name)
        if isinstance(value, Mapping) and isinstance(present, Mapping):
            yield from _differences(value, present, f"{path}{name}.")
        elif value != present:
            yield f"{path}{name}"
