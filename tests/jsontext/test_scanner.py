"""Text that is not JSON is refused at its first fault, in time proportional to the text."""

import tracemalloc

import pytest

from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.scanner import MAX_DEPTH, members, value_at

COMMENT = "comments are not JSON: remove them"
COMMA = "remove the comma before the bracket"
MERGE = "resolve the merge: keep one side, and remove the markers"
QUOTE = 'write " instead'
WORD = "write true, false or null"
TEMPLATE = "render it first"


@pytest.mark.parametrize(
    ("text", "offset", "message", "hint"),
    [
        ("[1, // x\n 2]", 4, "a comment", COMMENT),
        ("[1 /* x */]", 3, "a comment", COMMENT),
        ("# x\n[]", 0, "a comment", COMMENT),
        ('{"a": 1 # x\n}', 8, "a comment", COMMENT),
        ('{"a": 1 , \n }', 12, "a trailing comma", COMMA),
        ("[1,\n]", 4, "a trailing comma", COMMA),
        ('{"a": [\n<<<<<<< HEAD\n1]}', 8, "conflict marker", MERGE),
        ('{"a": 1,\n||||||| base\n}', 9, "conflict marker", MERGE),
        ('{"a": 1\n=======\n}', 8, "conflict marker", MERGE),
        ('{"a": 1\r\n=======\r\n}', 9, "conflict marker", MERGE),
        ("[1\n>>>>>>> theirs\n]", 3, "conflict marker", MERGE),
        ("{\u201ca\u201d: 1}", 1, "typographic", QUOTE),
        ('{"a": \u2018b\u2019}', 6, "typographic", QUOTE),
        ("{'a': 1}", 1, "other quotation marks", QUOTE),
        ('{"a": `b`}', 6, "other quotation marks", QUOTE),
        ("[True]", 1, "a word of Python", WORD),
        ('{"a": None}', 6, "a word of Python", WORD),
        ('{"a": ${KEY}}', 6, "a template", TEMPLATE),
        ('{"a": {{ key }}}', 6, "a template", TEMPLATE),
        ("[1 {% if x %}]", 3, "a template", TEMPLATE),
        ("[{% for x in y %}]", 1, "a template", TEMPLATE),
        ("[1,,2]", 3, "expecting value", ""),
        ("[,]", 1, "expecting value", ""),
        ("[1, 2", 5, "ends too early", ""),
        ("[NaN, }", 1, "NaN and Infinity", ""),
        ("[}, NaN", 1, "expecting value", ""),
        ('["NaN", "-1e999 \\\\", -1e999]', 21, "too large", ""),
        ("[1.5, 11e999.5]", 6, "too large", ""),
        ("[1e+5, 2-3e999-]", 8, "delimiter", ""),
        ('["' + "[" * 600 + '", "\\x"]', 606, "invalid", ""),
        ("[" * 501 + "NaN", 500, "deeper than 500", ""),
        ("[" * 501 + "}", 500, "deeper than 500", ""),
        ("[" * 500 + "}", 500, "expecting value", ""),
    ],
)
def test_the_first_fault_of_a_text_is_named_with_its_place(
    text: str, offset: int, message: str, hint: str
) -> None:
    with pytest.raises(ScanError) as caught:
        value_at(text, 0)
    assert (caught.value.offset, caught.value.hint) == (offset, hint)
    assert message in caught.value.message
    assert caught.value.__context__ is None


def test_the_walk_through_an_object_gives_the_same_hints() -> None:
    for text, hint in ('{"a": 1,}', COMMA), ('{"a": 1 // x\n}', COMMENT), ('{ # x\n"a": 1}', COMMENT):
        with pytest.raises(ScanError) as caught:
            members(text, 0)
        assert caught.value.hint == hint


def test_values_at_the_limit_of_depth_are_read() -> None:
    assert value_at("[" * MAX_DEPTH + "]" * MAX_DEPTH, 0)[1] == 2 * MAX_DEPTH
    assert value_at("[" * 10 + "]" * 10, 0, depth=MAX_DEPTH - 10)[1] == 20
    with pytest.raises(ScanError):
        value_at("[" * 700 + "]" * 700, 0, depth=MAX_DEPTH - 10)


@pytest.mark.parametrize("escape", [r"\n", r"\u0041"])
@pytest.mark.parametrize(
    "shape", ['["%s', '[-1e999, "%s"]', '["%s", NaN]', '["%s"%s]'], ids=["cut", "after", "before", "whole"]
)
def test_a_text_of_escapes_costs_no_more_memory_than_any_other(shape: str, escape: str) -> None:
    text = shape.replace("%s", escape * 200_000, 1).replace("%s", ", []" * 300)
    tracemalloc.start()
    try:
        value_at(text, 0, depth=MAX_DEPTH - 10)
    except ScanError:
        assert "%s]" not in shape
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4 * len(text)
