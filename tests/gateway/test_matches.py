"""Which key of a file belongs to which row of the gateway's database."""

from __future__ import annotations

import pytest

from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.restart.matches import NONE, Matches

ROWS = [KnownKey("p", name, f"id-{name}") for name in ("a", "b", "c")]


def matched(*keys: KnownKey, rows: list[KnownKey] = ROWS) -> tuple[list[int], list[int]]:
    found = Matches(keys, rows)
    return list(found.row_of), list(found.key_of)


def test_a_key_belongs_to_a_row_by_id_and_else_by_name() -> None:
    keys = (
        KnownKey("p", "renamed", "id-a"),
        KnownKey("p", "a", "id-new"),
        KnownKey("p", "b", None),
        KnownKey("p", None, None),
    )
    assert matched(*keys) == ([0, NONE, 1, NONE], [0, 2, NONE])


@pytest.mark.parametrize("shared", ["id", "name"])
def test_of_two_keys_with_one_name_the_one_at_the_provider_of_the_row_gets_it(shared: str) -> None:
    name, key_id = ("other", "id-b") if shared == "id" else ("b", None)
    keys = [KnownKey(provider, name, key_id) for provider in ("groq", "P", "azure")]
    assert matched(*keys) == ([NONE, 1, NONE], [NONE, 1, NONE])


def test_without_a_key_at_its_provider_the_first_one_gets_the_row() -> None:
    keys = [KnownKey(provider, "b", None) for provider in ("groq", "azure")]
    assert matched(*keys) == ([1, NONE], [NONE, 0, NONE])


def test_a_row_with_an_empty_id_or_name_belongs_to_no_key_that_has_none() -> None:
    rows = [KnownKey("p", "", ""), KnownKey("p", "x", "")]
    assert matched(KnownKey("p", None, None), KnownKey("p", "y", ""), rows=rows) == (
        [NONE, NONE],
        [NONE, NONE],
    )
    assert matched(KnownKey("p", "", None), rows=rows) == ([0], [0, NONE])


def test_several_keys_or_rows_with_one_name_are_noticed() -> None:
    keys = [
        KnownKey("p", "a", None),
        KnownKey("groq", "b", None),
        KnownKey("p", "c", "id"),
        KnownKey("p", "x", "id"),
    ]
    found = Matches(keys, [*ROWS, KnownKey("q", "a", "id-2")])
    assert [found.is_unmoved(*each) for each in enumerate(keys)] == [False, False, True, False]
    assert [found.is_doubled(key) for key in keys] == [False, False, True, True]
    assert [found.has_row(key) for key in keys] == [True, True, True, False]
    assert (found.is_listed("GROQ", "b"), found.is_listed("p", "b"), found.is_listed("p", "z")) == (
        True,
        False,
        False,
    )
