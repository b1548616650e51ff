"""Any JSON text is edited by paths: only the requested change is made, and every other byte stays."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.jsontext.edit import Edit
from bifrost_keys.jsontext.errors import PathError, ScanError
from bifrost_keys.jsontext.tree import Path, read_tree
from tests.texts import LAYOUTS, added_span, generated, in_order

Ask = Callable[[Edit], None]
layouts = st.sampled_from(list(LAYOUTS.values()))
names = st.sampled_from(["a", "b", "keys", "{", '"', "é", ""])
scalars = st.one_of(st.sampled_from(["", "x", "}", "\\", 0, -1.5, 1e21, True, None]), st.text(max_size=3))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4)
)
containers = values.filter(lambda value: isinstance(value, (dict, list)))


def edited(text: str, *asks: Ask) -> str:
    edit = Edit(text)
    for ask in asks:
        ask(edit)
    return edit.apply()


def places(value: Any, path: Path = ()) -> list[Path]:
    """Return the paths of a value and of everything in it."""
    found = [path]
    items: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, inner in items:
        found += places(inner, (*path, step))
    return found


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def copied(value: Any) -> Any:
    return json.loads(json.dumps(value))


@generated
@given(values, layouts, values, st.data())
def test_setting_any_value_makes_it_that_value(data: Any, layout: Any, new: Any, draw: st.DataObject) -> None:
    path = draw.draw(st.sampled_from(places(data)))
    text = layout.write(data)
    after = edited(text, lambda edit: edit.set(path, new))
    expected = copied([data])
    at(expected, (0, *path)[:-1])[(0, *path)[-1]] = new
    assert json.loads(after) == expected[0]
    assert edited(after, lambda edit: edit.set(path, new)) == after
    if path and not isinstance(at(data, path), (dict, list)) and not isinstance(new, (dict, list)):
        assert after == text or len(after) - len(text) == len(json.dumps(new, ensure_ascii=False)) - len(
            json.dumps(at(data, path), ensure_ascii=False)
        )


@generated
@given(containers, layouts, st.lists(values, min_size=1, max_size=3), st.data())
def test_appending_to_any_list_adds_one_piece_of_text(
    data: Any, layout: Any, new: list[Any], draw: st.DataObject
) -> None:
    lists = [path for path in places(data) if isinstance(at(data, path), list)]
    path = draw.draw(st.sampled_from(lists)) if lists else ("new", "list")
    if not lists and (not isinstance(data, dict) or "new" in data):
        return
    text = layout.write(data)
    after = edited(text, *((lambda edit, value=value: edit.append(path, value)) for value in new))
    expected = copied(data)
    if lists:
        at(expected, path).extend(new)
    else:
        expected["new"] = {"list": new}
    assert in_order(json.loads(after)) == in_order(expected)
    assert added_span(text, after) is not None


@generated
@given(containers, layouts, st.dictionaries(names, values, min_size=1, max_size=3), st.data())
def test_merging_changes_just_these_members(
    data: Any, layout: Any, new: dict[str, Any], draw: st.DataObject
) -> None:
    objects = [path for path in places(data) if isinstance(at(data, path), dict)]
    if not objects:
        return
    path = draw.draw(st.sampled_from(objects))
    after = edited(layout.write(data), lambda edit: edit.merge(path, new))
    expected = copied(data)
    at(expected, path).update(new)
    assert list(at(json.loads(after), path)) == list(at(expected, path))
    assert json.loads(after) == expected


@generated
@given(containers, layouts, st.data())
def test_removing_takes_one_piece_of_text_and_a_rename_one_name(
    data: Any, layout: Any, draw: st.DataObject
) -> None:
    inner = [path for path in places(data) if path]
    if not inner:
        return
    path = draw.draw(st.sampled_from(inner))
    text = layout.write(data)
    after = edited(text, lambda edit: edit.remove(path))
    expected = copied(data)
    del at(expected, path[:-1])[path[-1]]
    assert in_order(json.loads(after)) == in_order(expected)
    assert added_span(after, text) is not None
    if isinstance(path[-1], str):
        renamed = edited(text, lambda edit: edit.rename(path, "other"))
        pairs = [("other" if name == path[-1] else name) for name in at(data, path[:-1])]
        assert list(at(json.loads(renamed), path[:-1])) == pairs
        assert len(renamed) - len(text) == len('"other"') - len(json.dumps(path[-1], ensure_ascii=False))


@generated
@given(containers, layouts, st.data())
def test_many_changes_in_one_edit_are_those_changes(data: Any, layout: Any, draw: st.DataObject) -> None:
    edit = Edit(layout.write(data))
    expected = copied(data)
    for path in reversed(places(data)):
        parent = at(expected, path[:-1])
        action = draw.draw(st.sampled_from(["keep", "keep", "remove", "add"]))
        if action == "remove" and path:
            edit.remove(path)
            del parent[path[-1]]
        elif action == "add" and isinstance(at(data, path), list):
            edit.append(path, "new")
            at(expected, path).append("new")
        elif action == "add" and isinstance(at(data, path), dict):
            edit.merge(path, {"new": {"x": 1}})
            at(expected, path)["new"] = {"x": 1}
    assert json.loads(edit.apply()) == expected


PACKAGE = """{
  "name": "x",
  "files": ["a"],
  "scripts": {
    "test": "t"
  }
}
"""


@pytest.mark.parametrize(
    ("before", "ask", "after"),
    [
        (PACKAGE, lambda e: e.append(("files",), "b"), PACKAGE.replace('["a"]', '["a", "b"]')),
        (PACKAGE, lambda e: e.set(("name",), "y"), PACKAGE.replace('"x"', '"y"')),
        (
            PACKAGE,
            lambda e: e.merge(("scripts",), {"test": "u", "lint": "l"}),
            PACKAGE.replace('"t"', '"u",\n    "lint": "l"'),
        ),
        (
            PACKAGE,
            lambda e: e.merge(("scripts",), {"lint": "l"}, order=("lint", "test")),
            PACKAGE.replace('"test": "t"', '"lint": "l",\n    "test": "t"'),
        ),
        (
            PACKAGE,
            lambda e: e.append(("people",), {"name": "p"}),
            PACKAGE.replace('"t"\n  }', '"t"\n  },\n  "people": [\n    {\n      "name": "p"\n    }\n  ]'),
        ),
        (PACKAGE, lambda e: e.merge((), {"bin": ["b"]}), PACKAGE.replace("  }\n", '  },\n  "bin": ["b"]\n')),
        ("[]", lambda e: e.append((), {}), "[\n  {}\n]"),
        ("[1,2]", lambda e: e.append((), 3), "[1,2,3]"),
        ("[[1], [2, 3]]", lambda e: e.append((0,), 4), "[[1, 4], [2, 3]]"),
        ("[[1, 5], [2, 3]]", lambda e: e.remove((1, 0)), "[[1, 5], [3]]"),
        (" 1 ", lambda e: e.set((), [1]), " [1] "),
        ('{"a": {"b": 1}}', lambda e: e.set(("a",), {"b": 1.0}), '{"a": {"b": 1}}'),
        ('{"a": {"b" :1}}', lambda e: e.set(("a",), {"b": 2}), '{"a": {"b" :2}}'),
        ('{"a":1}', lambda e: e.append(("b", "c"), 1), '{"a":1,"b":{"c":[1]}}'),
        ('{"a": 1}', lambda e: e.rename(("a",), "b"), '{"b": 1}'),
    ],
)
def test_any_text_is_edited_in_its_own_layout(before: str, ask: Ask, after: str) -> None:
    assert edited(before, ask) == after


NEIGHBOURS = """{"a": {"rows": [
  {"x": [1]},
  {
    "x": [
      1
    ]
  },
  {"x": 1}
]},
"b": {"rows": [ {"x": [ 1 ]} ]}}"""


@pytest.mark.parametrize(
    ("ask", "piece"),
    [
        (lambda e: e.merge(("a", "rows", 0), {"y": [2]}), '{"x": [1], "y": [2]}'),
        (lambda e: e.merge(("a", "rows", 1), {"y": [2]}), '    ],\n    "y": [\n      2\n    ]\n'),
        (lambda e: e.merge(("a", "rows", 2), {"y": [2]}), '{"x": 1, "y": [\n    2\n  ]}'),
        (lambda e: e.append(("b", "rows"), {"y": [2]}), '[ {"x": [ 1 ]}, {"y": [ 2 ]} ]'),
        (lambda e: e.append(("c", "rows"), {"y": [2]}), '"c": {"rows": [ {"y": [ 2 ]} ]}'),
    ],
    ids=[
        "the row itself",
        "the row itself, spread",
        "the row before",
        "the list",
        "the nearest list like it",
    ],
)
def test_the_nearest_row_says_how_a_value_is_laid_out(ask: Ask, piece: str) -> None:
    assert piece in edited(NEIGHBOURS, ask)


DOUBTFUL = '{"a": {"x": 1, "y": [1]}, "d": 1, "d": 2, "e": {"f": 1, "f": 2}}'


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (lambda e: e.set(("b",), 1), ("b",)),
        (lambda e: e.set(("a", "z", "b"), 1), ("a", "z")),
        (lambda e: e.set(("a", "x", "b"), 1), ("a", "x")),
        (lambda e: e.set(("a", "y", 1), 1), ("a", "y", 1)),
        (lambda e: e.set(("a", "y", -1), 1), ("a", "y", -1)),
        (lambda e: e.set(("a", "y", "0"), 1), ("a", "y", "0")),
        (lambda e: e.set(("a", 0), 1), ("a", 0)),
        (lambda e: e.set(("d",), 1), ("d",)),
        (lambda e: e.set(("e",), {"f": 3}), ("e",)),
        (lambda e: e.remove(("b",)), ("b",)),
        (lambda e: e.remove(("d",)), ("d",)),
        (lambda e: e.rename(("b",), "c"), ("b",)),
        (lambda e: e.rename(("a", "y", 0), "c"), ("a", "y", 0)),
        (lambda e: e.rename(("a",), "d"), ("d",)),
        (lambda e: e.append(("a",), 1), ("a",)),
        (lambda e: e.append(("a", "x"), 1), ("a", "x")),
        (lambda e: e.append(("new", 0), 1), ("new", 0)),
        (lambda e: e.merge(("a", "y"), {"b": 1}), ("a", "y", "b")),
        (lambda e: (e.merge((), {"n": 1}), e.rename(("a",), "n")), ("n",)),
        (lambda e: (e.append(("n",), 1), e.set(("n", 0), 1)), ("n", 0)),
    ],
)
def test_a_path_that_leads_nowhere_or_to_several_places_is_refused(ask: Ask, path: Path) -> None:
    with pytest.raises(PathError) as caught:
        edited(DOUBTFUL, ask)
    assert caught.value.path == path
    assert 0 <= caught.value.offset < len(DOUBTFUL)


def test_names_are_compared_as_the_caller_wants() -> None:
    tree = read_tree('{"Key": {"A": 1}}', str.lower)
    for ask in (
        lambda edit: edit.append(("key",), 1),
        lambda edit: edit.set(("key",), 1),
        lambda edit: edit.merge(("Key",), {"a": 1}),
        lambda edit: edit.merge((), {"n": 1, "N": 1}),
    ):
        edit = Edit(tree.text, tree=tree)
        ask(edit)
        with pytest.raises(PathError):
            edit.apply()
    edit = Edit(tree.text, tree=tree)
    edit.rename(("Key",), "key")
    edit.rename(("Key", "A"), "a")
    assert edit.apply() == '{"key": {"a": 1}}'
    assert tree.offset_of(("KEY", "a", "x")) == tree.text.index("1")


@pytest.mark.parametrize(
    "ask",
    [
        lambda e: (e.set(("a",), 1), e.set(("a", "b"), 1)),
        lambda e: (e.set(("a", "b"), 1), e.set(("a",), 1)),
        lambda e: (e.set(("a",), []), e.append(("a",), 1)),
        lambda e: (e.append(("a",), 1), e.merge((), {"a": 1})),
        lambda e: e.remove(()),
        lambda e: e.rename((), "a"),
    ],
)
def test_what_contradicts_itself_is_refused_at_once(ask: Ask) -> None:
    with pytest.raises(ValueError, match=r"cannot|no name"):
        ask(Edit('{"a": {"b": 1}}'))


@pytest.mark.parametrize("text", ["", " ", "{", "[1,]", "1 2", "{} // x", "NaN"])
def test_what_is_not_json_is_not_edited(text: str) -> None:
    with pytest.raises(ScanError):
        Edit(text)


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_the_depth_of_the_new_text_is_that_which_is_read() -> None:
    text = edited('{"a": {"b": []}}', lambda edit: edit.append(("a", "b"), nested(497)))
    assert Edit(text).apply() == text
    for depth in (498, 5000):
        with pytest.raises(InvalidInputError, match="deeper than 500"):
            edited('{"a": {"b": []}}', lambda edit, depth=depth: edit.append(("a", "b"), nested(depth)))


def test_values_deep_in_a_text_are_edited() -> None:
    text = '{"a":' * 499 + "1" + "}" * 499
    assert edited(text, lambda edit: edit.set(("a",) * 100, 2)) == '{"a":' * 100 + "2" + "}" * 100
    assert edited(text, lambda edit: edit.rename(("a",) * 100, "b")).count('"b":{"a"') == 1
    value = json.loads(text)
    at(value, ("a",) * 498)["a"] = 2
    assert edited(text, lambda edit: edit.set((), value)) == text.replace("1", "2")
    with pytest.raises(ValueError, match="100 steps"):
        edited(text, lambda edit: edit.set(("a",) * 101, 2))
