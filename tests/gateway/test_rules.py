"""Short ways through the rules and the hash tell what the long way tells."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.gateway.hashing import Hasher, key_hash
from bifrost_keys.gateway.providers import built_in
from bifrost_keys.gateway.rules import identity as own_rules
from bifrost_keys.gateway.rules.identity import own_faults
from bifrost_keys.gateway.rules.key import Judge, entry_faults
from tests.texts import generated

PLAIN = {"id": "a-b-c", "name": "prod", "value": "sk-SENTINEL-1", "models": ["*"], "weight": 1}
# Beside each other in one list, each differs from others in a type, an order or a spelling alone.
ALIKE: list[dict[str, Any]] = [
    PLAIN,
    {**PLAIN, "name": "other", "value": "env.X"},
    {**PLAIN, "weight": True},
    {**PLAIN, "weight": 1.0},
    {**PLAIN, "weight": "1"},
    {**PLAIN, "models": ["*", "gpt-4o"]},
    {**PLAIN, "models": ["gpt-4o", "*"]},
    {**PLAIN, "models": ("*",)},
    {**PLAIN, "models": "['*']"},
    {**PLAIN, "Weight": 1},
    {**PLAIN, "enabled": None},
    {**PLAIN, "enabled": "None"},
    {**PLAIN, "extra": {}},
    {"models": ["*"], "weight": 1},
    {**PLAIN, "azure_key_config": {"endpoint": "env.E"}},
    {**PLAIN, "azure_key_config": {"endpoint": None}},
    {**PLAIN, "name": None, "id": 5, "value": ["x"]},
    {**PLAIN, "aliases": {"a": "b"}},
    {**PLAIN, "aliases": {"a": {"model_id": "b"}}},
]
words = st.text("abXY09_.-/ \n\u00e9*", max_size=30)
names = st.one_of(
    words, st.builds(str.__add__, st.sampled_from(["sk-", "AKIA", "hf_", "gsk_", "Sk-"]), words)
)


@pytest.mark.parametrize("provider", ["openai", "azure", "ollama", None])
@pytest.mark.parametrize("legacy", [False, True])
def test_what_was_said_of_one_key_is_not_said_of_another(provider: str | None, legacy: bool) -> None:
    rules = built_in(provider) if provider else None
    judge = Judge(rules, empty_models_allow_all=legacy)
    alone = [entry_faults(entry, rules, empty_models_allow_all=legacy) for entry in ALIKE]
    for _ in range(2):
        assert [judge.faults(entry) for entry in ALIKE] == alone


@pytest.mark.parametrize("recipe", ["1.5.1", "1.5.12"])
def test_what_was_hashed_of_one_key_is_not_hashed_of_another(recipe: str) -> None:
    hasher = Hasher(recipe)
    alone = [key_hash(entry, recipe) for entry in ALIKE]
    for _ in range(2):
        assert [hasher.key_hash(entry) for entry in ALIKE] == alone


@generated
@given(names, names, names, st.sampled_from([None, "ab12", "\u00e9", 7]))
def test_a_plain_key_breaks_no_rule(name: str, key_id: str, value: str, recorded: Any) -> None:
    entry = {"name": name, "id": key_id, "value": value, "config_hash": recorded}
    openai = built_in("openai")
    told = own_faults(entry, openai)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(own_rules, "_is_plain", lambda *_: False)
        assert told == own_faults(entry, openai)


@pytest.mark.parametrize("absent", ["name", "id", "value", "config_hash"])
def test_an_absent_member_is_judged_alike(absent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = {name: text for name, text in {**PLAIN, "config_hash": "00ff"}.items() if name != absent}
    openai = built_in("openai")
    told = own_faults(entry, openai)
    monkeypatch.setattr(own_rules, "_is_plain", lambda *_: False)
    assert told == own_faults(entry, openai)


def test_the_short_way_is_taken_by_an_ordinary_key() -> None:
    openai = built_in("openai")
    assert openai is not None
    assert own_rules._is_plain(PLAIN, openai)
    assert own_rules._is_plain({**PLAIN, "value": "env.OPENAI_API_KEY", "config_hash": "00ff"}, openai)
    assert own_rules._is_plain({**PLAIN, "value": "sk-proj-SENTINEL"}, openai)
    assert not own_rules._is_plain({**PLAIN, "value": "sk-ant-SENTINEL"}, openai)
    assert not own_rules._is_plain({**PLAIN, "name": "sk-abc"}, openai)
    assert not own_rules._is_plain({**PLAIN, "id": "aB3" * 10}, openai)
