"""A document returns positions, and refuses text that the gateway could not read or would mix up."""

import json
import traceback
from typing import Any

import pytest

from bifrost_keys.errors import ConfigUnusableError, NotFoundError
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.config_file.edits import Edit

TEXT = """{
  "$schema": "s",
  "governance": {"a": [1, {"b": null}]},
  "providers": {
    "OpenAI": {
      "network_config": {"x": 1.0},
      "keys": [
        {"name": "one", "id": "1", "weight": -0},
        {"name": 5, "models": ["*"]}
      ]
    },
    "groq": {}
  }
}
"""


def keys(text: str) -> str:
    return '{"providers": {"openai": {"keys": ' + text + "}}}"


def nested(depth: int) -> str:
    return '{"a": ' + "[" * (depth - 1) + "]" * (depth - 1) + "}"


NOT_JSON = [
    (b"", 1, 1, "the file is empty"),
    (b" \n\t", 1, 1, "the file is empty"),
    (b"\xef\xbb\xbf{}", 1, 1, "byte order mark"),
    ("{}".encode("utf-16"), 1, 1, "UTF-16"),
    ("{}".encode("utf-16-le"), 1, 1, "UTF-16"),
    ("{}".encode("utf-16-be"), 1, 1, "UTF-16"),
    (b'{\n"\xc3\xa9\xff": 1}', 2, 3, "not UTF-8 (byte 5 of the file)"),
    (b'{"a": 1,}', 1, 9, "a trailing comma"),
    (b'{"a": 1 // x\n}', 1, 9, "a comment"),
    (b"{'a': 1}", 1, 2, "a text in other quotation marks"),
    (b'{"a" 1}', 1, 6, "expecting ':' delimiter"),
    (b'{"a": [1 2]}', 1, 10, "expecting ',' delimiter"),
    (b'{"a": [1,]}', 1, 10, "a trailing comma"),
    (b'{"a": {"b" 1}}', 1, 12, "expecting ':' delimiter"),
    (b'{"a": {"b": 1,}}', 1, 15, "a trailing comma"),
    (b'{"a": tru}', 1, 7, "expecting value"),
    (b'{"a": 01}', 1, 8, "expecting ',' delimiter"),
    (b'{"a": .5}', 1, 7, "expecting value"),
    (b'{"a": "x', 1, 7, "unterminated string"),
    (b'{"a": "x\ty"}', 1, 9, "control character"),
    (b'{"a\ty": 1}', 1, 4, "control character"),
    (b'{"a": "\\x"}', 1, 8, "invalid \\escape"),
    (b'{"a": "\\u12g4"}', 1, 9, "invalid \\uXXXX escape"),
    (b'{"a": 1', 1, 8, "ends too early"),
    (b'{"a":', 1, 6, "ends too early"),
    (b'{"a": [', 1, 8, "ends too early"),
    (b'{"a": 1} {}', 1, 10, "nothing more expected"),
    (b'{"a": 1}}', 1, 9, "nothing more expected"),
    (b'{"a": 1}\0', 1, 9, "nothing more expected"),
    (b'{"a": 1}\xc2\xa0', 1, 9, "nothing more expected"),
    (b'{"a": NaN}', 1, 7, "NaN"),
    (b'{"a": [1, {"b": -Infinity}]}', 1, 17, "NaN and Infinity"),
    (b'{"a": Infinity}', 1, 7, "NaN and Infinity"),
    (b'{"a": [1e400]}', 1, 8, "too large"),
    (b'{"a": -1e400}', 1, 7, "too large"),
    (b'{"a": ' + b"9" * 400 + b"}", 1, 7, "too large"),
    (b'{"a": ' + b"9" * 100_000 + b"}", 1, 7, "too large"),
    (nested(501).encode(), 1, 506, "deeper than 500"),
    (nested(1000).encode(), 1, 506, "deeper than 500"),
    (nested(100_000).encode(), 1, 506, "deeper than 500"),
    (b'{"a": ' * 100_000, 1, 3001, "deeper than 500"),
    (b"[" * 100_000, 1, 501, "deeper than 500"),
    (keys('[{"a": ' + "[" * 496 + "]" * 496 + "}]").encode(), 1, 537, "deeper than 500"),
    (b"[]", 1, 1, "object expected at the top level, found a list"),
    (b"\n null", 2, 2, "object expected at the top level, found null"),
    (b'"x"', 1, 1, "object expected at the top level, found text"),
    (b"1", 1, 1, "object expected at the top level, found a number"),
]
BLOCKED = [
    ('{"providers": null}', 15, "object expected at providers, found null"),
    ('{"providers": []}', 15, "object expected at providers, found a list"),
    ('{"providers": {"a": null}}', 21, "object expected at providers.a, found null"),
    ('{"providers": {"a": {"keys": null}}}', 30, "list expected at providers.a.keys, found null"),
    ('{"providers": {"a": {"keys": {}}}}', 30, "list expected at providers.a.keys, found an object"),
    (keys("[{}, true]"), 40, "object expected at providers.openai.keys[1], found true"),
    (keys("[{}, []]"), 40, "object expected at providers.openai.keys[1], found a list"),
    ('{"x": 1, "x": 2}', 10, "x appears twice (both on line 1)"),
    ('{"providers": {}, "Providers": {}}', 19, "Providers differs from providers only in case"),
    ('{"PROVIDERS": {}}', 2, "PROVIDERS is read by the gateway as 'providers'"),
    ('{"Version": 1}', 2, "Version is read by the gateway as 'version'"),
    ('{"provider\u017f": {}}', 2, "is read by the gateway as 'providers'"),
    ('{"providers": {"a": {}, "a": {}}}', 25, "providers.a appears twice"),
    ('{"providers": {"a": {}, "A": {}}}', 25, "providers.A differs from providers.a only in case"),
    ('{"providers": {"a": {"keys": [], "keys": []}}}', 34, "providers.a.keys appears twice"),
    ('{"providers": {"a": {"Keys": []}}}', 22, "providers.a.Keys is read by the gateway as 'keys'"),
    ('{"providers": {"a": {"x": 1, "x": 2}}}', 30, "providers.a.x appears twice"),
    (keys('[{"name": "a", "name": "b"}]'), 50, "providers.openai.keys[0].name appears twice"),
    (keys('[{"id": "a", "n\\u0061me": "b", "name": 1}]'), 66, "keys[0].name appears twice"),
    (keys('[{"name": "a", "ID": "b"}]'), 50, "providers.openai.keys[0].ID is read by the gateway as 'id'"),
]
HARMLESS = [
    '{"foo": 1, "Foo": 2}',
    '{"providers": {"a": {"foo": 1, "Foo": 2}}}',
    '{"governance": {"a": 1, "a": 2}}',
    keys('[{"name": "a", "value": 1, "value": 2, "VALUE": 3}]'),
    keys('[{"name": "\\ud800"}]'),
    keys('[{"name": null, "id": 5}]'),
    nested(500),
]


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize(("data", "line", "column", "message"), NOT_JSON)
def test_text_that_is_not_json_is_refused_with_its_position(
    data: bytes, line: int, column: int, message: str, lenient: bool
) -> None:
    with pytest.raises(ConfigUnusableError) as caught:
        Document.parse(data, source="some.json", lenient=lenient)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"some.json:{line}:{column}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(("text", "column", "message"), BLOCKED)
def test_ambiguity_for_an_edit_is_refused_or_reported(text: str, column: int, message: str) -> None:
    with pytest.raises(ConfigUnusableError) as caught:
        Document.parse(text.encode())
    assert (caught.value.line, caught.value.column) == (1, column)
    assert message in str(caught.value)
    document = Document.parse(text.encode(), lenient=True)
    with pytest.raises(ConfigUnusableError) as again:
        document.require_editable()
    assert str(again.value) == str(caught.value)
    if not message.endswith("as 'id'"):  # left to the rules about an entry's fields
        assert [(fault.message, fault.offset) for fault in document.problems] == [
            (str(caught.value).partition(": ")[2], column - 1)
        ]


@pytest.mark.parametrize("text", HARMLESS)
def test_other_faults_do_not_prevent_reading(text: str) -> None:
    assert Document.parse(text.encode()).text == text


def test_both_lines_of_a_duplicate_are_named() -> None:
    with pytest.raises(ConfigUnusableError, match=r"^config.json:4:1: a appears twice \(lines 2 and 4\)$"):
        Document.parse(b'{\n"a": 1,\n"b": 2,\n"a": 3}')


def test_a_lenient_document_reports_faults_inside_entries() -> None:
    entry = '{"name": "a", "x": {"y": ["\\ud800", "\\ud83d\\ude00"], "Z": 1, "z": 2}, "value": 1, "value": 2}'
    document = Document.parse(keys(f"[{{}}, {entry}]").encode(), lenient=True)
    prefix = ("providers", "openai", "keys", 1)
    assert [(fault.code, fault.path) for fault in document.problems] == [
        ("surrogate-lone", (*prefix, "x", "y", 0)),
        ("member-duplicate", (*prefix, "x", "z")),
        ("member-duplicate", (*prefix, "value")),
    ]
    assert document.offset_of(document.problems[0].path) == document.problems[0].offset
    document.require_editable()


def test_a_lenient_document_shows_the_valid_parts() -> None:
    text = '{"PROVIDERS": {"a": 1, "b": {"Keys": [{"NAME": "x"}, null, {"name": "y"}]}, "c": {"keys": 1}}}'
    document = Document.parse(text.encode(), lenient=True)
    assert document.providers == ("b", "c")
    assert [(ref.position, ref.name) for ref in document.all_entries()] == [(0, "x"), (2, "y")]
    assert not document.has_keys("c")


def test_no_error_carries_the_text_of_the_file() -> None:
    text = keys('[{"name": "a", "value": "sk-SENTINEL", "weight": 1e400}]')
    for broken in (text, text[:-4], text.replace("1e400", "NaN"), text.replace(": 1e400", ' "sk-SENTINEL')):
        with pytest.raises(ConfigUnusableError) as caught:
            Document.parse(broken.encode())
        error: BaseException | None = caught.value
        while error is not None:
            assert "SENTINEL" not in repr(vars(error)) + str(error)
            assert not hasattr(error, "doc")
            error = error.__cause__ or error.__context__
        assert "SENTINEL" not in "".join(traceback.format_exception(caught.value))


def test_a_document_returns_its_content() -> None:
    document = Document.parse(TEXT.encode())
    assert document.text == TEXT
    assert document.top_names == ("$schema", "governance", "providers")
    assert document.top("governance") == {"a": [1, {"b": None}]}
    assert document.top("version") is None
    assert document.providers == ("OpenAI", "groq")
    assert document.provider_name("OPENAI") == "OpenAI"
    assert document.provider_name("x") is None
    assert document.provider_settings("openai") == {"network_config": {"x": 1.0}}
    assert (document.has_keys("openai"), document.has_keys("groq")) == (True, False)
    assert list(document.entries("groq")) == []
    one, two = document.all_entries()
    assert one == EntryRef("OpenAI", 0, one.start, one.end, "one", "1")
    assert one == document.entry("openai", 0)
    assert TEXT[one.start : one.end] == '{"name": "one", "id": "1", "weight": -0}'
    assert (two.position, two.name, two.id) == (1, None, None)
    assert str(document.load(one)["weight"]) == "-0.0"
    assert list(document.names("openai")) == ["one", None]
    with pytest.raises(NotFoundError):
        document.names("x")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ((), TEXT[:-1]),
        (("governance", "a", 1, "b"), "null"),
        (("governance", "a", 5), '[1, {"b": null}]'),
        (("governance", "a", 0, "x"), "1"),
        (("providers", "OpenAI", "keys", 0, "id"), '"1"'),
        (("providers", "OpenAI", "keys", 1, "models", 0), '"*"'),
        (("providers", "OpenAI", "keys", 0, "missing"), '{"name": "one"'),
        (("providers", "OpenAI", "keys", 7), '[\n        {"name": "one"'),
        (("providers", "OpenAI", "network_config", "x"), "1.0"),
        (("providers", "groq", "keys", 0), "{}"),
        (("nothing",), "{\n"),
    ],
)
def test_a_path_leads_to_its_value_or_the_nearest_parent(path: Any, found: str) -> None:
    assert TEXT[Document.parse(TEXT.encode()).offset_of(path) :].startswith(found)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_positions_count_lines_and_characters_from_one(newline: str) -> None:
    text = '{"é😀": 1,\n\n"b": 2}'.replace("\n", newline)
    document = Document.parse(text.encode())
    assert document.position(0) == (1, 1)
    assert document.position(document.offset_of(("é😀",))) == (1, 8)
    assert document.position(document.offset_of(("b",))) == (3, 6)
    assert [document.position(place) for place in range(len(text))] == [
        (text[:place].count("\n") + 1, place - text.rfind("\n", 0, place)) for place in range(len(text))
    ]


def test_numbers_are_kept_to_the_digit() -> None:
    spelled = ["12345678901234567890", "1.0", "1e5", "1.10", "-0", "0.1000000000000000000000000000001"]
    text = keys("[" + ", ".join(f'{{"name": "{n}", "weight": {n}}}' for n in spelled) + "]")
    edit = Edit(Document.parse(text.encode()))
    edit.append("openai", {"name": "x"})
    assert edit.apply().text == text[:-4] + ', {"name": "x"}' + text[-4:]
    assert json.loads(edit.apply().text)["providers"]["openai"]["keys"][0]["weight"] == 12345678901234567890
