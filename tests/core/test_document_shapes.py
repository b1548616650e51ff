"""An edit of a document is a splice: every other byte stays, and what was added can be taken away."""

import json
from pathlib import Path

import pytest

from bifrost_keys.core.document import Document

SAMPLES = Path("../shared/samples")
ENTRY = {
    "id": "i",
    "name": 'new "q" {',
    "value": "sk-test-SENTINEL",
    "models": ["*"],
    "weight": 1,
    "enabled": True,
    "config_hash": "h",
}
SHAPES = [
    "{}",
    "{ }",
    "{\n}\n",
    '{"providers":{}}',
    '{\n  "a": 1\n}',
    '{"a": 1, "b": [1, 2]}',
    '{\n\t"providers": {\n\t\t"openai": {\n\t\t\t"keys": []\n\t\t}\n\t}\n}\n',
    '{\r\n  "providers": {\r\n    "openai": {\r\n    }\r\n  }\r\n}\r\n',
    '{"providers":{"openai":{"keys":[{"name":"a","weight":1.0,"note":"}],[{"}]}}}',
    '{"providers": {"openai": {"keys": [{"name": "a"}, {"name": "b"}]}}}',
    '{\n "providers": {\n  "openai": {\n   "keys": [\n    {"name": "a"},\n    {"name":"b"}\n   ]\n  }\n }\n}',
    '{\n  "providers": {\n    "openai": {\n      "keys": [{\n        "name": "a"\n      }]\n    }\n  }\n}\n',
    '{ "providers": { "anthropic": { "keys": [ { "name": "a" } ] } } }',
]


def appended(text: str, provider: str) -> Document:
    edit = Document.parse(text.encode()).edit()
    edit.append(provider, ENTRY)
    return edit.apply()


def assert_only_added(before: str, after: str) -> None:
    at = len(after) - len(before)
    common = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    assert any(after[:i] + after[i + at :] == before for i in range(common + 1))


@pytest.mark.parametrize("provider", ["openai", "mistral"])
@pytest.mark.parametrize("text", SHAPES)
def test_appending_adds_text_and_changes_none(text: str, provider: str) -> None:
    document = appended(text, provider)
    assert_only_added(text, document.text)
    expected = json.loads(text)
    expected.setdefault("providers", {}).setdefault(provider, {}).setdefault("keys", []).append(ENTRY)
    assert json.loads(document.text) == expected


@pytest.mark.parametrize("text", SHAPES)
def test_replacing_and_replacing_back_restores_every_byte(text: str) -> None:
    document = appended(text, "openai")
    ref = document.entry("openai", document.entry_count("openai") - 1)
    changed = {name: value for name, value in ENTRY.items() if name != "config_hash"}
    changed |= {"weight": 0.5, "blacklisted_models": ["o1"], "aliases": {"a": "b"}}
    edit = document.edit()
    edit.replace(ref, changed)
    middle = edit.apply()
    assert middle.load(middle.entry("openai", ref.index)) == changed
    edit = middle.edit()
    edit.replace(middle.entry("openai", ref.index), ENTRY)
    assert edit.apply().text == document.text


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_samples_keep_every_byte_beside_the_new_entry(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for provider in ("openai", "mistral"):
        assert_only_added(text, appended(text, provider).text)


def test_samples_are_there_or_said_to_be_missing() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the sample files of the gateway's repository are not beside this checkout")
    assert len(list(SAMPLES.glob("*.json"))) > 5
