"""An edit is a splice: only the requested change is made, and every other byte stays."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.edits import Edit
from tests.texts import ENTRY, LAYOUTS, SAMPLES, added_span, configs, entries, generated, in_order

layouts = st.sampled_from(list(LAYOUTS.values()))
providers = st.sampled_from(["openai", "Groq", "mistral"])


def appended(text: str, provider: str, *new: dict[str, Any]) -> Document:
    edit = Edit(Document.parse(text.encode()))
    for entry in new:
        edit.append(provider, entry)
    return edit.apply()


def with_entries(data: dict[str, Any], provider: str, *new: dict[str, Any]) -> dict[str, Any]:
    expected = json.loads(json.dumps(data))
    expected.setdefault("providers", {}).setdefault(provider, {}).setdefault("keys", []).extend(new)
    return expected


@generated
@given(configs(), layouts, providers, st.lists(entries(), min_size=1, max_size=3))
def test_appending_adds_one_piece_of_text_and_just_that_data(
    data: Any, layout: Any, provider: str, new: list[Any]
) -> None:
    text = layout.write(data)
    after = appended(text, provider, *new).text
    assert in_order(json.loads(after)) == in_order(with_entries(data, provider, *new))
    assert added_span(text, after) is not None


@generated
@given(configs().filter(lambda data: "providers" in data), layouts, entries())
def test_appending_follows_the_layout_of_the_file(data: Any, layout: Any, new: Any) -> None:
    data["providers"]["openai"] = {"keys": [{"name": "a", "models": ["b", "c"], "note": {"x": 1, "y": 2}}]}
    new = {**new, "{": 1, "note": {"deep": ["x", "y"]}}
    after = appended(layout.write(data), "openai", new).text
    assert after == layout.write(with_entries(data, "openai", new))


@generated
@given(configs(), layouts, entries(), st.data())
def test_replacing_changes_that_entry_alone(data: Any, layout: Any, new: Any, draw: st.DataObject) -> None:
    text = layout.write(data)
    document = Document.parse(text.encode())
    refs = list(document.all_entries())
    if not refs:
        return
    ref = draw.draw(st.sampled_from(refs))
    edit = Edit(document)
    edit.replace(ref, new)
    after = edit.apply()
    now = after.entry(ref.provider, ref.position)
    assert after.load(now) == new
    assert after.text[: now.start] == text[: ref.start]
    assert after.text[now.end :] == text[ref.end :]
    assert document.load(ref) != new or after is document


@generated
@given(configs(), layouts, st.data())
def test_removing_takes_one_piece_of_text_and_just_that_entry(
    data: Any, layout: Any, draw: st.DataObject
) -> None:
    text = layout.write(data)
    document = Document.parse(text.encode())
    refs = list(document.all_entries())
    if not refs:
        return
    ref = draw.draw(st.sampled_from(refs))
    edit = Edit(document)
    edit.remove(ref)
    after = edit.apply()
    del data["providers"][ref.provider]["keys"][ref.position]
    assert after.text == layout.write(data)
    assert added_span(after.text, text) is not None


@generated
@given(configs(), layouts, providers, entries(), entries())
def test_a_round_trip_ends_at_the_first_byte(
    data: Any, layout: Any, provider: str, one: Any, two: Any
) -> None:
    data.setdefault("providers", {})
    new = provider not in data["providers"]
    if not new:
        data["providers"][provider].setdefault("keys", [])
    text = layout.write(data)
    document = appended(text, provider, one)
    place = len(document.names(provider)) - 1
    same_members = {**dict.fromkeys(one), **{name: two[name] for name in two if name in one}}
    for values in (same_members, one):
        edit = Edit(document)
        edit.replace(document.entry(provider, place), {**one, **values})
        document = edit.apply()
    edit = Edit(document)
    if new:
        edit.remove_provider(provider)
    else:
        edit.remove(document.entry(provider, place))
    assert edit.apply().text == text


@generated
@given(configs(), layouts, st.data())
def test_many_changes_in_one_edit_are_those_changes(data: Any, layout: Any, draw: st.DataObject) -> None:
    document = Document.parse(layout.write(data).encode())
    edit = Edit(document)
    expected: dict[str, Any] = json.loads(json.dumps(data))
    lists = {name: block.get("keys") for name, block in expected.get("providers", {}).items()}
    for ref in reversed(list(document.all_entries())):
        action = draw.draw(st.sampled_from(["keep", "remove", "replace"]))
        if action == "remove":
            edit.remove(ref)
            del lists[ref.provider][ref.position]
        elif action == "replace":
            new = draw.draw(entries())
            edit.replace(ref, new)
            lists[ref.provider][ref.position] = new
    for provider in draw.draw(st.lists(providers, max_size=2)):
        edit.append(provider, ENTRY)
        expected = with_entries(expected, provider, ENTRY)
    assert json.loads(edit.apply().text) == expected


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.name)
@pytest.mark.parametrize("provider", ["openai", "mistral"])
def test_samples_keep_every_byte_through_a_round_trip(path: Any, provider: str) -> None:
    text = path.read_bytes().decode()
    data = json.loads(text)
    document = appended(text, provider, ENTRY)
    assert in_order(json.loads(document.text)) == in_order(with_entries(data, provider, ENTRY))
    assert added_span(text, document.text) is not None
    edit = Edit(document)
    edit.replace(
        document.entry(provider, len(document.names(provider)) - 1), {**ENTRY, "status": "x", "models": []}
    )
    changed = edit.apply()
    edit = Edit(changed)
    edit.replace(changed.entry(provider, len(changed.names(provider)) - 1), ENTRY)
    assert edit.apply().text == document.text
    edit = Edit(document)
    if provider in data.get("providers", {}):
        edit.remove(document.entry(provider, len(document.names(provider)) - 1))
        assert edit.apply().text == text
    elif "providers" in data:
        edit.remove_provider(provider)
        assert edit.apply().text == text


def test_samples_exist_or_are_reported_as_missing() -> None:
    if not SAMPLES.is_dir():
        pytest.skip("the sample files of the gateway's repository are not beside this checkout")
    assert len(list(SAMPLES.glob("*.json"))) > 5
