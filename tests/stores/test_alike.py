"""Keys that are alike are loaded, judged, hashed and redacted as if each were the only one."""

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.gateway.fields import OWN_FIELDS
from bifrost_keys.gateway.hashing import Hasher, key_hash, reproducible
from bifrost_keys.gateway.providers import built_in
from bifrost_keys.gateway.rules.key import Judge, entry_faults
from bifrost_keys.gateway.secrets.redaction import Redactor, redacted_entry
from bifrost_keys.jsontext import memory
from bifrost_keys.stores.config_file import plain_entries
from bifrost_keys.stores.config_file.document import Document
from tests.texts import LAYOUTS, generated

PLAIN: dict[str, Any] = {"id": "i", "name": "n", "value": "env.A", "models": ["*"], "weight": 1}
SHAPES: list[dict[str, Any]] = [
    PLAIN,
    {**PLAIN, "config_hash": "00ff", "enabled": True},
    {**PLAIN, "models": ["m", "*"], "weight": 0},
    {**PLAIN, "models": [], "weight": 0.25, "note": "x"},
    {**PLAIN, "weight": True},
    {**PLAIN, "value": None},
    {**PLAIN, "value": "sk-ant-SENTINEL\u00e9"},
    {**PLAIN, "name": "tab\tin it"},
    {**PLAIN, "Name": "twin"},
    {**PLAIN, "NAME": None, "Weight": 2},
    {"NAME": "n", "value": "v", "models": ["*"], "weight": 1},
    {**PLAIN, "aliases": {"a": "b"}},
    {**PLAIN, "azure_key_config": {"endpoint": "https://SENTINEL"}},
    {},
]


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern for every shape that comes twice, and no limit to them."""
    monkeypatch.setattr(plain_entries, "_WORTH", 1)
    monkeypatch.setattr(plain_entries, "_MOST", 100)


def mixed(seed: int, count: int = 24) -> dict[str, Any]:
    """Keys of all shapes in an order by chance, some with a name, id and secret of their own."""
    chance = random.Random(seed)
    rows = [dict(shape) for shape in chance.choices(SHAPES, k=count)]
    for number, row in enumerate(rows):
        for name in OWN_FIELDS & row.keys():
            if isinstance(row[name], str) and chance.random() < 0.7:
                row[name] += str(number)
    return {"providers": {"openai": {"keys": rows}, "azure": {"keys": rows[::-1]}}}


@generated
@given(st.integers(), st.sampled_from(list(LAYOUTS.values())))
def test_every_key_is_loaded_as_if_alone(seed: int, layout: Any) -> None:
    data = mixed(seed)
    document = Document.parse(layout.write(data).encode(), lenient=True)
    loaded = list(document.load_all())
    assert [key.entry for key in loaded] == [
        row for provider in data["providers"].values() for row in provider["keys"]
    ]
    assert [list(key.entry) for key in loaded] == [list(document.load(ref)) for ref in document.all_entries()]
    places = [(key.provider, key.place, key.start, key.end, key.name, key.id) for key in loaded]
    assert places == [
        (ref.provider, ref.index, ref.start, ref.end, ref.name, ref.id) for ref in document.all_entries()
    ]
    assert [key.entry for key in document.load_all("azure")] == data["providers"]["azure"]["keys"]


@generated
@given(st.integers())
def test_what_is_said_of_the_rest_is_true_of_each(seed: int) -> None:
    document = Document.parse(json.dumps(mixed(seed)).encode(), lenient=True)
    openai, azure = built_in("openai"), built_in("azure")
    judges = {"openai": Judge(openai), "azure": Judge(azure)}
    hasher, redactor = Hasher("1.5.1"), Redactor()
    rests: dict[object, Any] = {}
    for key in document.load_all():
        if key.rest is not None:
            shared = {name: value for name, value in key.entry.items() if name not in OWN_FIELDS}
            first = rests.setdefault(key.rest, shared)
            assert json.dumps(first) == json.dumps(shared)
            assert all(isinstance(key.entry.get(name, ""), str) for name in OWN_FIELDS)
        rules = openai if key.provider == "openai" else azure
        told = judges[key.provider].faults(key.entry, key.rest)
        assert sorted(map(repr, told)) == sorted(map(repr, entry_faults(key.entry, rules)))
        assert redactor.redacted(key.entry, key.rest) == redacted_entry(key.entry)
        assert hasher.key_hash(key.entry, key.rest) == key_hash(key.entry, "1.5.1")
        assert hasher.reproducible(key.entry, key.rest) is reproducible(key.entry, "1.5.1")


def test_the_rest_is_known_of_nearly_every_key() -> None:
    rows = [{**PLAIN, "name": f"n{number}", "models": [f"m{number % 3}"]} for number in range(300)]
    document = Document.parse(json.dumps({"providers": {"openai": {"keys": rows}}}).encode())
    rests = [key.rest for key in document.load_all()]
    assert rests.count(None) == 1
    assert len(set(rests)) == 4


@pytest.mark.parametrize("twin", ["Name", "NAME", "VALUE", "\u017fecret", "Config_Ha\u017fh", "name"])
def test_a_member_that_could_be_meant_for_an_own_one_is_read_the_ordinary_way(twin: str) -> None:
    rows = ", ".join(f'{{"value": "v{number}", "name": "n", "{twin}": "x"}}' for number in range(9))
    document = Document.parse(f'{{"providers": {{"openai": {{"keys": [{rows}]}}}}}}'.encode(), lenient=True)
    known = [key.rest is not None for key in document.load_all()]
    assert any(known) is (twin == "\u017fecret")
    assert [key.entry for key in document.load_all()] == [
        document.load(ref) for ref in document.all_entries()
    ]


def test_no_more_is_remembered_than_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MOST", 2)
    rows = [{**PLAIN, "name": f"n{number}", "weight": number % 4} for number in range(40)]
    document = Document.parse(json.dumps({"providers": {"openai": {"keys": rows}}}).encode())
    loaded = list(document.load_all())
    assert [key.entry for key in loaded] == rows
    assert loaded[10].rest is loaded[6].rest is not loaded[7].rest
