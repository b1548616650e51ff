"""The table of well-known variables, and what their combinations make."""

from __future__ import annotations

import pytest

from bifrost_keys.cli.commands.help import page
from bifrost_keys.gateway.env_variables import KNOWN_VARIABLES, Match, match_variables
from bifrost_keys.gateway.providers import PROVIDERS


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
    ],
)
def test_a_variable_makes_a_key_of_its_provider(variable: str, provider: str) -> None:
    assert provider in PROVIDERS
    assert match(variable) == Match(((provider, {"name": variable, "value": f"env.{variable}"}),))


def test_azure_needs_key_and_endpoint() -> None:
    assert match("AZURE_OPENAI_API_KEY").incomplete == {
        "AZURE_OPENAI_API_KEY": "azure needs AZURE_OPENAI_ENDPOINT too"
    }
    assert match("AZURE_OPENAI_ENDPOINT").incomplete == {"AZURE_OPENAI_ENDPOINT": "it makes no key alone"}
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


def test_a_prefix_narrows_and_may_stand_before_a_known_name() -> None:
    found = match("OPENAI_API_KEY", "PROD_OPENAI_API_KEY", "PROD_OTHER", "OTHER", prefix="PROD_")
    key = {"name": "PROD_OPENAI_API_KEY", "value": "env.PROD_OPENAI_API_KEY"}
    assert found == Match((("openai", key),), ("PROD_OTHER",))
    assert match("OPENAI_API_KEY", "GROQ_API_KEY", prefix="OPENAI_").keys[0][0] == "openai"
