"""A provider's own settings compared with the hash that running gateways stored for them."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from bifrost_keys.gateway.providers.settings_hash import (
    ProviderRow,
    own_settings,
    settings_hashes,
    settings_state,
)


def network(**members: Any) -> dict[str, Any]:
    timeouts = {"max_retries": 0, "default_request_timeout_in_seconds": 5}
    return {"network_config": {"base_url": "http://127.0.0.1:18390/ok", **timeouts, **members}}


def custom(**members: Any) -> dict[str, Any]:
    return {"custom_provider_config": {"base_provider_type": "openai", **members}}


@pytest.mark.parametrize(
    ("name", "settings", "digest"),
    [
        ("openai", network(), "d3d3653a692137626bacbfdf8ac18f6a338e2db216c4048876238fdcdcaf481a"),
        ("anthropic", network(), "b2e7d19f0d067c7631f488e5b128c4d7eeeaf955b9d16723675d6b2c3a02efa4"),
        (
            "acme",
            {**network(), **custom()},
            "86517ae0aa5efa7cf05147c4e37f16f20bc87fd1efca871b109ecbad623ecfef",
        ),
        (
            "acme-keyless",
            {**custom(is_key_less=True), **network()},
            "674e0d5f0c47d2d106ed44803600202914d684af617a24b56c838bfdfdb52024",
        ),
        (
            "deny",
            {**network(base_url="http://127.0.0.1:18390/deny"), **custom()},
            "c612ef9f8fc2215d5f2586894e7c7972cf079c6a0c8d609308c43d6286c50c82",
        ),
    ],
)
def test_the_hash_is_that_of_running_gateways(name: str, settings: dict[str, Any], digest: str) -> None:
    assert digest in settings_hashes(name, settings)
    row = ProviderRow(name, digest, {"network_config": {"base_url": "http://changed-in-the-web-ui"}})
    spelled = {part.upper(): value for part, value in settings.items()}
    for same in (settings, {**spelled, "keys": [], "send_back_raw_request": False, "proxy_config": None}):
        assert settings_state(name, same, row) == "same"


@pytest.mark.parametrize(
    ("settings", "stored", "state"),
    [
        (network(), network(), "changed"),
        ({}, network(), "unknown"),
        ({}, {"network_config": {"default_request_timeout_in_seconds": 300, "max_retries": 0}}, "same"),
        ({"network_config": {"max_retries": 3}}, {"network_config": {"max_retries": 3}}, "same"),
        ({"network_config": {"max_retries": 3}}, {"network_config": {"max_retries": 2}}, "unknown"),
        ({"network_config": {"max_retries": 3}}, {}, "unknown"),
        (network(max_retries=1), network(), "changed"),
        # How these are hashed is not known: the settings themselves are compared.
        (network(retry_backoff_initial="1s"), network(retry_backoff_initial=1_000_000_000), "same"),
        (
            network(extra_headers={"a": "b"}),
            network(extra_headers={"a": "b"}, insecure_skip_verify=False),
            "same",
        ),
        (network(extra_headers={"a": "b"}), network(extra_headers={"a": "c"}), "unknown"),
        (network(max_retries="1"), network(), "unknown"),
        ({"send_back_raw_response": True}, {"send_back_raw_response": True}, "same"),
        ({"send_back_raw_response": True}, {}, "unknown"),
        ({**network(), **custom()}, {**network(), **custom(wait_for_usage=False)}, "same"),
        ({**network(), **custom()}, network(), "unknown"),
        ({"proxy_config": {"url": "http://SENTINEL"}}, None, "unknown"),
        ({"network_config": [1]}, {}, "unknown"),
    ],
)
def test_settings_with_another_hash_are_changed_or_compared(
    settings: dict[str, Any], stored: dict[str, Any] | None, state: str
) -> None:
    assert settings_state("openai", settings, ProviderRow("openai", "0" * 64, stored)) == state


def test_a_provider_that_the_web_ui_made_has_no_hash() -> None:
    assert settings_state("openai", {}, ProviderRow("openai", "", {})) == "changed"


def test_a_provider_without_settings_is_hashed_by_its_name_in_lower_case() -> None:
    digest = hashlib.sha256(b"openai").hexdigest()
    assert settings_state("OpenAI", {}, ProviderRow("openai", digest, {})) == "same"


@pytest.mark.parametrize(
    ("stored", "own"),
    [
        ({}, False),
        ({"network_config": {"max_retries": 0, "default_request_timeout_in_seconds": 300}}, False),
        ({"network_config": {"base_url": "http://h"}}, True),
        ({"network_config": {"extra_headers": {"a": "b"}}}, True),
        ({"proxy_config": {"type": "http"}}, True),
        ({"custom_provider_config": {"base_provider_type": "openai"}}, True),
        (None, True),
    ],
)
def test_settings_of_people_are_distinguished_from_defaults_of_the_gateway(
    stored: dict[str, Any] | None, own: bool
) -> None:
    row = ProviderRow("openai", "", stored)
    assert own_settings(row) is own
    assert "http" not in repr(row)
