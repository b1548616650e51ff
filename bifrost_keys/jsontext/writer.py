"""Writes values as JSON in the style that a text already has."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from bifrost_keys.errors import InvalidInputError


class Style(NamedTuple):
    """How a text is laid out; the flags say what is spread over several lines.

    ``blocks``: ``providers`` and a provider; ``keys``: the list of keys; ``entries``: one key;
    ``nested``: an object inside a key; ``lists``: a list of texts inside a key. The pads stand inside
    the brackets of what is on one line.
    """

    newline: str = "\n"
    unit: str = "  "
    colon: str = ": "
    comma: str = ", "
    object_pad: str = ""
    list_pad: str = ""
    blocks: bool = True
    keys: bool = True
    entries: bool = True
    nested: bool = True
    lists: bool = False


def render_providers(providers: Mapping[str, Sequence[Mapping[str, Any]]], style: Style, indent: str) -> str:
    """The object ``providers``; ``indent`` is that of the line it begins on."""
    inner = indent + style.unit if style.blocks else indent
    parts = [
        render_member(name, render_provider(entries, style, inner), style)
        for name, entries in providers.items()
    ]
    return _object(parts, style, indent, spread=style.blocks)


def render_provider(entries: Iterable[Mapping[str, Any]], style: Style, indent: str) -> str:
    """A provider's object that holds just these keys; ``indent`` is that of the line it begins on."""
    inner = indent + style.unit if style.blocks else indent
    parts = [render_member("keys", render_keys(entries, style, inner), style)]
    return _object(parts, style, indent, spread=style.blocks)


def render_keys(entries: Iterable[Mapping[str, Any]], style: Style, indent: str) -> str:
    """A list of keys."""
    inner = indent + style.unit if style.keys else indent
    parts = [render_entry(entry, style, inner) for entry in entries]
    return _brackets("[]", parts, style, indent, spread=style.keys, pad=style.list_pad)


def render_entry(entry: Mapping[str, Any], style: Style, indent: str) -> str:
    """One key's object."""
    return _mapping(entry, style, indent, spread=style.entries)


def render_value(value: Any, style: Style, indent: str) -> str:
    """A field's value. Raises InvalidInputError for what JSON or the gateway's reader cannot hold."""
    if isinstance(value, Mapping):
        return _mapping(value, style, indent, spread=style.nested)
    if isinstance(value, (list, tuple)):
        spread = style.lists or (style.nested and any(isinstance(part, (Mapping, list)) for part in value))
        inner = indent + style.unit if spread else indent
        parts = [render_value(part, style, inner) for part in value]
        return _brackets("[]", parts, style, indent, spread=spread, pad=style.list_pad)
    return render_scalar(value)


def render_member(name: str, rendered: str, style: Style) -> str:
    """A member of an object from its name and its value's text."""
    return render_text(name) + style.colon + rendered


def render_scalar(value: Any) -> str:
    """A text, number, boolean or null. Raises InvalidInputError."""
    if isinstance(value, str):
        return render_text(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return _number(value)
    raise InvalidInputError(f"a value of type {type(value).__name__} cannot be written as JSON")


def render_text(text: str) -> str:
    r"""A text in quotation marks, escaped only where JSON requires it.

    Other escapes (``\/``, surrogate pairs) would reach a provider as they stand, because the
    gateway's reader of secrets does not understand them. Raises InvalidInputError for a lone surrogate.
    """
    if _SURROGATE(text):
        raise InvalidInputError("a text holds half of a surrogate pair, which cannot be written as UTF-8")
    return _ENCODE(text)


_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
_SURROGATE = re.compile("[\ud800-\udfff]").search


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


def _mapping(value: Mapping[str, Any], style: Style, indent: str, *, spread: bool) -> str:
    inner = indent + style.unit if spread else indent
    parts = [render_member(name, render_value(part, style, inner), style) for name, part in value.items()]
    return _object(parts, style, indent, spread=spread)


def _object(parts: Sequence[str], style: Style, indent: str, *, spread: bool) -> str:
    return _brackets("{}", parts, style, indent, spread=spread, pad=style.object_pad)


def _brackets(pair: str, parts: Sequence[str], style: Style, indent: str, *, spread: bool, pad: str) -> str:
    if not parts:
        return pair
    if not spread:
        return f"{pair[0]}{pad}{style.comma.join(parts)}{pad}{pair[1]}"
    line = style.newline + indent
    inner = line + style.unit
    return f"{pair[0]}{inner}{(',' + inner).join(parts)}{line}{pair[1]}"
