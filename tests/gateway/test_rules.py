"""The short way through the rules about a key's own members tells what the long way tells."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.gateway.providers import built_in
from bifrost_keys.gateway.rules import identity as own_rules
from bifrost_keys.gateway.rules.identity import own_faults
from tests.texts import generated

PLAIN = {"id": "a-b-c", "name": "prod", "value": "sk-SENTINEL-1", "models": ["*"], "weight": 1}
words = st.text("abXY09_.-/ \n\u00e9*", max_size=30)
names = st.one_of(
    words, st.builds(str.__add__, st.sampled_from(["sk-", "AKIA", "hf_", "gsk_", "Sk-"]), words)
)


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
