"""An edit with wrong arithmetic is detected before its text is used."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from bifrost_keys.errors import BifrostKeysError
from bifrost_keys.jsontext import edit as edit_module
from bifrost_keys.jsontext.blocks import Splice
from bifrost_keys.jsontext.edit import Edit
from bifrost_keys.jsontext.splices import spliced

TEXT = """{
  "governance": {"n": "one", "list": [1, 2], "old": {"a": "b"}, "gone": 1},
  "providers": {
    "openai": {
      "network_config": {},
      "keys": [
        {"name": "one", "weight": 1, "models": ["a"]},
        {"name": "two", "weight": 1.0, "x": {"y": "SENTINEL"}},
        {"name": "three"}
      ]
    },
    "groq": {"keys": []}
  }
}
"""

Fault = Callable[[str, list[Splice]], str]


def moved(start: int, end: int) -> Fault:
    """Move the first splice by this much."""

    def fault(text: str, splices: list[Splice]) -> str:
        first = min(splices)
        wrong = Splice(first.start + start, first.end + end, first.text)
        return spliced(text, [wrong, *(splice for splice in splices if splice is not first)])

    return fault


def rewritten(old: str, new: str) -> Fault:
    """Return the right text with this replaced."""

    def fault(text: str, splices: list[Splice]) -> str:
        right = spliced(text, splices)
        assert old in right
        return right.replace(old, new, 1)

    return fault


def lost(text: str, splices: list[Splice]) -> str:
    """Omit one splice."""
    return spliced(text, sorted(splices)[1:])


FAULTS: list[Any] = [
    lost,
    moved(-2, 0),
    moved(0, 2),
    moved(2, 2),
    moved(-3, -3),
    rewritten('"name": "new"', '"name": "old"'),
    rewritten('"weight": 5', '"weight": true'),
    rewritten('"weight": 5', '"weight": "5"'),
    rewritten('"new", "weight": 5', '"weight": 5, "name": "new"'),
    rewritten('"weight": 1.0', '"weight": 1'),
    rewritten('"weight": 1, "models": ["b"]', '"models": ["b"], "weight": 1'),
    rewritten('["b"]', '["b", "b"]'),
    rewritten("[1, 2]", "[1,2]"),
    rewritten('"n": "uno"', '"n": "one"'),
    rewritten('"new": {"a"', '"old": {"a"'),
    rewritten('"new": {"a": "b"}', '"new": {"a" : "b"}'),
    rewritten('"new": {"a": "b"}', '"new": {"a": "b"}, "gone": 1'),
    rewritten('"groq"', '"gr\\u006fq"'),
    rewritten('"network_config": {}, ', ""),
    rewritten('"network_config": {},', '"network_config": {}, "x": 1,'),
    rewritten('{"name": "three"}', '{"name": "three"}, {"name": "three"}'),
    rewritten("}\n}\n", "}\n}\n}"),
    rewritten("}\n}\n", "}\n"),
    rewritten("{\n", "[\n"),
    rewritten('{"name": "three"},', '{"name": "three"}'),
]


def changed(monkeypatch: pytest.MonkeyPatch, fault: Fault | None) -> str:
    """Return the text with changes of every kind in it, made by splices with this fault."""
    edit = Edit(TEXT.replace('"network_config": {},\n     ', '"network_config": {},'))
    keys = ("providers", "openai", "keys")
    edit.set((*keys, 0), {"name": "one", "weight": 1, "models": ["b"]})
    edit.append(keys, {"name": "new", "weight": 5})
    edit.set(("governance", "n"), "uno")
    edit.rename(("governance", "old"), "new")
    edit.remove(("governance", "gone"))
    if fault is not None:

        def faulty(old: str, splices: Iterable[Splice]) -> str:
            return fault(old, list(splices))

        monkeypatch.setattr(edit_module, "spliced", faulty)
    return edit.apply()


def test_the_right_text_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    after = changed(monkeypatch, None)
    assert '{"name": "new", "weight": 5}' in after
    assert '{"n": "uno", "list": [1, 2], "new": {"a": "b"}}' in after


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_splices_is_caught(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    with pytest.raises(BifrostKeysError) as caught:
        changed(monkeypatch, fault)
    assert caught.value.exit_code == 70
    assert "SENTINEL" not in str(caught.value)
