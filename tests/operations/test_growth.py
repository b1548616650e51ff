"""Files with very many of one thing: with quadratic time each test would take minutes."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import NotFoundError
from bifrost_keys.gateway.desired_state import parse_desired
from bifrost_keys.operations.apply import ApplyRequest, apply_keys
from bifrost_keys.operations.check import check_document
from bifrost_keys.operations.delete import delete_keys
from bifrost_keys.operations.explain import explain
from bifrost_keys.operations.fix import fix_file
from bifrost_keys.operations.import_env import parse_variables
from bifrost_keys.operations.update import Patch, update_key
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.config_file.store import FileStore

_MANY = 8_000
_TWINS = [
    "".join(letters)
    for letters in islice(product(*zip("abcdefghijklmnop", "ABCDEFGHIJKLMNOP", strict=True)), _MANY)
]
_NUMBERED = [f"member-{number}" for number in range(_MANY)]
# What one key has very many of, with the code that check reports for (nearly) each.
_FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown members": (dict.fromkeys(_NUMBERED, 1), "field-unknown"),
    "aliases that differ in case": ({"aliases": dict.fromkeys(_TWINS, "m")}, "alias-duplicate"),
    "aliases of a wrong type": ({"aliases": dict.fromkeys(_NUMBERED, 3)}, "type-wrong"),
    "duplicate models": ({"models": ["m"] * _MANY}, "model-duplicate"),
    "models of a wrong type": ({"models": [3] * _MANY}, "type-wrong"),
}

_NAMELESS = [{"value": f"sk-SENTINEL-{number}", "models": ["*"], "weight": 1} for number in range(_MANY)]


def _text(**members: Any) -> str:
    entry = {"id": "i", "name": "k", "value": "sk-SENTINEL", "models": ["*"], "weight": 1, **members}
    return json.dumps({"providers": {"openai": {"keys": [entry]}}})


@pytest.mark.parametrize("kind", _FAULTS)
def test_a_key_with_very_many_faults_is_checked_at_once(kind: str) -> None:
    members, code = _FAULTS[kind]
    found = check_document(Document(_text(**members), lenient=True), None)
    assert Counter(finding.code for finding in found)[code] >= _MANY - 1


@pytest.mark.parametrize("kind", ["aliases of a wrong type", "models of a wrong type"])
def test_a_key_with_very_many_faults_is_updated_at_once(kind: str, tmp_path: Path) -> None:
    members, _ = _FAULTS[kind]
    place = tmp_path / "config.json"
    place.write_text(_text(**members), encoding="utf-8")
    update_key(FileStore(place), "k", Patch({"weight": 2}))
    assert place.read_text(encoding="utf-8") == _text(**{"weight": 2, **members})


def test_very_many_keys_without_names_get_them_at_once(tmp_path: Path) -> None:
    place = _nameless_file(tmp_path)
    fix_file(FileStore(place))
    keys = json.loads(place.read_bytes())["providers"]["openai"]["keys"]
    assert [key["name"] for key in keys] == [f"openai-{number}" for number in range(1, len(keys) + 1)]


def test_very_many_keys_without_names_are_found_by_their_members(tmp_path: Path) -> None:
    place = _nameless_file(tmp_path)
    desired = parse_desired(place.read_bytes(), source="the input")
    assert not apply_keys(FileStore(place), ApplyRequest(desired, prune=True)).receipt.changed


def test_a_model_that_no_key_names_is_looked_for_in_very_many() -> None:
    models = {"models": _NUMBERED, "blacklisted_models": _NUMBERED[1:]}
    snapshot = FileSnapshot(Document(_text(**models)), None)
    with pytest.raises(NotFoundError) as refused:
        explain(snapshot, "openai", "member-00")
    assert "member-0" in str(refused.value.hint)


def test_very_many_empty_variables_are_read_at_once() -> None:
    lines = "".join(f"V{number}=\n" for number in range(_MANY))
    assert len(parse_variables(lines.encode()).empty) == _MANY


def test_very_many_providers_are_emptied_at_once(tmp_path: Path) -> None:
    settings = {"custom_provider_config": {"base_provider_type": "openai"}}
    providers = {
        f"acme-{number}": {**settings, "keys": [{"name": f"k{number}", "value": "env.K", "models": ["*"]}]}
        for number in range(_MANY // 2)
    }
    place = tmp_path / "config.json"
    place.write_text(json.dumps({"providers": providers}), encoding="utf-8")
    report = delete_keys(FileStore(place), [f"k{number}" for number in range(_MANY // 2)])
    assert len(report.changes) == _MANY // 2


def test_very_many_keys_with_aliases_are_changed_at_once(tmp_path: Path) -> None:
    place = tmp_path / "config.json"
    keys = [{**key, "name": f"k{number}", "aliases": {"a": "m"}} for number, key in enumerate(_NAMELESS)]
    place.write_text(json.dumps({"providers": {"openai": {"keys": keys[: _MANY // 2]}}}), encoding="utf-8")
    report = update_key(FileStore(place), "openai/*", Patch({"weight": 2}))
    assert len(report.changes) == _MANY // 2


def _nameless_file(folder: Path) -> Path:
    place = folder / "config.json"
    place.write_text(json.dumps({"providers": {"openai": {"keys": _NAMELESS}}}), encoding="utf-8")
    return place
