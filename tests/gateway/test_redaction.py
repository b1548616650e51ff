"""No secret is shown, whatever the entry looks like; addresses stay readable."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME
from bifrost_keys.gateway.secrets.detection import is_variable_name, known_prefix, looks_redacted
from bifrost_keys.gateway.secrets.masking import MASK, redact
from bifrost_keys.gateway.secrets.redaction import mask_for_diff, redacted_entry

SECRET = "sk-test-SENTINEL-0123456789"
STARS = "*" * 24


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("x", MASK),
        ("SENTINEL-SENTINEL-23-chr", f"SENT{STARS}-chr"),
        ("SENTINEL-SENTINEL-23-ch", MASK),
        ("€" * 30, "€€€€" + STARS + "€€€€"),
        ("env.OPENAI_API_KEY", "env.OPENAI_API_KEY"),
        ("vault.secret/data/openai#key", "vault.secret/data/openai#key"),
        ("env.", MASK),
        ("env.A B", MASK),
        ("env.gsk_SENTINEL", MASK),
        ("env.aB3aB3aB3aB3aB3aB3aB3aB3a", f"env.{STARS}aB3a"),
        ("env.aB3_aB3aB3aB3aB3aB3aB3aB3a", "env.aB3_aB3aB3aB3aB3aB3aB3aB3a"),
        ("vault.sk-test-SENTINEL", MASK),
        ("Env.X", MASK),
    ],
)
def test_text_is_masked_unless_it_is_a_reference(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("*", True),
        ("********", True),
        (f"sk-t{STARS}0002", True),
        ("<redacted>", True),
        ("[Redacted]", True),
        ("a***b", True),
        ("", False),
        ("a**b", False),
        ("sk-test-SENTINEL", False),
    ],
)
def test_a_masked_preview_is_recognised(text: str, redacted: bool) -> None:
    assert looks_redacted(text) is redacted


def test_the_longest_known_prefix_is_found() -> None:
    assert known_prefix("sk-or-v1-x") == "sk-or-"
    assert known_prefix("sk-x") == "sk-"
    assert known_prefix("OPENAI") is None


def test_a_variable_name_does_not_look_like_a_secret() -> None:
    assert [is_variable_name(name) for name in ("OPENAI_API_KEY", "_x1", "1X", "A-B", "", "hf_x", "É")] == [
        *(True, True, False, False, False, False, False)
    ]


def test_an_entry_takes_the_form_of_the_gateways_own_interface() -> None:
    entry = {
        "name": "k",
        "value": SECRET,
        "weight": 1,
        "azure_key_config": {
            "endpoint": "https://u:SENTINEL@h.example/p?api-key=SENTINEL&x=1",
            "client_id": "env.CLIENT_ID",
            "client_secret": "short-SENTINEL",
            "scopes": ["s"],
        },
        "aliases": {"a": "x"},
        "note": "SENTINEL-note",
        "Value": "SENTINEL-other-case",
        "deep": [{"a": [SECRET, 1, None, "env.X"]}],
    }
    assert redacted_entry(entry) == {
        "id": "",
        "name": "k",
        "value": {"value": f"sk-t{STARS}6789", "env_var": "", "from_env": False},
        "models": [],
        "blacklisted_models": [],
        "weight": 1,
        "aliases": {"a": "x"},
        "azure_key_config": {
            "endpoint": {
                "value": f"https://{MASK}@h.example/p?api-key={MASK}&x=1",
                "env_var": "",
                "from_env": False,
            },
            "client_id": {"value": "", "env_var": "env.CLIENT_ID", "from_env": True},
            "client_secret": {"value": MASK, "env_var": "", "from_env": False},
            "scopes": ["s"],
        },
        "enabled": True,
        "use_for_batch_api": False,
        "note": MASK,
        "Value": MASK,
        "deep": [{"a": [f"sk-t{STARS}6789", 1, None, "env.X"]}],
    }


def test_an_impossible_reference_is_also_masked_on_the_wire() -> None:
    assert redacted_entry({"value": f"env.{SECRET}"})["value"] == {
        "value": "",
        "env_var": f"env.{STARS}6789",
        "from_env": True,
    }


@pytest.mark.parametrize("value", [4711, {"value": SECRET}, [SECRET], True, 0.5])
def test_a_value_of_another_type_is_masked_whole(value: Any) -> None:
    shown = redacted_entry({"value": value, "VALUE": value, "azure_key_config": {"client_secret": value}})
    assert shown["value"] == {"value": MASK, "env_var": "", "from_env": False}
    assert shown["VALUE"] == MASK
    assert shown["azure_key_config"]["client_secret"]["value"] == MASK


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://h:8000", "http://h:8000"),
        ("h:8000/v1@2", "h:8000/v1@2"),
        ("https://u@h", f"https://{MASK}@h"),
        ("https://u:p@q@h/x", f"https://{MASK}@h/x"),
        ("u:p@h", f"{MASK}@h"),
        ("https://u:SENT/INEL@h", MASK),
        ("sk-test-SENTINEL", MASK),
        ("env.OLLAMA_URL", "env.OLLAMA_URL"),
    ],
)
def test_user_information_in_an_address_is_masked(address: str, shown: str) -> None:
    masked = redacted_entry({"ollama_key_config": {"url": address}})["ollama_key_config"]["url"]
    assert (masked["value"] or masked["env_var"]) == shown
    assert mask_for_diff(("ollama_key_config", "url"), address) == shown


def test_a_difference_is_masked_by_its_path_in_the_form_of_the_file() -> None:
    entry = {
        "name": "k",
        "value": SECRET,
        "models": ["gpt-4o"],
        "weight": 0.5,
        "bedrock_key_config": {
            "region": "us-east-1",
            "secret_key": SECRET,
            "Secret_Key": 12345,
            "batch_s3_config": {"buckets": [{"bucket_name": "b", "prefix": "p/", "odd": "SENTINEL"}]},
        },
    }
    masked = {
        "name": "k",
        "value": f"sk-t{STARS}6789",
        "models": ["gpt-4o"],
        "weight": 0.5,
        "bedrock_key_config": {
            "region": "us-east-1",
            "secret_key": f"sk-t{STARS}6789",
            "Secret_Key": MASK,
            "batch_s3_config": {"buckets": [{"bucket_name": "b", "prefix": "p/", "odd": MASK}]},
        },
    }
    assert mask_for_diff((), entry) == masked
    assert {name: mask_for_diff((name,), value) for name, value in entry.items()} == masked
    assert mask_for_diff(("bedrock_key_config", "secret_key"), SECRET) == f"sk-t{STARS}6789"
    assert mask_for_diff(("bedrock_key_config", "other"), "SENTINEL") == MASK
    assert mask_for_diff(("models", 0), "gpt-4o") == "gpt-4o"
    assert mask_for_diff(("value", "value"), SECRET) == MASK


def test_text_that_is_nested_too_deeply_is_masked_whole() -> None:
    deep: Any = SECRET
    for _ in range(480):
        deep = [deep]
    assert "SENTINEL" not in json.dumps(redacted_entry({"note": deep, "models": [deep], "aliases": deep}))


secret_places = st.sampled_from(
    [
        ("value",),
        ("Value",),
        ("note",),
        ("weight",),
        ("enabled",),
        ("aliases",),
        ("models",),
        *[(config.name,) for config in CONFIG_BY_NAME.values()],
        *[(config.name, "unknown") for config in CONFIG_BY_NAME.values()],
        *[(config.name.upper(), field.name) for config in CONFIG_BY_NAME.values() for field in config.fields],
        *[
            (config.name, field.name)
            for config in CONFIG_BY_NAME.values()
            for field in config.fields
            if not field.shown
        ],
    ]
)
wrapped = st.recursive(
    st.just(SECRET) | st.just("SENTINEL"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


@given(place=secret_places, data=wrapped, reference=st.booleans())
def test_no_place_shows_a_secret(place: tuple[str, ...], data: Any, reference: bool) -> None:
    if place in (("models",), ("aliases",)) and isinstance(data, (list, dict)):
        data = [[data]]  # their own texts are names of models
    if reference and isinstance(data, str):
        data = f"env.{data}-"
    entry: dict[str, Any] = {place[0]: data} if len(place) == 1 else {place[0]: {place[1]: data}}
    assert "SENTINEL" not in json.dumps(redacted_entry(entry))
    assert "SENTINEL" not in json.dumps(mask_for_diff((), entry))
    assert "SENTINEL" not in json.dumps(mask_for_diff(place, data))


@pytest.mark.parametrize("name", ["value", "Value"])
@pytest.mark.parametrize("noted", ["status", "description"])
def test_the_gateways_note_is_shown_without_the_secret_in_it(name: str, noted: str) -> None:
    entry = {"name": "k", name: "plain-SENTINEL", noted: "wrong key 'plain-SENTINEL'"}
    assert redacted_entry(entry)[noted] == f"wrong key '{MASK}'"
    assert mask_for_diff((), entry)[noted] == f"wrong key '{MASK}'"
    assert mask_for_diff((noted,), "wrong key " + SECRET) == f"wrong key sk-t{STARS}6789"
    assert redacted_entry({noted: "success"})[noted] == "success"
    assert redacted_entry({noted: {"a": SECRET}})[noted] == {"a": f"sk-t{STARS}6789"}
