"""The keys that serve a model, with their shares, and the rule that excludes each other one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bifrost_keys.errors import NotFoundError
from bifrost_keys.operations.explain import Explanation, explain
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.snapshot import FileSnapshot

OLLAMA = {"ollama_key_config": {"url": "http://h"}}
_TAKES_ALL: dict[str, tuple[dict[str, Any]]] = {
    "vllm": ({"vllm_key_config": {"url": "http://h", "model_name": "m"}},)
}
VLLM = {"vllm_key_config": {"url": "http://h", "model_name": "Llama"}}


def document(provider: str, *keys: dict[str, Any], version: int = 2, **settings: Any) -> FileSnapshot:
    entries = [
        {"name": f"k{index}", "value": "sk-test-SENTINEL", "models": ["*"], "weight": 1, **key}
        for index, key in enumerate(keys)
    ]
    config = {"version": version, "providers": {provider: {"keys": entries, **settings}}}
    return FileSnapshot(Document(json.dumps(config), lenient=True), None)


def shares(answer: Explanation) -> dict[str, float]:
    return {key.name: round(key.share, 6) for key in answer.candidates}


def rules(answer: Explanation) -> dict[str, str]:
    return {key.name: key.rule for key in answer.excluded}


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ({}, None),
        ({"enabled": None}, None),
        ({"enabled": False}, "disabled"),
        ({"models": ["GPT-4O", "x"]}, None),
        ({"models": ["other"]}, "whitelist"),
        ({"models": []}, "whitelist"),
        ({"models": None}, "whitelist"),
        ({"Models": ["other"]}, "whitelist"),
        ({"blacklisted_models": ["GPT-4O"]}, "blacklist"),
        ({"blacklisted_models": ["*"]}, "blacklist"),
        ({"blacklisted_models": ["other"]}, None),
        ({"value": ""}, "value"),
        ({"value": None}, "value"),
        ({"value": "env.OPENAI_API_KEY"}, None),
        ({"weight": 0}, "weight"),
        ({"weight": 0.009}, "weight"),
        ({"weight": 0.01}, None),
        ({"weight": None}, "weight"),
        ({"models": ["target"], "aliases": {"gpt-4o": "target"}}, "alias"),
        ({"models": ["gpt-4o"], "aliases": {"gpt-4o": "target"}}, None),
        ({"models": ["regex:gpt-4.*"]}, None),
        ({"models": ["regex:gpt-4"]}, "whitelist"),
        ({"models": ["regex:(?s)gpt.*"]}, "pattern"),
        ({"models": ["regex:(?s)gpt.*", "GPT-4O"]}, None),
        ({"models": ["regex:(?=gpt).*"]}, "whitelist"),
        ({"blacklisted_models": ["regex:.*4O"]}, "blacklist"),
        ({"blacklisted_models": ["regex:(?s)gpt.*"]}, "pattern"),
    ],
)
def test_each_rule_excludes_a_key_of_openai(key: dict[str, Any], rule: str | None) -> None:
    answer = explain(document("openai", {}, key), "OpenAI", "gpt-4o")
    assert rules(answer) == ({} if rule is None else {"k1": rule})
    assert ("k1" in shares(answer)) is (rule is None)
    assert answer.provider == "openai"


@pytest.mark.parametrize(
    ("provider", "key", "rule"),
    [
        ("azure", {}, "config"),
        ("azure", {"azure_key_config": {"endpoint": ""}}, "config"),
        ("azure", {"azure_key_config": {"endpoint": "env.AZURE_ENDPOINT"}, "value": ""}, None),
        ("bedrock", {"value": ""}, None),
        ("replicate", {}, None),
        ("replicate", {"value": ""}, "value"),
        ("ollama", {**OLLAMA, "value": ""}, None),
        ("ollama", {"ollama_key_config": {"url": None}}, "config"),
        ("vertex", {"vertex_key_config": {"project_id": "p"}}, None),
        ("vllm", VLLM, None),
        ("vllm", {"vllm_key_config": {"url": "http://h", "model_name": "llama"}}, "vllm-model"),
        ("vllm", {"vllm_key_config": {"model_name": "Llama"}}, "config"),
        ("vllm", {"vllm_key_config": {"url": "http://h"}}, None),
        ("openai", {"vllm_key_config": {"url": "http://h", "model_name": "other"}}, None),
        ("nowhere", {}, "provider"),
    ],
)
def test_each_provider_has_its_own_requirements(provider: str, key: dict[str, Any], rule: str | None) -> None:
    good = {"azure": {"azure_key_config": {"endpoint": "https://h"}}, "ollama": OLLAMA, "vllm": VLLM}
    answer = explain(document(provider, good.get(provider, {}), key), provider, "Llama")
    assert rules(answer).get("k1") == rule


def test_the_traffic_is_shared_by_weight_in_whole_hundredths() -> None:
    answer = explain(document("openai", {"weight": 1}, {"weight": 2.999}, {"weight": 0.016}), "openai", "m")
    assert shares(answer) == {
        "k0": pytest.approx(100 * 100 / 400),
        "k1": pytest.approx(100 * 299 / 400),
        "k2": pytest.approx(100 * 1 / 400),
    }
    assert not answer.even


def test_keys_that_all_have_no_weight_are_drawn_evenly() -> None:
    answer = explain(document("openai", {"weight": 0}, {"weight": 0.001}, {"enabled": False}), "openai", "m")
    assert (shares(answer), answer.even) == ({"k0": 50, "k1": 50}, True)


def test_weights_of_any_size_have_a_share() -> None:
    answer = explain(document("openai", {"weight": 1e308}, {"weight": 10**9}, {"weight": -1}), "openai", "m")
    assert shares(answer) == {"k0": 100, "k1": 0}
    assert rules(answer) == {"k2": "weight"}


def test_an_empty_list_allows_every_model_in_a_file_of_version_1() -> None:
    answer = explain(document("openai", {"models": []}, {"models": None}, version=1), "openai", "m")
    assert shares(answer) == {"k0": 50, "k1": 50}


def test_the_alias_is_resolved_exactly_first_and_then_ignoring_case() -> None:
    keys = [{"aliases": {"Fast": "exact"}}, {"aliases": {"FA\u017fT": {"model_id": "folded"}}}, {}]
    answer = explain(document("openai", *keys), "openai", "Fast")
    assert [key.target for key in answer.candidates] == ["exact", "folded", "Fast"]


FOREIGN = {"a": {"model_id": "b", "endpoint": "https://x"}}


@pytest.mark.parametrize(
    "aliases", [{" a": "x"}, {"a": " "}, {"": "x"}, {"a": "x", "A": "y"}, {"a": {"model_id": ""}}, FOREIGN]
)
def test_a_broken_alias_of_one_key_excludes_every_key(aliases: dict[str, Any]) -> None:
    answer = explain(document("openai", {}, {"aliases": aliases}), "openai", "m")
    assert (shares(answer), rules(answer)) == ({}, {"k0": "alias", "k1": "alias"})


def test_batch_requests_use_the_keys_for_batch_alone() -> None:
    keys = document("openai", {"use_for_batch_api": True}, {})
    assert rules(explain(keys, "openai", "m", batch=True)) == {"k1": "batch"}
    assert rules(explain(keys, "openai", "m")) == {}


def test_a_custom_provider_follows_the_rules_of_its_base() -> None:
    custom = {"custom_provider_config": {"base_provider_type": "bedrock"}}
    assert shares(explain(document("acme", {"value": ""}, **custom), "acme", "m")) == {"k0": 100}
    keyless = {"custom_provider_config": {"base_provider_type": "openai", "is_key_less": True}}
    assert explain(document("acme", **keyless), "acme", "m").keyless


@pytest.mark.parametrize(
    ("provider", "model", "code", "hint"),
    [
        ("opnai", "gpt-4o", "provider-not-found", "did you mean openai?"),
        ("azure", "gpt-4o", "provider-not-found", "keys create azure adds one"),
        ("openai", "gpt-4", "model-not-found", "did you mean gpt-4o?"),
        ("openai", "zzz", "model-not-found", "they name gpt-4o"),
    ],
)
def test_what_is_unknown_gets_the_nearest_names(provider: str, model: str, code: str, hint: str) -> None:
    keys = document("openai", {"models": ["gpt-4o"], "aliases": {"fast": "gpt-4o-mini"}})
    with pytest.raises(NotFoundError) as caught:
        explain(keys, provider, model)
    assert (caught.value.code, caught.value.hint) == (code, hint)


def test_a_model_that_a_key_could_serve_is_explained_not_refused() -> None:
    assert rules(explain(document("openai", {"enabled": False}), "openai", "any")) == {"k0": "disabled"}
    assert rules(explain(document("openai", {"models": []}), "openai", "any")) == {"k0": "whitelist"}
    assert explain(document("openai"), "openai", "any").excluded == ()


@pytest.mark.parametrize("odd", [None, 7, "text", [], {}, [7, None], {"a": [1]}, True])
def test_values_of_a_wrong_type_are_no_errors(odd: Any) -> None:
    fields = ("name", "id", "value", "models", "blacklisted_models", "weight", "aliases", "enabled")
    for field in (*fields, "vllm_key_config", "azure_key_config"):
        for provider in ("openai", "azure", "vllm"):
            # With two keys one of which takes every model, no model is unknown.
            answer = explain(
                document(provider, {field: odd}, *_TAKES_ALL.get(provider, ({},))), provider, "m"
            )
            assert len(answer.candidates) + len(answer.excluded) == 2
