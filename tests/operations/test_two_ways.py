"""What is told of many keys that are alike is what is told of them when each is read alone."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from bifrost_keys.errors import BifrostKeysError
from bifrost_keys.gateway.database_row import DatabaseState
from bifrost_keys.gateway.hashing import key_hash
from bifrost_keys.operations.check import check_document
from bifrost_keys.operations.hash import list_hashes
from bifrost_keys.operations.list import list_keys
from bifrost_keys.operations.status import status
from bifrost_keys.stores.config_file import plain_entries
from bifrost_keys.stores.config_file.document import Document
from tests.jsontext.test_text_mutations import mutated
from tests.texts import CAMPAIGN, LAYOUTS

PLAIN = {"id": "i{n}", "name": "n{n}", "value": "sk-SENTINEL-{n}", "models": ["*"], "weight": 1}
ODD: dict[str, list[Any]] = {
    "id": ["", None, 5, "i", "aB3" * 10],
    "name": ["n", "sk-proj-abcdefghijklmnopqrstuvwxyz", " x", "", None, 3, "n\u0301", "a\nb", "x" * 300],
    "value": [
        *("env.A", "env.", "env.sk-abc", "vault.x", "***", "", '"q"', "$X", "sk-ant-{n}", "sk-bf-1"),
        *("Bearer x", "a b", "a\\b", "\U0001f600", None, 7, {"a": 1}),
    ],
    "models": [[], ["m"], ["m", "*"], ["m", "M"], [""], None, "*", [1]],
    "weight": [0, 0.5, 0.009, -1, None, "1", True, 1e3],
    "enabled": [True, False, None, "x"],
    "blacklisted_models": [[], ["*"], ["x", "X"]],
    "aliases": [{}, {"a": "b"}, {" a": "b"}, {"a": {"model_id": "x"}}, {"a": "b", "c": "d"}],
    "config_hash": ["00ff", "", None, "1.5.1", "1.5.12", 4],
    "azure_key_config": [{"endpoint": "https://x"}, {"endpoint": "env.E"}, {"Endpoint": "x"}],
    "status": ["success", "sk-SENTINEL-{n}"],
    "description": ["refused sk-SENTINEL-{n}"],
    "note": ["hello", "sk-SENTINEL-{n}"],
    "Name": ["x"],
    "WEIGHT": [1],
}


def entry(chance: random.Random, number: int, hashed: bool) -> dict[str, Any]:
    """A key that is plain, or odd in one or two of its members."""
    made: dict[str, Any] = {**PLAIN, "config_hash": "1.5.12"} if hashed else dict(PLAIN)
    made = {name: value for name, value in made.items() if chance.random() > 0.1}
    for name in chance.sample(list(ODD), chance.choice([0, 0, 0, 1, 2])):
        made[name] = chance.choice(ODD[name])
    shown = str(number if chance.random() < 0.8 else 1)
    made = {
        name: value.replace("{n}", shown) if isinstance(value, str) else value for name, value in made.items()
    }
    if made.get("config_hash") in ("1.5.1", "1.5.12"):
        made["config_hash"] = key_hash(made, made["config_hash"])
    return made


def text(chance: random.Random) -> bytes:
    """A file of such keys at two providers, now and then damaged."""
    providers = chance.sample(["openai", "azure", "anthropic", "unknown", "ollama"], 2)
    hashed = chance.random() < 0.5
    data = {
        "providers": {
            name: {"keys": [entry(chance, number, hashed) for number in range(chance.randint(1, 25))]}
            for name in providers
        }
    }
    written = chance.choice(list(LAYOUTS.values())).write(data).encode()
    return mutated(written, chance) if chance.random() < 0.3 else written


def told(data: bytes) -> list[Any]:
    """What the reading commands tell of a file; a refusal by its words."""
    try:
        document = Document.parse(data, lenient=True)
    except BifrostKeysError as error:
        return [error.message]
    ways: list[Callable[[], Any]] = [
        lambda: check_document(document, None),
        lambda: [(view.provider, json.dumps(view.key)) for view in list_keys(document)],
        lambda: list(list_hashes(document, (), recipe="1.5.1")),
        lambda: status(document, DatabaseState("absent")).keys,
    ]
    found = []
    for way in ways:
        try:
            found.append(way())
        except BifrostKeysError as error:
            found.append(error.message)
    return found


def test_keys_are_told_of_alike_in_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(5000 if CAMPAIGN else 100):
        chance = random.Random(seed)
        data = text(chance)
        monkeypatch.setattr(plain_entries, "_WORTH", chance.choice([1, 2, 3]))
        alike = told(data)
        monkeypatch.setattr(plain_entries, "_WORTH", 10**9)
        assert alike == told(data), f"seed {seed}"
