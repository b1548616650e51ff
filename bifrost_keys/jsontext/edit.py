"""Collect changes to a JSON text, by path, and apply them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bifrost_keys.jsontext.plan import UNSET, Request, plan
from bifrost_keys.jsontext.splices import plan_splices, spliced
from bifrost_keys.jsontext.tree import Path, Tree, read_tree
from bifrost_keys.jsontext.verify import check_edit

_MOST_STEPS = 100  # far from Python's limit of recursion, even with values nested 500 deep


class Edit:
    """Changes of one text. Every byte outside the changes stays as it is.

    A path is a tuple of member names and element numbers, as they are in the old text; () is the whole value.
    Values are plain data. ValueError is raised for a path of more than 100 steps, and for a value that is
    both set and changed inside.
    """

    def __init__(self, text: str, *, tree: Tree | None = None) -> None:
        """``tree`` is that of the text, if it was read already. Raise ScanError if the text is not JSON."""
        self._tree = read_tree(text) if tree is None else tree
        self._request = Request()

    def append(self, path: Path, value: Any) -> None:
        """Add an element to the list at ``path``; create missing parts of the path."""
        request = self._at(path, creates=True)
        _refuse_set(request)
        request.appended.append(value)

    def merge(self, path: Path, members: Mapping[str, Any], *, order: Sequence[str] = ()) -> None:
        """Set these members of the object at ``path``, and keep its others; the object may be missing.

        A new member goes after the last one that precedes it in ``order``, or to the end.
        """
        request = self._at(path, creates=True)
        _refuse_set(request)
        request.order = order
        for name, value in members.items():
            self._set((*path, name), value, (), creates=True)

    def set(self, path: Path, value: Any, *, order: Sequence[str] = ()) -> None:
        """Replace the value at ``path``, which must exist, with ``value``.

        Only the text that differs changes, even inside nested objects. ``order`` as in ``merge``.
        """
        self._set(path, value, order, creates=False)

    def remove(self, path: Path) -> None:
        """Remove the member or element at ``path``, whatever other changes it has."""
        if not path:
            raise ValueError("the whole value cannot be removed")
        self._at(path).removed = True

    def rename(self, path: Path, name: str) -> None:
        """Rename the member at ``path``; its value stays, except for other changes."""
        if not path:
            raise ValueError("the whole value has no name")
        self._at(path).name = name

    def apply(self) -> str:
        """Return the new text, after parsing it and comparing it with the requested changes.

        Raise PathError for a path that does not exist or is ambiguous, InvalidInputError for data that JSON
        cannot express or that is nested too deeply, BifrostKeysError if the comparison fails.
        """
        change = plan(self._tree, self._request)
        if change is None:
            return self._tree.text
        new = spliced(self._tree.text, plan_splices(self._tree, change))
        check_edit(self._tree, new, change)
        return new

    def _set(self, path: Path, value: Any, order: Sequence[str], *, creates: bool) -> None:
        request = self._at(path, creates=creates)
        if request.children or request.appended:
            raise ValueError("a value that is changed inside cannot also be set")
        request.value, request.order = value, order

    def _at(self, path: Path, *, creates: bool = False) -> Request:
        if len(path) > _MOST_STEPS:
            raise ValueError(f"a path of more than {_MOST_STEPS} steps")
        request = self._request
        for step in path:
            _refuse_set(request)
            request = request.children.setdefault(step, Request())
            request.creates = request.creates or creates
        return request


def _refuse_set(request: Request) -> None:
    if request.value is not UNSET:
        raise ValueError("a value that is set cannot also be changed inside")
