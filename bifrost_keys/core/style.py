"""How new text looks: like its neighbours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

_INDENT = re.compile(r"[ \t]*")
_FIRST_MEMBER = re.compile(r'\{([ \t\r\n]*)"(?:[^"\\]|\\.)*"([ \t]*:[ \t]*)')
_LIST = re.compile(r'\[([ \t\r\n]*)["\-\d]')
_INLINE_COMMA = re.compile(r'(?:["\d\]}el]),([ \t]*)["\-\d{\[]')
_EXACT: Final = 1e21


@dataclass(frozen=True, slots=True)
class Style:
    """One way of writing JSON: ``newline`` is empty where everything stands on one line.

    ``unit`` is one level of indentation, ``colon`` and ``comma`` what stands between name and value and
    between members of one line, ``pad`` what stands inside the braces of one line. ``short_lists``:
    lists of plain values stay on one line even where objects do not.
    """

    newline: str = "\n"
    unit: str = "  "
    colon: str = ": "
    comma: str = ", "
    pad: str = ""
    short_lists: bool = True

    def on_one_line(self) -> Style:
        """The same style without line ends."""
        return replace(self, newline="")


@dataclass(frozen=True, slots=True)
class Styled:
    """A value that is rendered in a style of its own."""

    value: Any
    style: Style


def line_indent(text: str, offset: int) -> str:
    """The white space at the beginning of the line in which ``offset`` stands."""
    found = _INDENT.match(text, text.rfind("\n", 0, offset) + 1)
    assert found is not None
    return found.group()


def style_of(text: str, start: int, end: int, base: Style | None = None) -> Style:
    """The style of the object or list that stands at ``text[start:end]``; ``base`` fills the gaps."""
    style = base or Style()
    first = _FIRST_MEMBER.search(text, start, end)
    if first is not None:
        lead, colon = first.groups()
        style = replace(style, colon=colon)
        if "\n" in lead:
            newline = "\r\n" if "\r\n" in lead else "\n"
            outer, inner = line_indent(text, first.start()), lead.rpartition("\n")[2]
            unit = inner.removeprefix(outer) if inner.startswith(outer) and inner != outer else style.unit
            style = replace(style, newline=newline, unit=unit)
        else:
            style = replace(style, newline="", pad=lead)
    plain = _LIST.search(text, start, end)
    if plain is not None:
        style = replace(style, short_lists="\n" not in plain.group(1))
    comma = _INLINE_COMMA.search(text, start, end)
    if comma is not None and comma.end() <= end:
        style = replace(style, comma="," + comma.group(1))
    elif style.newline == "" and first is not None:
        style = replace(style, comma=", " if style.colon.endswith(" ") else ",")
    return style


def render(value: Any, style: Style, indent: str) -> str:
    """``value`` as JSON text in this style; ``indent`` is the indentation of the line it begins on.

    Text is written as UTF-8 and escaped only where JSON requires it: the gateway's reader of secrets
    does not understand ``\\/`` nor pairs of surrogate escapes.
    """
    if isinstance(value, Styled):
        return render(value.value, value.style, indent)
    if isinstance(value, Mapping):
        members = [(json.dumps(name, ensure_ascii=False) + style.colon, part) for name, part in value.items()]
        return _block("{}", members, style, indent)
    if isinstance(value, list):
        if style.short_lists and not any(isinstance(part, (Mapping, list, Styled)) for part in value):
            style = replace(style, newline="", pad="")
        return _block("[]", [("", part) for part in value], style, indent)
    if isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _block(braces: str, parts: list[tuple[str, Any]], style: Style, indent: str) -> str:
    if not parts:
        return braces
    if style.newline == "":
        inner = style.comma.join(lead + render(part, style, indent) for lead, part in parts)
        pad = style.pad if braces == "{}" else ""
        return braces[0] + pad + inner + pad + braces[1]
    deeper = indent + style.unit
    lines = (f"{deeper}{lead}{render(part, style, deeper)}" for lead, part in parts)
    body = ("," + style.newline).join(lines)
    return f"{braces[0]}{style.newline}{body}{style.newline}{indent}{braces[1]}"


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    return json.dumps(value)
