"""The responses of providers to the fake gateway when it lists their models, without a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.stores.gateway_api.fake_keys import Config, Key
from tests.stores.gateway_api.fake_secrets import Secret

STUB = "127.0.0.1:18390"
_SILENT = {"runway", "runware"}
Found = tuple[str, str]
NOTHING: Found = ("", "")


def discover(key: Key, base: str, settings: Mapping[str, Any]) -> Found:
    """Return status and description; both are empty if nothing is asked or no response comes."""
    if key.enabled is False or base in _SILENT:
        return NOTHING
    config = key.configs.get(base, Config())
    if base == "azure":
        # with an Entra ID application the token would come from the network
        asked = key.value.value and _value(config, "endpoint") and not _value(config, "client_id")
        return ("success", "") if asked else NOTHING
    if base == "vertex":
        return _vertex(key, config) if "vertex" in key.configs else NOTHING
    if base == "bedrock":
        signed = key.value.value or (_value(config, "access_key") and not _value(config, "role_arn"))
        return _failed("no network" if signed else "no credentials")
    if base in ("vllm", "ollama", "sgl"):
        url = _value(config, "url")
        return NOTHING if not url else _server(url, key.value.value)
    base_url = settings.get("network_config", {}).get("base_url")
    return _server(base_url, key.value.value) if key.value.value and base_url else NOTHING


def _vertex(key: Key, config: Config) -> Found:
    if any(not isinstance(target, str) for target in key.aliases.values()):
        return ("success", "")
    return _failed("no region" if not _value(config, "region") else "no token")


def _server(url: str, secret: str) -> Found:
    """Return the stub's response; the first segment of its path selects the behaviour."""
    _, found, path = url.partition(STUB)
    if not found:
        return _failed("no network")
    behaviour = path.strip("/").partition("/")[0]
    if behaviour == "hang":
        return NOTHING
    if behaviour == "echo":
        return _failed(f"Refused: {secret}")
    if behaviour in ("deny", "boom", "junk") or (behaviour == "deny-one" and "denied" in secret):
        return _failed(behaviour)
    return ("success", "")


def _failed(why: str) -> Found:
    return ("list_models_failed", why)


def _value(config: Config, name: str) -> str:
    return config.secrets.get(name, Secret()).value
