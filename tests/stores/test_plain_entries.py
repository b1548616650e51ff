"""Reading runs of plain entries by a pattern finds what reading them one by one finds."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.errors import ConfigUnusableError
from bifrost_keys.stores.config_file import key_list, plain_entries
from bifrost_keys.stores.config_file.document import Document
from tests.jsontext.test_text_mutations import mutated
from tests.texts import CAMPAIGN, LAYOUTS, generated

ODD = [
    *(
        '"a\\u0062"',
        '"a\\"b"',
        '"é"',
        '"\\ud800"',
        "1e400",
        "1e5",
        "NaN",
        "-0",
        "0.5",
        "01",
        "9" * 400,
        "null",
    ),
    *(
        '["a", "b"]',
        '["a",]',
        '["\\""]',
        "[1]",
        "[[]]",
        "{}",
        '{"x": 1, "x": 2}',
        '"a\tb"',
        "[ ]",
        "tru",
        '""',
    ),
]


def seen(text: str | bytes, *, lenient: bool) -> Any:
    data = text if isinstance(text, bytes) else text.encode()
    try:
        document = Document.parse(data, lenient=lenient)
    except ConfigUnusableError as error:
        return str(error)
    return list(document.all_entries()), document.problems


def both_ways(text: str | bytes, monkeypatch: pytest.MonkeyPatch, *, lenient: bool) -> tuple[Any, Any]:
    with monkeypatch.context() as patched:
        patched.setattr(plain_entries, "_WORTH", 1)
        fast = seen(text, lenient=lenient)
        patched.setattr(plain_entries, "_WORTH", 10**9)
        return fast, seen(text, lenient=lenient)


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("member", ["name", "id", "value", "models"])
def test_an_odd_value_in_a_run_is_read_the_ordinary_way(
    odd: str, member: str, lenient: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = {"name": '"n"', "id": '"i"', "value": '"v"', "models": '[ "m" ]'}
    rows = [plain] * 3 + [{**plain, member: odd}] + [plain] * 2
    texts = ("{" + ", ".join(f'"{name}": {value}' for name, value in row.items()) + "}" for row in rows)
    fast, slow = both_ways(
        '{"providers": {"a": {"keys": [' + ",\n".join(texts) + "]}}}", monkeypatch, lenient=lenient
    )
    assert fast == slow


@pytest.mark.parametrize("between", ["", ",,", ", null,", ",]", ", {},", "}", ', {"name": "x",},'])
def test_what_stands_between_entries_is_read_the_ordinary_way(
    between: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ['{"name": "a", "id": "b"}'] * 3
    text = '{"providers": {"a": {"keys": [' + ", ".join(rows) + between + ", ".join(rows) + "]}}}"
    for lenient in (False, True):
        fast, slow = both_ways(text, monkeypatch, lenient=lenient)
        assert fast == slow


@generated
@given(st.integers(), st.sampled_from(list(LAYOUTS.values())), st.booleans())
def test_mixed_lists_are_read_alike(seed: int, layout: Any, lenient: bool) -> None:
    chance = random.Random(seed)
    shapes = [
        {"name": "a{n}", "value": "}", "models": ["*", "{"]},
        {"id": "i{n}", "name": "b\\"},
        {"name": "c", "NAME": "d"},
        {"value": 'q"', "weight": 0.25, "x": {"y": 1}},
        {"id": "i", "Id": "j", "models": []},
    ]
    rows = [dict(shape) for shape in chance.choices(shapes, weights=[9, 3, lenient, 1, lenient], k=30)]
    text = layout.write({"providers": {"a": {"keys": rows}, "b": {"keys": rows[:9]}}})
    with pytest.MonkeyPatch.context() as patched:
        fast, slow = both_ways(text, patched, lenient=lenient)
    assert fast == slow
    assert isinstance(fast, tuple)


def test_damaged_runs_are_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"id": "i", "name": "n\u00e9", "value": "v", "models": ["*", "m"], "weight": 1, "enabled": True}
    ascii_row = {**row, "name": "n", "weight": 0.5}
    texts = [
        layout.write({"providers": {"a": {"keys": [each] * 12}}}).encode()
        for layout in LAYOUTS.values()
        for each in (row, ascii_row)
    ]
    for seed in range(100_000 if CAMPAIGN else 1000):
        chance = random.Random(seed)
        data = mutated(chance.choice(texts), chance)
        fast, slow = both_ways(data, monkeypatch, lenient=chance.random() < 0.5)
        assert fast == slow, f"seed {seed}"


@pytest.fixture
def read_singly(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Where the entries begin that are read the ordinary way."""
    read: list[int] = []
    ordinary = key_list.KeyListReader._read_element

    def counted(self: Any, keys: Any, start: int, path: Any) -> int:
        read.append(start)
        return ordinary(self, keys, start, path)

    monkeypatch.setattr(key_list.KeyListReader, "_read_element", counted)
    return read


def test_the_pattern_is_used_at_all(read_singly: list[int]) -> None:
    rows = ",\n".join(f'{{"name": "a{n}", "weight": 1}}' for n in range(1000))
    document = Document.parse(('{"providers": {"a": {"keys": [' + rows + "]}}}").encode())
    assert list(document.names("a")) == [f"a{n}" for n in range(1000)]
    assert len(read_singly) == 100


def test_a_second_layout_gets_a_pattern_of_its_own(read_singly: list[int]) -> None:
    tight = ",".join(f'{{"name":"a{n}"}}' for n in range(500))
    wide = ",\n".join(f'{{ "name" : "b{n}" }}' for n in range(500))
    document = Document.parse(('{"providers": {"a": {"keys": [' + tight + ",\n" + wide + "]}}}").encode())
    assert list(document.names("a")) == [f"{part}{n}" for part in "ab" for n in range(500)]
    assert len(read_singly) == 200
