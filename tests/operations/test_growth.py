"""Files with very many of one thing: each test would take minutes if the time grew with the square."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.operations.check import check_document
from bifrost_keys.operations.update import Patch, update_key
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.store import FileStore

_MANY = 10_000
_TWINS = [
    "".join(letters)
    for letters in islice(product(*zip("abcdefghijklmnop", "ABCDEFGHIJKLMNOP", strict=True)), _MANY)
]
_NUMBERED = [f"member-{number}" for number in range(_MANY)]
# What one key has very many of, with the code that check reports for (nearly) each.
_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown members": (dict.fromkeys(_NUMBERED, 1), "field-unknown"),
    "names that differ in case": (dict.fromkeys(_TWINS, 1), "member-duplicate"),
    "aliases that differ in case": ({"aliases": dict.fromkeys(_TWINS, "m")}, "alias-duplicate"),
    "aliases of a wrong type": ({"aliases": dict.fromkeys(_NUMBERED, 3)}, "type-wrong"),
    "duplicate models": ({"models": ["m"] * _MANY}, "model-duplicate"),
    "models of a wrong type": ({"models": [3] * _MANY}, "type-wrong"),
}


def _text(**members: Any) -> str:
    entry = {"id": "i", "name": "k", "value": "sk-SENTINEL", "models": ["*"], "weight": 1, **members}
    return json.dumps({"providers": {"openai": {"keys": [entry]}}})


@pytest.mark.parametrize("kind", _FAULTS)
def test_a_key_with_very_many_faults_is_checked_at_once(kind: str) -> None:
    members, code = _FAULTS[kind]
    found = check_document(Document(_text(**members), lenient=True), None)
    assert Counter(finding.code for finding in found)[code] >= _MANY - 1


@pytest.mark.parametrize("kind", ["unknown members", "aliases of a wrong type", "models of a wrong type"])
def test_a_key_with_very_many_faults_is_updated_at_once(kind: str, tmp_path: Path) -> None:
    members, _ = _FAULTS[kind]
    place = tmp_path / "config.json"
    place.write_text(_text(**members), encoding="utf-8")
    update_key(FileStore(place), "k", Patch({"weight": 2}))
    assert place.read_text(encoding="utf-8") == _text(**{"weight": 2, **members})
