"""Rules about fields of config objects: addresses, numbers, formats, credentials that exclude each other."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.gateway.rules.key import entry_faults

VERTEX = {"project_id": "p", "region": "global"}
PEM = "-----BEGIN PRIVATE KEY-----\nU0VOVElORUw=\n-----END PRIVATE KEY-----"
APP = {"app_id": "1", "installation_id": "2", "repository_id": "3", "private_key": PEM}


def found(provider: str, config: dict[str, Any], **members: Any) -> dict[str, str]:
    rules = built_in(provider)
    assert rules is not None
    assert rules.config is not None
    entry = {"id": "i", "name": "n", "value": "env.A", "models": ["*"], "weight": 1, **members}
    faults = entry_faults({**entry, rules.config.name: config}, rules)
    return {".".join(map(str, fault.path[1:])): fault.code for fault in faults}


@pytest.mark.parametrize(
    ("endpoint", "code"),
    [
        ("https://x.openai.azure.com", None),
        ("https://x.openai.azure.com/", None),
        ("HTTPS://x.openai.azure.com", None),
        ("http://127.0.0.1:8080", None),
        ("https://gateway.example.com/azure", None),
        ("env.AZURE_ENDPOINT", None),
        ("x.openai.azure.com", "address-scheme"),
        ("//x.openai.azure.com", "address-scheme"),
        ("ftp://x.openai.azure.com", "address-scheme"),
        ("https:///openai", "address-scheme"),
        (
            "https://x.openai.azure.com/openai/deployments/m/chat/completions?api-version=1",
            "address-path",
        ),
        ("https://x.openai.azure.com/openai/v1", "address-path"),
        ("https://x.openai.azure.com/?api-version=1", "address-path"),
        ({"value": "x.openai.azure.com"}, "address-scheme"),
    ],
)
def test_the_endpoint_of_azure_is_an_address_and_no_more(endpoint: Any, code: str | None) -> None:
    told = found("azure", {"endpoint": endpoint})
    if isinstance(endpoint, dict):
        faults = entry_faults(
            {"name": "n", "models": ["*"], "weight": 1, "azure_key_config": {"endpoint": endpoint}},
            built_in("azure"),
        )
        assert [fault.code for fault in faults] == ["secret-object", code]
    else:
        assert told == ({} if code is None else {"endpoint": code})


@pytest.mark.parametrize("provider", ["ollama", "sgl", "vllm"])
def test_the_url_of_a_server_begins_with_its_scheme(provider: str) -> None:
    rest = {"model_name": "m"} if provider == "vllm" else {}
    for url, code in (("http://h:8000", None), ("localhost:11434", "address-scheme"), ("env.URL", None)):
        assert found(provider, {"url": url, **rest}) == ({} if code is None else {"url": code})


@pytest.mark.parametrize(
    ("identity", "told"),
    [
        ({"audience": "a"}, {}),
        ({"audience": "a", "token_lifetime_seconds": 0}, {}),
        ({"audience": "a", "token_lifetime_seconds": 600}, {}),
        ({"audience": "a", "token_lifetime_seconds": 599}, {"token_lifetime_seconds": "config-form"}),
        ({"audience": "a", "token_lifetime_seconds": 43201}, {"token_lifetime_seconds": "config-form"}),
        ({"audience": "a", "token_lifetime_seconds": "3600"}, {"token_lifetime_seconds": "type-wrong"}),
        ({"audience": "a", "token_lifetime_seconds": 3600.0}, {"token_lifetime_seconds": "type-wrong"}),
        ({"audience": "a", "token_lifetime_seconds": True}, {"token_lifetime_seconds": "type-wrong"}),
        ({}, {"audience": "config-field-missing"}),
        (
            {"token_lifetime_seconds": 1, "unheard_of": 1},
            {
                "audience": "config-field-missing",
                "token_lifetime_seconds": "config-form",
                "unheard_of": "config-field-unknown",
            },
        ),
    ],
)
def test_the_workload_identity_of_vertex(identity: dict[str, Any], told: dict[str, str]) -> None:
    expected = {f"aws_workload_identity.{name}": code for name, code in told.items()}
    assert found("vertex", {**VERTEX, "aws_workload_identity": identity}) == expected


def test_a_credential_of_vertex_is_text_and_excludes_the_workload_identity() -> None:
    for credential in ({"type": "service_account"}, {"value": "{}"}, 5):
        assert found("vertex", {**VERTEX, "auth_credentials": credential}) == {
            "auth_credentials": "secret-not-text"
        }
    both = {**VERTEX, "auth_credentials": "env.C", "aws_workload_identity": {"audience": "a"}}
    assert found("vertex", both) == {"aws_workload_identity": "config-conflict"}


def test_what_github_copilot_and_databricks_need() -> None:
    assert found("github-copilot", APP, value="") == {}
    assert found("github-copilot", APP | {"installation_id": "2a"}) == {"installation_id": "config-form"}
    assert found("github-copilot", APP | {"repository_id": "env.R"}) == {}
    assert "value-missing" in found("github-copilot", {"app_id": "1"}, value="").values()
    workspace = {"workspace_url": "https://x"}
    assert found("databricks", workspace | {"api_format": "ai_gateway"}) == {}
    assert found("databricks", workspace | {"api_format": "v2"}) == {"api_format": "config-form"}
    assert found("databricks", workspace | {"client_id": "c"}) == {"client_secret": "config-incomplete"}


def test_all_faults_of_an_object_are_found_at_once() -> None:
    """An unknown member, or one of a wrong type, does not hide a missing one."""
    assert found("azure", {"unheard_of": 1, "scopes": "x", "client_id": "c"}) == {
        "unheard_of": "config-field-unknown",
        "scopes": "type-wrong",
        "endpoint": "config-field-missing",
        "client_secret": "config-incomplete",
    }
    assert found("vllm", {"url": 5, "Model_Name": "m"}) == {
        "url": "secret-not-text",
        "Model_Name": "field-case",
    }
