"""The words of the command line that may be repeated: only those that do not look like a secret."""

from __future__ import annotations

import base64
import hashlib
import string
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.gateway.secrets.detection import (
    KEY_PREFIXES,
    NOT_SHOWN,
    harmless,
    id_looks_secret,
    name_looks_secret,
    shown_argument,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nope",
        "openai/prod",
        "--jsonn",
        "-o",
        ".env",
        "./config/2024-10-22/config.json",
        "/etc/bifrost/config.json",
        "gpt-4o-mini",
        "claude-3-5-sonnet-20241022",
        "meta-llama/Llama-3.3-70B-Instruct",
        "anthropic.claude-3-haiku-20240307-v1:0",
        "us-central1",
        "OPENAI_API_KEY_2",
        "AZURE_OPENAI_API_KEY",
        "user@example.org",
        "http://127.0.0.1:11434",
        "internationalization",
        "vertexKeyConfig",
        "Prod2024",
        "task-1",
        "xai-2",
        "ключ-1",
        "openai/#2"[:6],
    ],
)
def test_words_versions_and_paths_are_repeated(text: str) -> None:
    assert shown_argument(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *(f"{prefix}x" for prefix in KEY_PREFIXES if prefix != "xai-"),
        "xai-SENTINEL0123456789abcdef",
        "openai/sk-SENTINEL",
        "user:hf_SENTINEL@host",
        "SENTINEL with white space",
        "KEY=SENTINEL",
        "--value=SENTINEL",
        "'SENTINEL'",
        "SENTINEL\u200b",
        "sentinel-" * 8,
        "a0123456789abcdef0123456789abcde",
        "0123456789ab",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "xK9mP2qLw",
        "a1b2-c3d4-e5f6",
        "550e8400-e29b-41d4-a716-446655440000",
        "abc8Q~SENTINEL",
        "thequickbrownfoxjumpsoverthe",
    ],
)
def test_a_possible_secret_is_not_repeated(text: str) -> None:
    assert shown_argument(text) == NOT_SHOWN


@pytest.mark.parametrize("length", [20, 24, 32, 40, 64])
def test_encoded_random_bytes_are_not_repeated(length: int) -> None:
    """Of 2,000 keys in each encoding, fewer than 1 % of 20 characters pass, and none of 40."""
    passed = {"hex": 0, "base64": 0, "urlsafe": 0, "base32": 0, "uuid": 0}
    for number in range(2000):
        digest = hashlib.sha512(str(number).encode()).digest()
        texts = {
            "hex": digest.hex(),
            "base64": base64.b64encode(digest).decode(),
            "urlsafe": base64.urlsafe_b64encode(digest).decode(),
            "base32": base64.b32encode(digest).decode(),
        }
        for encoding, text in texts.items():
            passed[encoding] += harmless(text[:length])
        passed["uuid"] += harmless(str(uuid.UUID(bytes=digest[:16])))
    assert max(passed.values()) < (20 if length < 32 else 2 if length < 40 else 1), passed


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("550e8400-e29b-41d4-a716-446655440000", False),
        ("550e8400e29b41d4a716446655440000", False),
        ("a0123456789abcdef0123456789abcde", True),
        ("sk-proj-SENTINEL-0123456789", True),
        ("prod-1", False),
    ],
)
def test_a_uuid_is_an_id_and_not_a_secret(text: str, secret: bool) -> None:
    assert id_looks_secret(text) is secret


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("xai-production-europe-west-1", False),
        ("xai-SENTINEL0123456789abcdef", True),
        ("Production-Europe-Backup-Key-2024", False),
        ("openai-2024-10-22-europe-west-1", False),
        ("Qwen/Qwen2.5-72B-Instruct-Turbo-FP8-KV-A16W8", False),
        ("ft:gpt-4o-mini-2024-07-18:org::9abcXYZ1", False),
        ("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123def456", False),
        ("550e8400-e29b-41d4-a716-446655440000", False),
        ("550e8400e29b41d4a716446655440000", True),
        ("hf_SENTINELSENTINELSENTINEL", True),
        ("aB3dE6gH9-K2mN5pQ8s_1vW4yZ7SENT", True),
    ],
)
def test_names_of_keys_and_models_are_distinguished_from_secrets(text: str, secret: bool) -> None:
    assert name_looks_secret(text) is secret


@given(st.lists(st.sampled_from(["prod", "backup", "openai", "azure", "eu", "2", "key", "main"]), max_size=8))
def test_names_of_words_are_harmless(words: list[str]) -> None:
    assert harmless("-".join(words)[:64].strip(string.punctuation))
