"""Damaged texts are refused, or edited like any other: never anything in between."""

import json
import random
import time
from typing import Any

import pytest

from bifrost_keys.errors import ConfigUnusableError
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.edits import Edit
from tests.figures import Tell
from tests.texts import CAMPAIGN, ENTRY, LAYOUTS, SAMPLES

DATA: dict[str, Any] = {
    "$schema": "https://www.getbifrost.ai/schema",
    "governance": {"routing_rules": [{"targets": [{"provider_key_name": "a", "weight": 0.5}]}]},
    "providers": {
        "openai": {
            "keys": [
                {
                    "id": "1",
                    "name": "a",
                    "value": "sk-SENTINEL",
                    "models": ["*"],
                    "weight": 1,
                    "enabled": True,
                },
                {"name": "é😀", "value": 'q"}{', "models": [], "weight": 1.5, "x": {"y": [1, None]}},
            ],
            "network_config": {"max_retries": 2},
        },
        "groq": {"keys": [{"name": "c", "aliases": {"a": "b"}}]},
    },
}
TEXTS = [
    *(layout.write(DATA).encode() for layout in LAYOUTS.values()),
    *(path.read_bytes() for path in sorted(SAMPLES.glob("*.json"))),
]
PIECES = [
    *(
        b'"',
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\\",
        b"\n",
        b" ",
        b"\t",
        b"\0",
        b"\xff",
        b"\xc3",
        b"1",
        b"-",
    ),
    *(b'"keys":', b'"name": "a",', b"null", b"[]", b"{}", b"NaN", b"1e999", b'"\\ud800"', b'"Keys": [],'),
    *(b"[[[[", b"\xef\xbb\xbf", b"e", b"true", b'"x": 1, "x": 2,'),
]


def mutated(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        place, other = chance.randrange(len(data) + 1), chance.randrange(len(data) + 1)
        first, last = sorted((place, other))
        kind = chance.randrange(7)
        if kind == 0 and place < len(data):
            data = data[:place] + bytes([data[place] ^ (1 << chance.randrange(8))]) + data[place + 1 :]
        elif kind == 1:
            data = data[:place]
        elif kind == 2:
            data = data[:first] + data[last:] if last - first < 200 else data[:place] + data[place + 1 :]
        elif kind == 3:
            data = data[:last] + data[first:last] + data[last:]
        elif kind == 4:
            data = data[:place] + chance.choice(PIECES) + data[place:]
        elif kind == 5:
            depth = chance.choice([3, 495, 600, 5000])
            data = data[:place] + b"[" * depth + b"]" * depth + data[place:]
        elif data:
            data = data[:first] + data[last : last + 30] + data[first:]
    return data


def plain(data: bytes) -> Any:
    """Return the data that any JSON reader sees, or None."""
    try:
        return json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def refused(error: ConfigUnusableError) -> str:
    assert error.line is not None
    assert "SENTINEL" not in str(error)
    return "refused"


def edited(data: bytes, chance: random.Random) -> str:
    """Make one random edit of the damaged text; return its outcome."""
    try:
        document = Document.parse(data)
    except ConfigUnusableError as error:
        return refused(error)
    expected = plain(data)
    assert expected is not None, "accepted, but no JSON"
    assert document.text.encode() == data
    refs = list(document.all_entries())
    edit = Edit(document)
    action = chance.choice(["append", "append", "replace", "remove"]) if refs else "append"
    if action == "append":
        provider = chance.choice(["openai", "mistral"])
        edit.append(provider, ENTRY)
        blocks = expected.setdefault("providers", {})
        spelled = next((name for name in blocks if name.lower() == provider), provider)
        blocks.setdefault(spelled, {}).setdefault("keys", []).append(ENTRY)
    else:
        ref = chance.choice(refs)
        entries = expected["providers"][ref.provider]["keys"]
        if action == "remove":
            edit.remove(ref)
            del entries[ref.position]
        else:
            new = {**document.load(ref), "weight": 7, "value": "sk-SENTINEL-2"}
            new.pop("models", None)
            try:
                edit.replace(ref, new)
            except ConfigUnusableError as error:
                return refused(error)
            entries[ref.position] = new
    after = edit.apply().text
    assert plain(after.encode()) == expected
    return "edited"


def attempt(seed: int) -> str:
    chance = random.Random(seed)
    data = mutated(chance.choice(TEXTS), chance)
    try:
        return edited(data, chance)
    except Exception as error:
        raise AssertionError(f"seed {seed}: {type(error).__name__}: {error}") from error


def test_a_damaged_text_is_refused_or_edited_exactly() -> None:
    outcomes = [attempt(seed) for seed in range(15_000)]
    assert min(outcomes.count("refused"), outcomes.count("edited")) > 1500


@pytest.mark.campaign
def test_damaged_texts_for_ten_minutes(tell: Tell) -> None:
    if not CAMPAIGN:
        pytest.skip("a long campaign: set BIFROST_KEYS_CAMPAIGN=1")
    end, seed, outcomes = time.monotonic() + 600, 1_000_000, {"refused": 0, "edited": 0}
    while time.monotonic() < end:
        outcomes[attempt(seed)] += 1
        seed += 1
    tell(f"{seed - 1_000_000} damaged texts: {outcomes}")


@pytest.mark.parametrize("text", TEXTS[: len(LAYOUTS)])
def test_every_cut_of_a_text_is_refused(text: bytes) -> None:
    whole = text.rstrip()
    for end in range(len(whole)):
        with pytest.raises(ConfigUnusableError):
            Document.parse(whole[:end])
