"""The gateway's messages are shown without secrets, short, and safe for a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.gateway.secrets.masked import Masked
from bifrost_keys.gateway.secrets.masking import MASK
from bifrost_keys.stores.gateway_api.sentences import Sentences

SECRET = "sk-test-SENTINEL-0123456789abcdef"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Provider not found: not found", "Provider not found: not found"),
        (f"bad key {SECRET}!", f"bad key {MASK}!"),
        (f"{SECRET}{SECRET}", MASK * 2),
        ("x sk-bf-SENTINEL-0001, sk-bf-", f"x {MASK}, {MASK}"),
        ('Invalid JSON: "Syntax error at index 44 SENTINEL"', "Invalid JSON"),
        ("two\nlines\x1b[31m\x00\x9b\u202e", "two\\nlines\\x1b[31m\\x00\\x9b\\u202e"),
        ("x" * 301, "x" * 299 + "\u2026"),
        ("x" * 300, "x" * 300),
    ],
)
def test_a_message_is_made_presentable(said: str, shown: str) -> None:
    assert Sentences([SECRET]).message(said) == shown


def test_a_secret_is_masked_before_the_sentence_is_cut() -> None:
    shown = Sentences([SECRET]).message("x" * 290 + SECRET)
    assert "SENT" not in shown
    assert "sk-t" not in shown


def test_a_secret_is_found_as_json_and_urls_write_it() -> None:
    secret = 'a"b\\c/SENTINEL d'
    sentences = Sentences([secret])
    for written in (secret, 'a\\"b\\\\c/SENTINEL d', "a%22b%5Cc%2FSENTINEL%20d"):
        assert sentences.message(f"<{written}>") == f"<{MASK}>"


def test_a_short_secret_is_masked_if_it_is_a_word() -> None:
    assert Sentences(["owl"]).message("no owl, but an owlet: owl") == f"no {MASK}, but an owlet: {MASK}"


def test_the_secrets_of_an_entry_are_masked() -> None:
    sentences = Sentences()
    sentences.add_entry(
        {
            "name": "prod-SENTINEL-name",
            "value": "value-SENTINEL",
            "models": ["model-name"],
            "aliases": {"fast": "plain-target", "slow": {"model_id": "dep-1", "endpoint": "http://inner"}},
            "azure_key_config": {
                "client_secret": "client-SENTINEL",
                "client_id": Masked("***"),
                "scopes": ["scope-1"],
            },
            "bedrock_key_config": {"region": "env.REGION_NAME"},
        }
    )
    said = "value-SENTINEL client-SENTINEL http://inner scope-1 model-name plain-target env.REGION_NAME"
    assert sentences.message(said) == said.replace("value-SENTINEL client-SENTINEL", f"{MASK} {MASK}")
    assert "SENTINEL" not in repr(sentences)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Incorrect API key provided", "Incorrect API key provided"),
        ("Incorrect API key provided: key-SENTINEL-0012", f"Incorrect API key provided: {MASK}"),
        ('{"key":"abcdefghijkl1"}', f'{{"key":"{MASK}"}}'),
        ("short-1234 authorization", "short-1234 authorization"),
    ],
)
def test_long_words_with_a_digit_are_masked_in_a_description(said: str, shown: str) -> None:
    assert Sentences().description(said) == shown


@given(st.text(), st.text(), st.text(alphabet='abcXYZ-_019"\\\u00e4', min_size=6))
def test_no_sentence_shows_a_secret(before: str, after: str, secret: str) -> None:
    said = f"{before} {secret} {after}"
    for show in (Sentences([secret]).message, Sentences([secret]).description):
        shown = show(said)
        assert len(shown) <= 300
        assert secret not in shown
