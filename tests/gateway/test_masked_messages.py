"""The gateway's notes on a key are shown without the secrets in them."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.gateway.secrets.gateway_messages import Masker
from bifrost_keys.gateway.secrets.notes import repeated_secret, without_leaks
from tests.sentinel import SECRET

MASKED = "sk-t************************cdef"
ENTRY: dict[str, Any] = {"name": "k", "value": SECRET}


def masked(text: str, entry: dict[str, Any] | None = None, *others: dict[str, Any]) -> str:
    return Masker([*others, *([entry] if entry else [])]).masked(text, entry)


@pytest.mark.parametrize("text", ["success", "list_models_failed", "", "unknown"])
def test_the_words_of_the_gateway_stay(text: str) -> None:
    assert masked(text, ENTRY) == text


@pytest.mark.parametrize(
    "text",
    [
        'failed to list models: Get "https://api.openai.com/v1/models?limit=1000": dial tcp: i/o timeout',
        "unexpected status 404 Not Found: The model claude-3-5-sonnet-20241022 does not exist (req 7f3a9c)",
        "AADSTS7000215: Invalid client secret provided at 2024-10-22T10:11:12Z",
        "lookup my-resource-2.openai.azure.com on 127.0.0.11:53: no such host",
        "read tcp 172.17.0.2:53412->104.18.6.192:443: connection reset by peer",
        "The model `gpt-4o-mini-2024-07-18` is not available; try gemini-2.5-flash-lite",
        'Post "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude-3-haiku-20240307-v1:0"',
        "basic authentication failed, a bearer token is needed: sk-abcde***************wxyz is none",
        "listen on http://127.0.0.1:11434/api/tags failed, see https://docs.getbifrost.ai/a/b@c",
    ],
)
def test_text_that_is_not_a_secret_stays_readable(text: str) -> None:
    assert masked(text, ENTRY) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"wrong key {SECRET}.", f"wrong key {MASKED}."),
        (f'{{"error":"x{SECRET}y"}}', f'{{"error":"x{MASKED}y"}}'),
        (f"cut: {SECRET[:20]}", "cut: ********"),
        ("no key SENTINEL/12+abc==", "no key ********"),
    ],
)
def test_a_secret_of_the_key_itself_is_masked_anywhere(text: str, shown: str) -> None:
    assert masked(text, ENTRY) == shown


def test_the_longer_of_two_secrets_is_masked_first() -> None:
    masker = Masker([])
    entries = {"value": "abcd"}, {"value": "abcd-SENTINEL"}
    assert masker.masked("key abcd-SENTINEL, key abcd", *entries) == "key ********, key ********"


def test_a_secret_of_another_key_is_masked_if_it_is_a_word() -> None:
    other = {"value": "plain-SENTINEL", "azure_key_config": {"client_secret": "client.SENTINEL"}}
    assert masked("'plain-SENTINEL' or client.SENTINEL: no", ENTRY, other) == "'********' or ********: no"


def test_secrets_that_are_learned_are_masked_where_they_are_words() -> None:
    masker = Masker()
    masker.learn({"plain-SENTINEL", "other.SENTINEL"})
    assert masker.masked("key plain-SENTINEL, id:other.SENTINEL: no") == "key ********, id:********: no"
    assert masker.masked("xplain-SENTINEL") == "xplain-SENTINEL"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Incorrect API key provided: sk-proj-SENTINEL0123456789abcd.", "sk-p"),
        ("key=AIzaSENTINEL0123456789abcdefghijk", "AIza"),
        ("token dGhpcyBpcyBTRU5USU5FTCBub3cSENTINEL0", "dGhp"),
    ],
)
def test_the_value_of_a_reference_is_masked_if_it_looks_like_a_secret(text: str, shown: str) -> None:
    told = masked(text, {"value": "env.OPENAI_API_KEY"})
    assert "SENTINEL" not in told
    assert f"{shown}****" in told


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('Get "http://user:SENTINEL@h:1/x": no', 'Get "http://********@h:1/x": no'),
        ("https://h/v1/models?key=SENTINEL&a=b", "https://h/v1/models?key=********&a=b"),
        ("https://h/v1/models?v=1;key=SENTINEL;a=b", "https://h/v1/models?v=1;key=********;a=b"),
        ("Authorization: Bearer SENTINEL1", "Authorization: Bearer ********"),
    ],
)
def test_a_secret_in_an_address_or_a_header_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_reference_is_not_a_secret() -> None:
    assert masked("env.OPENAI_API_KEY is not set", {"value": "env.OPENAI_API_KEY"}) == (
        "env.OPENAI_API_KEY is not set"
    )


@pytest.mark.parametrize(
    "word",
    [
        "abcdef0123456789abcdef0123456789",
        "plain-SENTINEL-0001",
        "SENTINEL12+abc==",
        "5b1c1d2e-8f0a-4c57-9d3e-SENTINEL0001",
        "correct-SENTINEL-horse1",
        "gpt-SENTINELSENTINEL0123456789",
    ],
)
@pytest.mark.parametrize(
    "sentence",
    [
        "no key {}.",
        "key={}",
        "x-api-key:{}",
        '{{"message": "bad \'{}\'"}}',
        "[{}]",
        "https://h/v1/{}",
        "h/?q={}",
    ],
)
def test_a_long_word_with_a_digit_is_masked_in_the_providers_sentence(sentence: str, word: str) -> None:
    told = masked(sentence.format(word))
    assert word not in told
    assert "SENTINEL" not in told
    assert "*" * 8 in told


OLD: dict[str, Any] = {
    "name": "k",
    "value": "old-SENTINEL",
    "Vertex_Key_Config": {"Auth_Credentials": "credential-SENTINEL"},
    "ollama_key_config": {"url": "http://user:password-SENTINEL@h"},
    "number": 1,
    "status": "list_models_failed",
    "description": "401: old-SENTINEL, credential-SENTINEL, password-SENTINEL, other-SENTINEL",
}


def test_a_change_also_removes_the_secret_from_the_notes() -> None:
    new = {**OLD, "value": "env.K", "Vertex_Key_Config": {}, "ollama_key_config": {"url": "env.URL"}}
    left = without_leaks(OLD, new)
    assert left["description"] == "401: ********, ********, ********, other-SENTINEL"
    assert {**left, "description": None} == {**new, "description": None}


def test_nothing_of_a_long_secret_stays_in_the_file() -> None:
    entry = {"value": SECRET, "status": SECRET}
    assert without_leaks(entry, {**entry, "value": "env.K"})["status"] == "********"


def test_a_change_that_keeps_the_secret_leaves_the_notes_alone() -> None:
    assert without_leaks(OLD, {**OLD, "weight": 2}) == {**OLD, "weight": 2}


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        (OLD, "description"),
        ({**OLD, "description": "401"}, None),
        ({"value": "abcd-SENTINEL", "STATUS": "xabcd-SENTINELx"}, "STATUS"),
        ({"value": "env.K", "description": "env.K is not set"}, None),
        ({"value": "short", "description": "short"}, None),
        ({"value": 47110815, "description": "no 47110815"}, "description"),
    ],
)
def test_a_note_that_repeats_a_secret_of_its_key_is_found(entry: dict[str, Any], name: str | None) -> None:
    assert repeated_secret(entry) == name
