"""Names of models are compared as Go compares them."""

from __future__ import annotations

import pytest

from bifrost_keys.gateway.models.names import folded, lowered


@pytest.mark.parametrize(
    ("one", "other", "duplicates", "equal"),
    [
        ("GPT-4o", "gpt-4O", True, True),
        ("\u0130", "i", True, False),
        ("\u0130", "i\u0307", False, False),
        ("ΑΣ", "ας", False, True),
        ("ΑΣ", "ασ", True, True),
        ("fa\u017ft", "fast", False, True),
        ("\u212a", "k", True, True),
        ("ß", "\u1e9e", True, True),
        ("ß", "ss", False, False),
        ("é", "e\u0301", False, False),
    ],
)
def test_two_names_are_equal_if_go_says_so(one: str, other: str, duplicates: bool, equal: bool) -> None:
    assert (lowered(one) == lowered(other)) is duplicates
    assert (folded(one) == folded(other)) is equal


def test_one_letter_stays_one_letter() -> None:
    letters = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x11000))))
    assert len(lowered(letters)) == len(folded(letters)) == len(letters)
