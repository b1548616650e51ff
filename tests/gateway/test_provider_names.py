"""An unknown provider gets the intended one as a suggestion, and never another company's."""

from __future__ import annotations

import pytest

from bifrost_keys.gateway.providers.names import CUSTOM, MEANT, provider_hint
from bifrost_keys.gateway.providers.table import PROVIDERS


def test_the_table_leads_only_to_built_in_providers() -> None:
    for name, meant in MEANT.items():
        assert name not in PROVIDERS
        assert set(meant) <= PROVIDERS.keys(), name
    assert {*CUSTOM} & {*PROVIDERS, *MEANT} == set()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Google", "did you mean gemini or vertex?"),
        ("AWS", "did you mean bedrock?"),
        ("x.ai", "did you mean xai?"),
        ("hugging_face", "did you mean huggingface?"),
        ("opnai", "did you mean openai?"),
        ("mistrall", "did you mean mistral?"),
        ("antropic", "did you mean anthropic?"),
        ("zai", "add it as a custom provider with --base-provider-type openai --base-url URL"),
        ("LM Studio", "add it as a custom provider with --base-provider-type openai --base-url URL"),
        ("llama.cpp", "add it as a custom provider with --base-provider-type openai --base-url URL"),
        ("nowhere", None),
        ("", None),
    ],
)
def test_a_name_gets_the_intended_provider(name: str, hint: str | None) -> None:
    assert provider_hint(name, PROVIDERS) == hint


def test_a_provider_that_takes_no_keys_is_not_suggested() -> None:
    assert provider_hint("google", ["google", "openai"]) is None
    assert provider_hint("grok", ["groq"]) is None
    assert provider_hint("acme-lm", ["acme-llm"]) == "did you mean acme-llm?"
