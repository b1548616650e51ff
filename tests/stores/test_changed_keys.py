"""The effect of an edit on existing entries, providers and values, letter for letter."""

import json
from typing import Any

import pytest

from bifrost_keys.errors import BifrostKeysError, ConfigUnusableError, NotFoundError
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.edits import Edit
from tests.texts import ENTRY


def parsed(text: str) -> Document:
    return Document.parse(text.encode())


def replaced(text: str, new: dict[str, Any], place: int = 0) -> str:
    document = parsed(text)
    edit = Edit(document)
    edit.replace(document.entry("openai", place), new)
    return edit.apply().text


def removed(text: str, *places: int) -> str:
    document = parsed(text)
    edit = Edit(document)
    for place in places:
        edit.remove(document.entry("openai", place))
    return edit.apply().text


def keys(text: str) -> str:
    return '{"providers": {"openai": {"keys": ' + text + "}}}"


@pytest.mark.parametrize(
    ("before", "new", "after"),
    [
        ('{"name": "a", "weight": 1.0}', {"name": "a", "weight": 1}, '{"name": "a", "weight": 1.0}'),
        ('{"n\\u0061me": "\\u0061"}', {"name": "a"}, '{"n\\u0061me": "\\u0061"}'),
        ('{"name": "a", "weight": 1}', {"name": "a", "weight": True}, '{"name": "a", "weight": true}'),
        ('{"name": "a", "weight": -0}', {"name": "a", "weight": 0}, '{"name": "a", "weight": 0}'),
        ('{"name":"a", "x": 1.10 }', {"name": "b", "x": 1.1}, '{"name":"b", "x": 1.10 }'),
        ('{"models": [ "a",  "b" ]}', {"models": ["c", "d", "e"]}, '{"models": [ "c",  "d",  "e" ]}'),
        ('{"models": [\n  "a"\n]}', {"models": ["b", "c"]}, '{"models": [\n  "b",\n  "c"\n]}'),
        ('{"models": ["a"]}', {"models": []}, '{"models": []}'),
        ('{"models": []}', {"models": ["a", "b"]}, '{"models": ["a", "b"]}'),
        ('{"aliases": {"a": "b"}}', {"aliases": {"a": "b", "c": "d"}}, '{"aliases": {"a": "b", "c": "d"}}'),
        ('{"aliases": {"a": "b", "c": 1}}', {"aliases": {"c": 1}}, '{"aliases": {"c": 1}}'),
        ('{"aliases": {"a": "b"}}', {"aliases": {"c": "d"}}, '{"aliases": {"c": "d"}}'),
        ('{"aliases": {"a": "b"}}', {"aliases": {}}, '{"aliases": {}}'),
        ('{"aliases": {"a": "b"}}', {"aliases": "x"}, '{"aliases": "x"}'),
        ('{"weight":1,"name":"a"}', {"name": "a", "id": "i"}, '{"id":"i","name":"a"}'),
        ('{"x": 1}', {"x": 1, "name": "a"}, '{"name": "a", "x": 1}'),
        ('{"name": "a", "x": 1}', {"name": "a", "x": 1, "y": 2}, '{"name": "a", "x": 1, "y": 2}'),
        ('{"name": "a"}', {}, "{}"),
        ("{ }", {"name": "a"}, '{"name": "a" }'),
        (
            '{\n "name": "a",\n\n "weight": 1\n}',
            {"name": "a", "value": "v", "models": [], "weight": 1, "config_hash": "h"},
            '{\n "name": "a",\n "value": "v",\n "models": [],\n\n "weight": 1,\n\n "config_hash": "h"\n}',
        ),
        (
            '{\n "id": "i",\n "name": "a",\n "weight": 1,\n "x": 2\n}',
            {"name": "a", "x": 2},
            '{\n "name": "a",\n "x": 2\n}',
        ),
        ('{\n "name": "a", "weight": 1,\n "x": 2\n}', {"name": "a", "x": 2}, '{\n "name": "a",\n "x": 2\n}'),
        ('{\n  "a": 1\n, "b": 2\n, "c": 3\n}', {"a": 1, "c": 3}, '{\n  "a": 1\n, "c": 3\n}'),
        ('{\n  "a": 1\n, "b": 2\n}', {"a": 1, "b": 2, "c": 3}, '{\n  "a": 1\n, "b": 2\n, "c": 3\n}'),
    ],
)
def test_replacing_changes_only_members_that_differ(before: str, new: dict[str, Any], after: str) -> None:
    assert replaced(keys(f"[{before}]"), new) == keys(f"[{after}]")


@pytest.mark.parametrize(
    ("before", "places", "after"),
    [
        ('[{"a":1}]', [0], "[]"),
        ('[\n  {"a":1}\n]', [0], "[]"),
        ('[{"a":1}, {"b":2}, {"c":3}]', [1], '[{"a":1}, {"c":3}]'),
        ('[{"a":1}, {"b":2}, {"c":3}]', [0, 2], '[{"b":2}]'),
        ('[{"a":1}, {"b":2}, {"c":3}]', [1, 2], '[{"a":1}]'),
        ('[{"a":1}, {"b":2}, {"c":3}]', [0, 1, 2], "[]"),
        ('[\n {"a":1},\n\n {"b":2},\n\n {"c":3}\n]', [1], '[\n {"a":1},\n\n {"c":3}\n]'),
        ('[\n {"a":1},\n\n {"b":2},\n {"c":3}\n]', [1], '[\n {"a":1},\n\n {"c":3}\n]'),
        ('[\n {"a":1},\n {"b":2},\n\n {"c":3}\n]', [1], '[\n {"a":1},\n\n {"c":3}\n]'),
        ('[\n {"a":1},\n {"b":2}\n]', [0], '[\n {"b":2}\n]'),
        ('[\n {"a":1},\n {"b":2}\n]', [1], '[\n {"a":1}\n]'),
        ('[\n {"a":1}, {"b":2},\n {"c":3}\n]', [0], '[\n {"b":2},\n {"c":3}\n]'),
        ('[\n {"a":1}, {"b":2},\n {"c":3}\n]', [1], '[\n {"a":1},\n {"c":3}\n]'),
        ('[\n {"a":1}, {"b":2},\n {"c":3}\n]', [2], '[\n {"a":1}, {"b":2}\n]'),
    ],
)
def test_removing_takes_the_comma_and_the_line(before: str, places: list[int], after: str) -> None:
    assert removed(keys(before), *places) == keys(after)


def test_removing_all_while_adding_keeps_the_brackets_where_they_are() -> None:
    document = parsed(keys('[\n  {"a": 1},\n  {"b": 2}\n]'))
    edit = Edit(document)
    for ref in document.all_entries():
        edit.remove(ref)
    edit.append("openai", {"name": "x"})
    assert edit.apply().text == keys('[\n  {"name": "x"}\n]')


def test_removing_providers_takes_their_blocks() -> None:
    text = '{\n "providers": {\n  "a": {},\n  "b": {"keys": [{}]},\n  "c": {}\n }\n}\n'
    edit = Edit(parsed(text))
    edit.remove_provider("B")
    assert edit.apply().text == '{\n "providers": {\n  "a": {},\n  "c": {}\n }\n}\n'
    edit = Edit(parsed(text))
    for name in "abc":
        edit.remove_provider(name)
    assert edit.apply().text == '{\n "providers": {}\n}\n'
    with pytest.raises(NotFoundError):
        edit.remove_provider("d")


def test_removing_a_provider_wins_over_changes_inside_it() -> None:
    document = parsed('{"providers": {"a": {"keys": [{"name": "x"}]}, "b": {}}}')
    edit = Edit(document)
    edit.remove(document.entry("a", 0))
    edit.remove_provider("a")
    assert edit.apply().text == '{"providers": {"b": {}}}'


def test_an_edit_that_changes_nothing_returns_the_same_document() -> None:
    document = parsed(keys('[{"name": "a", "weight": 1.0}]'))
    edit = Edit(document)
    assert edit.apply() is document
    edit.replace(document.entry("openai", 0), {"weight": 1, "name": "a"})
    assert edit.apply() is document


def test_values_elsewhere_are_set_in_place() -> None:
    text = (
        '{"governance": {"x": [{"n": "old", "m": "\\u0061"}, 1.0]},'
        ' "providers": {"a": {"keys": [{"name": "old"}]}}}'
    )
    document = parsed(text)
    edit = Edit(document)
    edit.set_value(("governance", "x", 0, "n"), "new")
    edit.set_value(("governance", "x", 1), 1)
    edit.replace(document.entry("a", 0), {"name": "new"})
    assert edit.apply().text == text.replace('"old"', '"new"')


@pytest.mark.parametrize(
    "path",
    [
        ("governance", "y"),
        ("governance", "x", 1),
        ("governance", "x", "a"),
        ("governance", "x", 0, "b"),
        ("governance", "d"),
        ("missing",),
    ],
)
def test_a_value_at_a_doubtful_place_is_not_set(path: Any) -> None:
    edit = Edit(parsed('{"governance": {"x": ["a"], "d": 1, "D": 2}}'))
    edit.set_value(path, "v")
    with pytest.raises(ConfigUnusableError):
        edit.apply()


def test_a_member_is_respelled_and_keeps_its_value() -> None:
    """Even if the objects around the key are wrongly cased, which is not this edit's concern."""
    document = Document.parse(b'{"Providers": {"a": {"KEYS": [{"Name": "x", "Value" : 1}]}}}', lenient=True)
    edit = Edit(document)
    for name in ("Name", "Value"):
        edit.respell(document.entry("a", 0), (name,), name.lower())
    assert edit.apply().text == '{"Providers": {"a": {"KEYS": [{"name": "x", "value" : 1}]}}}'


def test_an_entry_of_another_document_is_refused() -> None:
    other = parsed(keys('[ {"name": "a"}]'))
    with pytest.raises(BifrostKeysError, match="belong"):
        Edit(parsed(keys('[{"name": "a"}]'))).remove(other.entry("openai", 0))


@pytest.mark.parametrize(
    "entry",
    [
        '{"name": "a", "value": "SENTINEL", "value": "b"}',
        '{"name": "a", "value": "SENTINEL", "VALUE": "b"}',
        '{"name": "a", "Value": "SENTINEL"}',
        '{"name": "a", "value": "SENTINEL\\ud800"}',
        '{"name": "a", "x": {"y": [{"z": "SENTINEL", "Z": 1}]}}',
        '{"name": "a", "azure_key_config": {"Endpoint": "SENTINEL"}}',
    ],
)
def test_an_entry_of_uncertain_meaning_is_not_edited_but_stops_no_other_edit(entry: str) -> None:
    document = parsed(keys(f'[{entry}, {{"name": "b"}}]'))
    with pytest.raises(ConfigUnusableError) as caught:
        Edit(document).replace(document.entry("openai", 0), {"name": "a"})
    assert caught.value.message.startswith("config.json:1:")
    assert "SENTINEL" not in str(caught.value) + str(caught.value.__context__) + str(caught.value.hint)
    edit = Edit(document)
    edit.replace(document.entry("openai", 1), {"name": "c"})
    edit.append("openai", ENTRY)
    assert json.loads(edit.apply().text)["providers"]["openai"]["keys"][1:] == [{"name": "c"}, ENTRY]
    assert removed(document.text, 0) == keys('[{"name": "b"}]')


def test_a_document_that_was_read_leniently_is_edited_only_when_it_could_be_read_strictly() -> None:
    good = Document.parse(keys('[{"name": "a"}]').encode(), lenient=True)
    edit = Edit(good)
    edit.append("openai", {"name": "b"})
    assert edit.apply().text == keys('[{"name": "a"}, {"name": "b"}]')
    bad = Document.parse(keys('[{"name": "a"}, null]').encode(), lenient=True)
    with pytest.raises(ConfigUnusableError, match=r"keys\[1\]"):
        Edit(bad).append("openai", {"name": "b"})
