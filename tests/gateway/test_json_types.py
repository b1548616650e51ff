"""JSON types outside the keys that keep the gateway from starting, and those that do not."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.rules.file import file_faults
from bifrost_keys.gateway.rules.provider import provider_faults

SOUND: dict[str, Any] = {"$schema": "https://www.getbifrost.ai/schema", "providers": {}}
OBJECTS = ("client", "auth_config", "governance", "mcp", "logs_store", "websocket", "framework")
PROVIDER_OBJECTS = ("network_config", "proxy_config", "concurrency_and_buffer_size", "openai_config")
FLAGS = ("send_back_raw_request", "send_back_raw_response", "store_raw_request_response")


def of_file(**members: Any) -> list[tuple[str, str]]:
    blocks = SOUND | members
    return [(fault.code, ".".join(map(str, fault.path))) for fault in file_faults(list(blocks), blocks.get)]


def of_provider(**settings: Any) -> list[tuple[str, str]]:
    return [
        (fault.code, ".".join(map(str, fault.path)))
        for fault in provider_faults("openai", settings, key_count=1)
    ]


@pytest.mark.parametrize("value", [True, 5, "text", ["a"]])
def test_a_block_of_the_file_must_be_an_object(value: Any) -> None:
    for name in (*OBJECTS, "config_store", "vector_store"):
        assert of_file(**{name: value}) == [("type-wrong", name)]
        assert of_file(**{name: None}) == of_file(**{name: {}}) == []


def test_plugins_are_a_list_of_objects() -> None:
    assert of_file(plugins={}) == of_file(plugins="a") == [("type-wrong", "plugins")]
    assert of_file(plugins=["a", {}]) == [("type-wrong", "plugins.0")]
    assert of_file(plugins=[]) == of_file(plugins=None) == []


@pytest.mark.parametrize(
    ("version", "code"),
    [
        (1, None),
        (2, None),
        (None, None),
        (0, "version-unknown"),
        (3, "version-unknown"),
        (-1, "version-unknown"),
        (1.0, "type-wrong"),
        (1.5, "type-wrong"),
        ("1", "type-wrong"),
        (True, "type-wrong"),
        (2**63, "type-wrong"),
    ],
)
def test_the_version_is_a_whole_number(version: Any, code: str | None) -> None:
    assert of_file(version=version) == ([] if code is None else [(code, "version")])


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("split", None),
        (" Config.JSON", None),
        (None, None),
        ("", None),
        ("file", "source-of-truth-unknown"),
        (5, "type-wrong"),
        (True, "type-wrong"),
        (["config.json"], "type-wrong"),
    ],
)
def test_the_source_of_truth_is_a_text(value: Any, code: str | None) -> None:
    assert of_file(source_of_truth=value) == ([] if code is None else [(code, "source_of_truth")])


def test_the_types_within_the_stores() -> None:
    assert of_file(config_store={"enabled": "true", "Type": 5, "config": []}) == [
        ("type-wrong", "config_store.enabled"),
        ("type-wrong", "config_store.Type"),
        ("type-wrong", "config_store.config"),
    ]


@pytest.mark.parametrize(
    "governance",
    [
        {"virtual_keys": {}},
        {"virtual_keys": ["a"]},
        {"virtual_keys": [{"provider_configs": "openai"}]},
        {"virtual_keys": [{"provider_configs": [{"provider": 5}]}]},
        {"virtual_keys": [{"provider_configs": [{"key_ids": "text"}]}]},
        {"virtual_keys": [{"provider_configs": [{"key_ids": [1]}]}]},
        {"virtual_keys": [{"provider_configs": [{"keys": ["a"]}]}]},
        {"routing_rules": [{"targets": [{"provider_key_name": 5}]}]},
        {"routing_rules": [{"fallbacks": "openai/m"}]},
        {"pricing_overrides": [{"provider_key_id": 5}]},
    ],
)
def test_the_types_on_the_way_to_a_reference(governance: Any) -> None:
    assert [code for code, _ in of_file(governance=governance)] == ["type-wrong"]


@pytest.mark.parametrize("value", [True, 5, "text", ["a"]])
def test_a_setting_of_a_provider_must_be_an_object(value: Any) -> None:
    for name in PROVIDER_OBJECTS:
        assert of_provider(**{name: value}) == [("type-wrong", name)]
        assert of_provider(**{name: None}) == of_provider(**{name: {}}) == []


@pytest.mark.parametrize("value", [5, "true", ["a"], {}])
def test_a_switch_of_a_provider_is_true_or_false(value: Any) -> None:
    for name in FLAGS:
        assert of_provider(**{name: value}) == [("type-wrong", name)]
        assert of_provider(**{name: None}) == of_provider(**{name: False}) == []


@pytest.mark.parametrize(
    ("member", "right", "wrong"),
    [
        ("base_url", ["https://x"], [5, {}, []]),
        ("extra_headers", [{"a": "b"}, {"a": {"value": "b"}}, {}], [[], {"a": 5}, {"a": ["b"]}, "a"]),
        ("default_request_timeout_in_seconds", [30, 0], ["30", 1.5, 30.0, True]),
        ("max_retries", [3, 0], ["3", 1.5]),
        ("retry_backoff_initial", ["500ms", "1.5s", "1h2m", 500, "0"], ["x", "5", "1 s", 1.5, True, []]),
        ("retry_backoff_max", ["5s", "-1us"], ["5 seconds", {}]),
        ("insecure_skip_verify", [True], ["true", 1]),
        ("stream_idle_timeout_in_seconds", [60], ["60"]),
        ("max_conns_per_host", [100], [1e3]),
        ("beta_header_overrides", [{"a": True}], [{"a": "true"}, []]),
    ],
)
def test_the_members_of_a_network_config(member: str, right: list[Any], wrong: list[Any]) -> None:
    for value in (None, *right):
        assert of_provider(network_config={member: value}) == []
    for value in wrong:
        ((code, path),) = of_provider(network_config={member: value})
        assert (code, path.startswith(f"network_config.{member}")) == ("type-wrong", True)


def test_retries_below_nothing_end_the_gateway_at_a_request() -> None:
    assert of_provider(network_config={"max_retries": -1}) == [
        ("number-negative", "network_config.max_retries")
    ]


def test_the_members_of_a_custom_provider() -> None:
    def declared(**members: Any) -> list[str]:
        config = {"base_provider_type": "openai", **members}
        faults = provider_faults("mine", {"custom_provider_config": config}, key_count=1)
        return [fault.code for fault in faults]

    assert declared(allowed_requests={"chat_completion": True}, request_path_overrides={"a": "/b"}) == []
    assert declared(allowed_requests=[]) == declared(allowed_requests={"a": "yes"}) == ["type-wrong"]
    assert declared(base_provider_type=5) == declared(is_key_less="true") == ["type-wrong"]
    assert declared(wait_for_usage=1) == declared(request_path_overrides={"a": 1}) == ["type-wrong"]
