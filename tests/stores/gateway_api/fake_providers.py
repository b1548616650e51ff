"""The fake gateway's view of a provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.stores.gateway_api.fake_secrets import NEW, OLD


def shown(
    name: str, settings: Mapping[str, Any], release: str, *, with_status: bool, hashed: bool
) -> dict[str, Any]:
    """Return the provider with its given settings, and defaults for the others."""
    members = {
        "name": name,
        "network_config": _network(settings.get("network_config"), release),
        "concurrency_and_buffer_size": {"concurrency": 1000, "buffer_size": 5000},
        "proxy_config": None,
        "send_back_raw_request": False,
        "send_back_raw_response": False,
        "store_raw_request_response": False,
        "provider_status": "active",
    }
    custom = settings.get("custom_provider_config")
    if custom is not None:
        members["custom_provider_config"] = {"is_key_less": False, **custom}
    if with_status:
        members["status"] = "success" if (custom or {}).get("is_key_less") else "unknown"
    if hashed:
        members["config_hash"] = "0" * 64
    return members


def _network(given: Mapping[str, Any] | None, release: str) -> dict[str, Any]:
    if given is None:
        patience, idle = (300, 120) if release == NEW else (30, 60)
        return {
            "default_request_timeout_in_seconds": patience,
            "max_retries": 0,
            "retry_backoff_initial": 500,
            "retry_backoff_max": 5000,
            "stream_idle_timeout_in_seconds": idle,
            "max_conns_per_host": 5000,
        }
    network = {"retry_backoff_initial": 0, "retry_backoff_max": 0, **given}
    if release == OLD:
        network.pop("allow_private_network", None)
    return network
