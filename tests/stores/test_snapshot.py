"""Look for keys in a snapshot of a config file."""

from __future__ import annotations

import json

from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.snapshot import FileSnapshot


def _snapshot(keys: str) -> FileSnapshot:
    text = f'{{"providers": {{"openai": {{"keys": {keys}}}, "groq": {{}}}}}}'
    return FileSnapshot(Document(text, lenient=True), None)


def test_keys_are_found_by_their_value_however_it_is_spelled() -> None:
    snapshot = _snapshot(r"""[
        {"name": "a", "value": "sk-SENTINEL-1"}, 3, {"name": "b"}, {"name": "c", "value": ["sk-SENTINEL-1"]},
        {"value": "sk-\u0053ENTINEL-1", "name": "d"}, {"name": "e", "value": "sk-SENTINEL-2"}
    ]""")
    found = snapshot.keys_with_value("openai", "sk-SENTINEL-1")
    assert [(key.name, key.position) for key in found] == [("a", 0), ("d", 4)]
    assert [key.name for key in snapshot.keys_with_value("openai", "sk-SENTINEL-2")] == ["e"]
    assert snapshot.keys_with_value("openai", "sk-SENTINEL-3") == []
    assert snapshot.keys_with_value("openai", "") == []
    assert snapshot.keys_with_value("groq", "sk-SENTINEL-1") == []


def test_each_of_many_values_is_found_at_once() -> None:
    count = 20_000
    keys = [{"name": f"k{number}", "value": f"sk-SENTINEL-{number // 2}"} for number in range(count)]
    snapshot = _snapshot(json.dumps(keys))
    for number in range(0, count, 2):
        found = snapshot.keys_with_value("openai", f"sk-SENTINEL-{number // 2}")
        assert [key.position for key in found] == [number, number + 1]
