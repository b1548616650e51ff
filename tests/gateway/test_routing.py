"""The models that a key serves, by its lists, patterns and aliases."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.models.routing import may_serve
from bifrost_keys.gateway.providers.table import built_in


@pytest.mark.parametrize(
    ("entry", "answer"),
    [
        ({"models": ["*"]}, True),
        ({"models": ["GPT-4o"]}, True),
        ({"models": ["gpt-4"]}, False),
        ({}, False),
        ({"models": ["regex:gpt-.*"]}, True),
        ({"models": ["regex:(?s)gpt-.*"]}, None),
        ({"models": ["regex:(?s)x", "gpt-4o"]}, True),
        ({"models": ["regex:(?!x)"]}, False),
        ({"models": ["*"], "blacklisted_models": ["regex:.*-4O"]}, False),
        ({"models": ["*"], "blacklisted_models": ["regex:(?s)gpt-.*"]}, None),
        ({"models": ["x"], "blacklisted_models": ["regex:(?s)gpt-.*"]}, False),
        ({"models": "gpt-4o"}, False),
        ({"models": [7, None]}, False),
    ],
)
def test_lists_decide_and_the_blacklist_wins(entry: dict[str, Any], answer: bool | None) -> None:
    assert may_serve(entry, "gpt-4o", built_in("openai"), empty_is_all=False) is answer


@pytest.mark.parametrize(
    ("provider", "config", "answer"),
    [
        ("vllm", {"model_name": "m"}, True),
        ("vllm", {"model_name": "M"}, False),
        ("vllm", {"model_name": ""}, True),
        ("vllm", {}, True),
        ("openai", {"model_name": "other"}, True),
    ],
)
def test_a_key_of_vllm_serves_the_one_model_that_it_names(
    provider: str, config: dict[str, str], answer: bool
) -> None:
    entry = {"models": ["*"], "vllm_key_config": config}
    assert may_serve(entry, "m", built_in(provider), empty_is_all=False) is answer


def test_no_models_are_every_model_in_a_file_of_version_1() -> None:
    for entry in ({}, {"models": []}, {"models": None}):
        assert may_serve(entry, "m", None, empty_is_all=True) is True
