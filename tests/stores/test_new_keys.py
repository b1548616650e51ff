"""The text of new keys, letter for letter, in files of each shape."""

from typing import Any

import pytest

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.edits import Edit
from tests.texts import added_span

SMALL: dict[str, Any] = {"name": "b", "models": ["*"], "weight": 1.0, "aliases": {"x": "y"}}
SPREAD = """{
  "providers": {
    "openai": {
      "keys": [
        {
          "name": "b",
          "models": ["*"],
          "weight": 1,
          "aliases": {
            "x": "y"
          }
        }
      ]
    }
  }
}"""
MINIFIED = '{"providers":{"openai":{"keys":[{"name":"b","models":["*"],"weight":1,"aliases":{"x":"y"}}]}}}'


def parsed(text: str) -> Document:
    return Document.parse(text.encode())


def appended(text: str, provider: str, *new: dict[str, Any]) -> str:
    edit = Edit(parsed(text))
    for entry in new:
        edit.append(provider, entry)
    return edit.apply().text


def keys(text: str) -> str:
    return '{"providers": {"openai": {"keys": ' + text + "}}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", SPREAD),
        ("{\n}\n", SPREAD + "\n"),
        ('{"providers":{}}', MINIFIED),
        ('{"providers":{"openai":{}}}', MINIFIED),
        ('{"providers":{"openai":{"keys":[]}}}', MINIFIED),
        ('{\n  "providers": {\n    "openai": {\n      "keys": []\n    }\n  }\n}', SPREAD),
        ('{\n  "providers": {\n    "openai": {\n      "keys": [ ]\n    }\n  }\n}', SPREAD),
        ('{\n  "providers": {\n    "openai": {\n      "keys": [\n      ]\n    }\n  }\n}', SPREAD),
        ('{\n  "providers": {\n    "openai": {}\n  }\n}', SPREAD),
        ('{\n  "providers": {}\n}', SPREAD),
    ],
)
def test_the_first_key_of_a_file_follows_its_layout(before: str, after: str) -> None:
    assert appended(before, "openai", SMALL) == after
    assert added_span(before, after) is not None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            '{"providers":{"openai":{"keys":[\n{ "name": "a", "models": [ "c" ] }\n]}}}',
            (
                '{"providers":{"openai":{"keys":[\n{ "name": "a", "models": [ "c" ] },\n'
                '{ "name": "b", "models": [ "*" ], "weight": 1, "aliases": { "x": "y" } }\n]}}}'
            ),
        ),
        (
            keys('[{\n\t"name": "a"\n}]'),
            keys(
                '[{\n\t"name": "a"\n}, {\n\t"name": "b",\n\t"models": ["*"],\n\t"weight": 1,\n'
                '\t"aliases": {\n\t\t"x": "y"\n\t}\n}]'
            ),
        ),
        (
            keys('[\r\n  {"name": "a"},\r\n\r\n  {"name": "c"}\r\n]'),
            keys(
                '[\r\n  {"name": "a"},\r\n\r\n  {"name": "c"},\r\n\r\n'
                '  {"name": "b", "models": ["*"], "weight": 1, "aliases": {"x": "y"}}\r\n]'
            ),
        ),
        (
            keys('[\n    {"name": "a"}\n  , {"name": "c"}\n  ]'),
            keys(
                '[\n    {"name": "a"}\n  , {"name": "c"}\n'
                '  , {"name": "b", "models": ["*"], "weight": 1, "aliases": {"x": "y"}}\n  ]'
            ),
        ),
    ],
    ids=["one key a line", "brackets on one line", "blank lines, CRLF", "comma first"],
)
def test_a_further_key_looks_like_its_neighbours(before: str, after: str) -> None:
    assert appended(before, "openai", SMALL) == after


def test_an_existing_provider_keeps_its_spelling_and_its_other_members() -> None:
    before = '{"providers": {"OpenAI": {"keys": [], "network_config": {"x": 1}}}}'
    assert appended(before, "openai", {"name": "b"}) == before.replace("[]", '[{"name": "b"}]')


def test_keys_are_added_after_the_members_of_a_provider_without() -> None:
    before = '{\n\t"providers": {\n\t\t"openai": {\n\t\t\t"proxy_config": {}\n\t\t}\n\t}\n}\n'
    after = before.replace("{}", '{},\n\t\t\t"keys": [\n\t\t\t\t{\n\t\t\t\t\t"name": "b"\n\t\t\t\t}\n\t\t\t]')
    assert appended(before, "openai", {"name": "b"}) == after


def test_several_keys_of_a_new_provider_make_one_block() -> None:
    before = '{"providers":{"groq":{"keys":[{"name":"a"}]}}}'
    after = '{"providers":{"groq":{"keys":[{"name":"a"}]},"openai":{"keys":[{"name":"b"},{"name":"c"}]}}}'
    edit = Edit(parsed(before))
    edit.append("openai", {"name": "b"})
    edit.append("OpenAI", {"name": "c"})
    assert edit.apply().text == after


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.5, "0.5"),
        (-0.0, "-0"),
        (1e20, "100000000000000000000"),
        (1e21, "1e+21"),
        (1e-7, "1e-07"),
        (12345678901234567890, "12345678901234567890"),
        (True, "true"),
        (None, "null"),
        ('é😀/\u2028\x7f"\\\n\x01', '"é😀/\u2028\x7f\\"\\\\\\n\\u0001"'),
    ],
)
def test_new_values_have_one_spelling(value: object, text: str) -> None:
    after = appended(keys("[]"), "openai", {"weight": value})
    assert after == keys('[{"weight": ' + text + "}]")
    again = parsed(after)
    assert again.load(again.entry("openai", 0)) == {"weight": value}


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, "\ud800", {"deep": ["\udc00"]}, object()]
)
def test_data_that_json_cannot_express_is_refused(value: object) -> None:
    edit = Edit(parsed(keys("[]")))
    edit.append("openai", {"name": "x", "value": value})
    with pytest.raises(InvalidInputError):
        edit.apply()


def test_data_nested_too_deeply_is_refused() -> None:
    value: Any = []
    for _ in range(5000):
        value = [value]
    edit = Edit(parsed(keys("[]")))
    edit.append("openai", {"name": "x", "value": value})
    with pytest.raises(InvalidInputError, match="deep"):
        edit.apply()
