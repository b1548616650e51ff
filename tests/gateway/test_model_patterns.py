"""Patterns in model lists: those that RE2 accepts and refuses, and the models that they match."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.gateway.models.names import pattern_of
from bifrost_keys.gateway.models.patterns import matches, pattern_fault
from tests.texts import generated

TAKEN = [
    *("gpt-4.*", "(gpt-4o|o[13])(-mini)?", "a{2}", "a{2,}", "a{2,5}?", "a{,5}", "a{02}", "a{x}", "{", "}"),
    *("(?:a)", "(?i)a", "(?s)a", "(?i-s:a)", "(?U)a+", "(?-i)A", "(?)", "(?P<n>a)", "(?<n>a)", "a(?i)*"),
    *(r"\d\D\s\S\w\W", r"\A\b\B\z", r"\pL\PN\p{Greek}\P{^Lu}", r"\Qa+b\E+", r"\x41\x{10FFFF}\x{000041}"),
    *(r"\0\012\12\177", r"\.\-\/\_\ ", r"[]a]", r"[^]a]", r"[a-]", r"[-a]", r"[a-z\d\pL]", r"[[:alpha:]]"),
    *(
        r"[[:^digit:]a]",
        r"[:alpha:]",
        r"[\]\\]",
        r"[[a]",
        "^a$",
        "^*",
        "a|",
        "|a",
        "()",
        "a)|(?:b",
        "(?P<n>a)(?P<n>b)",
    ),
    *("(a{10}){100}", "(?:a{3}){333}", "x" * 5000, "\u00e9+", "a\nb"),
]
REFUSED = [
    *("", " ", "*", "**", "+a", "a**", "a++", "a*+", "a?+", "a{2}{3}", "a{2}*", "(*a)", "a|*", "(|*)"),
    *("a{1001}", "a{1,1001}", "a{3,2}", "a{999999999999}", "(a{11}){100}", "((a{10}){10}){11}"),
    *("(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "(?>a)", "(?#a)", "(?P=n)", "(?P<>a)", "(?P<n>"),
    *("(?P<a-b>a)", "(?x)a", "(?a)a", "(?L)a", "(?i-)a", "(?(1)a|b)", "(?P>n)", "(?R)", "(?'n'a)"),
    *(r"(a)\1", r"\9", r"\Z", r"\h", r"\R", r"\C", r"\E", r"\K", r"\G", r"\X", r"\u0041", r"\N", "\\", r"\é"),
    *(
        r"\x4",
        r"\x{}",
        r"\x{110000}",
        r"\p",
        r"\p{}",
        r"\pX",
        r"\p{Xy}",
        r"\Qa",
        "(",
        ")",
        "a)",
        "(a",
        "[",
        "[]",
        "[a",
    ),
    *("[z-a]", r"[a-\d]", r"[\b]", r"[\Z]", "[[:foo:]]", "[a", r"[\1]"),
    "(" * 1001 + ")" * 1001,
]


@pytest.mark.parametrize("pattern", TAKEN)
def test_a_pattern_that_re2_compiles_is_accepted(pattern: str) -> None:
    assert pattern_fault(pattern) is None


@pytest.mark.parametrize("pattern", REFUSED)
def test_a_pattern_that_re2_refuses_has_a_reason(pattern: str) -> None:
    reason = pattern_fault(pattern)
    assert reason is not None
    assert reason.startswith("is ")


@pytest.mark.parametrize(
    ("pattern", "model", "answer"),
    [
        ("gpt-4.*", "GPT-4o", True),
        ("gpt-4", "gpt-4o", False),
        ("^gpt-4o$", "gpt-4o", True),
        ("a|b", "b", True),
        ("(gpt-4o|o[13])(-mini)?", "o3-mini", True),
        ("(-?[a-z0-9]+)*", "gpt-4o-mini-2024-07-18", True),
        ("([a-z-]+)*x", "gpt-four-mini-" * 20, False),
        ("(a|a)*b", "a" * 500, False),
        ("a{,5}", "aaa", False),
        ("a{,5}", "a{,5}", True),
        ("a{2}", "aa", True),
        ("a{2,3}?", "aaaa", False),
        ("a{2,}", "aaaa", True),
        ("a.c", "a\nc", False),
        ("a$", "a\n", False),
        (r"\w+", "modèle", False),
        ("modèle", "MODÈLE", True),
        (r"[^a-z]+", "É", True),
        (r"\Qa+b\E+", "a+bb", True),
        (r"\bgpt\b.*", "gpt-4", True),
        (r".*\Bpt-4", "gpt-4", True),
        (r"[\w.-]+", "o4-mini", True),
        ("{", "{", True),
        ("", "", False),
        ("(", "(", False),
        (r"\pL+", "abc", None),
        (r"[[:alpha:]]+", "abc", None),
        ("(?s)a.c", "a\nc", None),
        ("(?i)a", "A", True),
        (r"\12", "\n", None),
        ("(?i)kilo", "\u212ailo", None),
        ("a)|(?:b", "b", None),
    ],
)
def test_a_pattern_is_for_whole_names_ignoring_case(pattern: str, model: str, answer: bool | None) -> None:
    assert matches(pattern, model) is answer


@generated
@given(
    st.text("ab.*+?|()[]^$-{}0123\\dw,", max_size=12),
    st.text("aAbB-012", max_size=6),
)
def test_a_pattern_that_both_languages_read_alike_matches_alike(pattern: str, model: str) -> None:
    """Python's own engine is the reference for patterns with the same meaning in both."""
    alike = not re.search(r"\{,|\\\d|\[\[|--|\(\?|[{]\d*[^\d,}]|\{0\d", pattern)
    try:
        other = re.compile(pattern, re.IGNORECASE | re.ASCII)
    except (re.error, FutureWarning):
        return
    if alike and pattern_fault(pattern) is None:
        assert matches(pattern, model) in (other.fullmatch(model) is not None, None)


def test_only_an_entry_that_begins_with_regex_is_a_pattern() -> None:
    assert pattern_of("regex:a.*") == "a.*"
    assert pattern_of("Regex:a.*") is None
    assert pattern_of("gpt-4o") is None
    assert pattern_of("regex:") == ""
