"""The table of well-known variables, and the keys made from their combinations."""

from __future__ import annotations

import pytest

from bifrost_keys.cli.commands.help import page
from bifrost_keys.gateway.env_variables import KNOWN_VARIABLES, Match, match_variables
from bifrost_keys.gateway.providers.table import PROVIDERS


def match(*names: str, prefix: str = "") -> Match:
    return match_variables({name: f"env.{name}" for name in names}, prefix=prefix)


def test_every_known_variable_is_on_the_help_page() -> None:
    text = page("provisioning")
    assert [name for name in KNOWN_VARIABLES if f"`{name}`" not in text] == []


@pytest.mark.parametrize(
    ("variable", "provider"),
    [
        ("OPENAI_API_KEY", "openai"),
        ("ANTHROPIC_API_KEY", "anthropic"),
        ("GEMINI_API_KEY", "gemini"),
        ("GOOGLE_API_KEY", "gemini"),
        ("MISTRAL_API_KEY", "mistral"),
        ("GROQ_API_KEY", "groq"),
        ("COHERE_API_KEY", "cohere"),
        ("OPENROUTER_API_KEY", "openrouter"),
        ("PERPLEXITY_API_KEY", "perplexity"),
        ("XAI_API_KEY", "xai"),
        ("CEREBRAS_API_KEY", "cerebras"),
        ("FIREWORKS_API_KEY", "fireworks"),
        ("HF_TOKEN", "huggingface"),
        ("REPLICATE_API_TOKEN", "replicate"),
        ("ELEVENLABS_API_KEY", "elevenlabs"),
        ("NEBIUS_API_KEY", "nebius"),
        ("PARASAIL_API_KEY", "parasail"),
        ("RUNWAYML_API_SECRET", "runway"),
        ("RUNWARE_API_KEY", "runware"),
        ("DEEPSEEK_API_KEY", "deepseek"),
        ("SARVAM_API_KEY", "sarvam"),
        ("WAFER_API_KEY", "wafer"),
        ("TYPESAFE_API_KEY", "typesafe"),
        ("OPENCODE_API_KEY", "opencode-zen"),
        ("OPENCODE_GO_API_KEY", "opencode-go"),
        ("COPILOT_GITHUB_TOKEN", "github-copilot"),
        ("OPENAI_API_KEY_2", "openai"),
        ("OPENAI_API_KEY2", "openai"),
        ("GROQ_API_KEY_01", "groq"),
        ("XAI_API_KEY_0007", "xai"),
    ],
)
def test_a_variable_makes_a_key_of_its_provider(variable: str, provider: str) -> None:
    assert provider in PROVIDERS
    assert match(variable) == Match(((provider, {"name": variable, "value": f"env.{variable}"}),))


def test_azure_needs_key_and_endpoint() -> None:
    assert match("AZURE_OPENAI_API_KEY").incomplete == {
        "AZURE_OPENAI_API_KEY": "azure also needs AZURE_OPENAI_ENDPOINT"
    }
    assert match("AZURE_OPENAI_ENDPOINT").incomplete == {
        "AZURE_OPENAI_ENDPOINT": "it is not enough for a key"
    }
    ((provider, key),) = match("AZURE_API_KEY", "AZURE_API_BASE").keys
    assert (provider, key["azure_key_config"]) == ("azure", {"endpoint": "env.AZURE_API_BASE"})


def test_bedrock_takes_credentials_or_a_bearer_token_and_one_region() -> None:
    found = match(
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_BEARER_TOKEN_BEDROCK"
    )
    region = {"region": "env.AWS_DEFAULT_REGION"}
    keys = {"access_key": "env.AWS_ACCESS_KEY_ID", "secret_key": "env.AWS_SECRET_ACCESS_KEY", **region}
    token = {"name": "AWS_BEARER_TOKEN_BEDROCK", "value": "env.AWS_BEARER_TOKEN_BEDROCK"}
    assert found.keys == (
        ("bedrock", {"name": "AWS_ACCESS_KEY_ID", "bedrock_key_config": keys}),
        ("bedrock", {**token, "bedrock_key_config": region}),
    )
    assert match("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_BEARER_TOKEN_BEDROCK").incomplete == {}


def test_a_prefix_narrows_and_may_precede_a_known_name() -> None:
    found = match("OPENAI_API_KEY", "PROD_OPENAI_API_KEY", "PROD_OTHER", "OTHER", prefix="PROD_")
    key = {"name": "PROD_OPENAI_API_KEY", "value": "env.PROD_OPENAI_API_KEY"}
    assert found == Match((("openai", key),), ("PROD_OTHER",))
    assert match("OPENAI_API_KEY", "GROQ_API_KEY", prefix="OPENAI_").keys[0][0] == "openai"


def test_databricks_takes_a_token_or_a_service_principal_at_one_host() -> None:
    found = match("DATABRICKS_HOST", "DATABRICKS_TOKEN", "DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET")
    place = {"workspace_url": "env.DATABRICKS_HOST"}
    token = {"name": "DATABRICKS_TOKEN", "value": "env.DATABRICKS_TOKEN", "databricks_key_config": place}
    pair = {"client_id": "env.DATABRICKS_CLIENT_ID", "client_secret": "env.DATABRICKS_CLIENT_SECRET", **place}
    principal = {"name": "DATABRICKS_CLIENT_ID", "databricks_key_config": pair}
    assert found.keys == (("databricks", token), ("databricks", principal))
    assert match("DATABRICKS_TOKEN").incomplete == {
        "DATABRICKS_TOKEN": "databricks also needs DATABRICKS_HOST"
    }


def test_a_github_app_needs_its_four_variables() -> None:
    names = [
        f"GITHUB_COPILOT_{part}" for part in ("APP_ID", "INSTALLATION_ID", "REPOSITORY_ID", "PRIVATE_KEY")
    ]
    ((provider, key),) = match(*names).keys
    assert (provider, key["name"], list(key["github_copilot_key_config"].values())) == (
        "github-copilot",
        "GITHUB_COPILOT_APP_ID",
        [f"env.{name}" for name in names],
    )
    assert match(*names[:3]).keys == ()


def test_variables_with_one_number_make_a_key_together_and_share_those_without() -> None:
    found = match(
        *("AZURE_OPENAI_API_KEY_1", "AZURE_OPENAI_ENDPOINT_1", "AZURE_OPENAI_API_KEY_2"),
        *("AZURE_OPENAI_ENDPOINT_2", "AWS_ACCESS_KEY_ID_2", "AWS_SECRET_ACCESS_KEY_2", "AWS_REGION"),
    )
    assert [(provider, key["name"]) for provider, key in found.keys] == [
        ("azure", "AZURE_OPENAI_API_KEY_1"),
        ("azure", "AZURE_OPENAI_API_KEY_2"),
        ("bedrock", "AWS_ACCESS_KEY_ID_2"),
    ]
    configs = [key[f"{provider}_key_config"] for provider, key in found.keys]
    assert [config["endpoint"] for config in configs[:2]] == [
        "env.AZURE_OPENAI_ENDPOINT_1",
        "env.AZURE_OPENAI_ENDPOINT_2",
    ]
    assert configs[2]["region"] == "env.AWS_REGION"
    assert (found.incomplete, found.unknown) == ({}, ())


def test_a_secret_without_a_number_serves_for_no_number() -> None:
    found = match("AWS_ACCESS_KEY_ID_2", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    assert found.keys == ()
    assert found.incomplete["AWS_ACCESS_KEY_ID_2"] == "bedrock also needs AWS_SECRET_ACCESS_KEY"


def test_a_name_that_only_begins_like_a_known_one_is_unknown() -> None:
    names = ("OPENAI_API_KEY_A", "OPENAI_API_KEY_12345", "OPENAI_API_KEY_٣", "_2", "MY_OPENAI_API_KEY_2")
    assert match(*names).unknown == names
    assert match("MY_OPENAI_API_KEY_2", prefix="MY_").keys[0][0] == "openai"
