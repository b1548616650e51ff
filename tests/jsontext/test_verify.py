"""An edit whose own arithmetic went wrong is noticed before anybody gets its text."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from bifrost_keys.errors import BifrostKeysError
from bifrost_keys.jsontext import edit as edit_module
from bifrost_keys.jsontext.blocks import Splice
from bifrost_keys.jsontext.splices import spliced
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.edits import Edit

TEXT = """{
  "governance": {"n": "one", "list": [1, 2]},
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
    """The first splice is off by this much."""

    def fault(text: str, splices: list[Splice]) -> str:
        first = min(splices)
        wrong = Splice(first.start + start, first.end + end, first.text)
        return spliced(text, [wrong, *(splice for splice in splices if splice is not first)])

    return fault


def rewritten(old: str, new: str) -> Fault:
    """The right text, but this in it replaced."""

    def fault(text: str, splices: list[Splice]) -> str:
        right = spliced(text, splices)
        assert old in right
        return right.replace(old, new, 1)

    return fault


def lost(text: str, splices: list[Splice]) -> str:
    """One splice is forgotten."""
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
    rewritten('"groq"', '"gr\\u006fq"'),
    rewritten('"network_config": {}, ', ""),
    rewritten('"network_config": {},', '"network_config": {}, "x": 1,'),
    rewritten('{"name": "three"}', '{"name": "three"}, {"name": "three"}'),
    rewritten("}\n}\n", "}\n}\n}"),
    rewritten("}\n}\n", "}\n"),
    rewritten("{\n", "[\n"),
    rewritten('{"name": "three"},', '{"name": "three"}'),
]


def changed_document(monkeypatch: pytest.MonkeyPatch, fault: Fault | None) -> Document:
    text = TEXT.replace('"network_config": {},\n     ', '"network_config": {},')
    document = Document.parse(text.encode())
    edit = Edit(document)
    edit.replace(document.entry("openai", 0), {"name": "one", "weight": 1, "models": ["b"]})
    edit.append("openai", {"name": "new", "weight": 5})
    edit.set_value(("governance", "n"), "uno")
    if fault is not None:

        def faulty(old: str, splices: Iterable[Splice]) -> str:
            return fault(old, list(splices))

        monkeypatch.setattr(edit_module, "spliced", faulty)
    return edit.apply()


def test_the_right_text_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    after = changed_document(monkeypatch, None).text
    assert '{"name": "new", "weight": 5}' in after
    assert '"n": "uno"' in after


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_splices_is_caught(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    with pytest.raises(BifrostKeysError) as caught:
        changed_document(monkeypatch, fault)
    assert caught.value.exit_code == 70
    assert "SENTINEL" not in str(caught.value)


def test_a_result_that_would_be_nested_too_deeply_is_caught() -> None:
    value: Any = "x"
    for _ in range(496):
        value = [value]
    document = Document.parse(b'{"providers": {}}')
    edit = Edit(document)
    edit.append("openai", {"name": "x", "note": value})
    with pytest.raises(BifrostKeysError):
        edit.apply()
