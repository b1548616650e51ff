"""Write values as JSON in the style that a text already has."""

import json
import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.jsontext.scanner import MAX_DEPTH

# The role of an object or list in its text: ``outer`` is an object outside lists, ``rows`` the first list
# on the way from the top, ``row`` one of its elements, ``nested`` whatever is in a row.
Role: TypeAlias = Literal["outer", "rows", "row", "nested"]


class Style(NamedTuple):
    """How a text is laid out.

    The flags named like a role say whether such an object, or a list that contains objects or lists, is
    spread over several lines; ``lists``: whether a list of texts and numbers is. The pads are inside the
    brackets of what is on one line.
    """

    newline: str = "\n"
    unit: str = "  "
    colon: str = ": "
    comma: str = ", "
    object_pad: str = ""
    list_pad: str = ""
    outer: bool = True
    rows: bool = True
    row: bool = True
    nested: bool = True
    lists: bool = False


def role_in(parent: Role | None, *, is_list: bool) -> Role:
    """Return the role of an object or list in a parent of this role (None: it is the whole value)."""
    if parent is None or parent == "outer":
        return "rows" if is_list else "outer"
    return "row" if parent == "rows" else "nested"


def is_spread(value: Any, style: Style, role: Role) -> bool:
    """Return whether an object or list of this role is spread over several lines."""
    if isinstance(value, Mapping):
        return bool(getattr(style, role))
    simple = not any(isinstance(part, (Mapping, list, tuple)) for part in value)
    return style.lists if simple else (style.lists and role == "nested") or bool(getattr(style, role))


def render_value(value: Any, style: Style, indent: str, role: Role | None, *, depth: int) -> str:
    """Return the text of a value in a parent of this role; ``indent`` is that of its first line.

    ``depth`` counts the objects and lists around it. Raise InvalidInputError for data that JSON or the
    gateway's reader cannot express, or that would be nested too deeply.
    """
    # Without recursion, because 500 levels come near Python's limit.
    pieces: list[str] = []
    todo: list[str | tuple[Any, str, Role | None, int]] = [(value, indent, role, depth)]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            pieces.append(item)
            continue
        part, indent, parent, depth = item
        if not isinstance(part, (Mapping, list, tuple)):
            pieces.append(render_scalar(part))
            continue
        if depth == MAX_DEPTH:
            raise InvalidInputError(f"the data is nested deeper than {MAX_DEPTH} levels")
        named = isinstance(part, Mapping)
        own = role_in(parent, is_list=not named)
        lead, separator, trail, inner = _around(part, style, indent, own)
        later: list[str | tuple[Any, str, Role | None, int]] = [lead]
        for number, item in enumerate(part):
            name = render_text(item) + style.colon if named else ""
            later.append((separator if number else "") + name)
            later.append((part[item] if named else item, inner, own, depth + 1))
        todo += reversed([*later, trail])
    return "".join(pieces)


def render_scalar(value: Any) -> str:
    """Return a text, number, boolean or null as JSON. Raise InvalidInputError."""
    if isinstance(value, str):
        return render_text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return _number(value)
    raise InvalidInputError(f"a value of type {type(value).__name__} cannot be written as JSON")


def render_text(text: str) -> str:
    r"""Return a text in quotation marks, escaped only as JSON requires.

    Other escapes (``\/``, surrogate pairs) would reach a provider unchanged, because the gateway's reader of
    secrets does not understand them. Raise InvalidInputError for a lone surrogate.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        message = "a text contains half of a surrogate pair, which cannot be written as UTF-8"
        raise InvalidInputError(message) from None
    return _ENCODE(text)


_ENCODE = json.JSONEncoder(ensure_ascii=False).encode


def _around(value: Any, style: Style, indent: str, role: Role) -> tuple[str, str, str, str]:
    """Return the text before, between and after the items of an object or list, and their indentation."""
    start, end = "{}" if isinstance(value, Mapping) else "[]"
    if not value:
        return start, "", end, indent
    if not is_spread(value, style, role):
        pad = style.object_pad if start == "{" else style.list_pad
        return start + pad, style.comma, pad + end, indent
    line = style.newline + indent
    inner = line + style.unit
    return start + inner, "," + inner, line + end, indent + style.unit


def _number(value: int | float) -> str:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidInputError("a number is not finite, or too large for the gateway")
    if isinstance(value, int):
        return str(value)
    if number == 0:
        return "-0" if math.copysign(1, number) < 0 else "0"
    if number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    return repr(number)
