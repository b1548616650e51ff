"""Convert a request body of the gateway's API for keys to the form of the file.

In a request body, a secret may be an object (see ``secret_form``), null means absent, and ``status``,
``description`` and ``config_hash`` belong to the gateway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.gateway.fields.table import BOOKKEEPING, KEY, without_nulls
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.secret_form import aliases_with_texts, is_secret_form, secret_text, with_texts
from bifrost_keys.jsontext.lines import Lines
from bifrost_keys.jsontext.syntax_errors import decoding_error

_MAX_DEPTH: Final = 500  # the same as for a config file


def parse_object(text: str, *, what: str) -> dict[str, Any]:
    """Return one JSON object without duplicate members. Raise InvalidInputError, never repeating the text."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise InvalidInputError(f"{what} contains a duplicate member", code="member-duplicate")
        return members

    def no_constant(_: str) -> Any:
        raise InvalidInputError(f"{what} is not JSON: NaN and Infinity are not allowed")

    def finite(text: str) -> float:
        number = float(text)
        if number - number != 0:
            raise InvalidInputError(f"{what} contains a number that is too large")
        return number

    if text.startswith("\ufeff"):
        hint = "save it as UTF-8 without a mark"
        raise InvalidInputError(f"{what} begins with a byte order mark", code="text-not-utf8", hint=hint)
    if not text.strip():
        raise InvalidInputError(f"{what} is empty", hint="one JSON object is expected")
    try:
        parsed = json.loads(text, object_pairs_hook=unique, parse_constant=no_constant, parse_float=finite)
    except json.JSONDecodeError as error:
        accident = decoding_error(text, error)
        line, column = Lines(text).position(accident.offset)
        place, hint = f"line {line}, column {column}", accident.hint
        if _looks_like_yaml(text) or what.endswith((".yaml", ".yml")):
            hint = "convert YAML first: yq -o json FILE | keys apply -"
        elif hint:
            place += f": {accident.message.removeprefix('not JSON: ')}"
        raise InvalidInputError(f"{what} is not JSON: {place}", hint=hint or None) from None
    except (RecursionError, ValueError):
        raise InvalidInputError(
            f"{what} is not usable JSON: nested too deeply or a number too long"
        ) from None
    if not isinstance(parsed, dict):
        raise InvalidInputError(f"{what} must be one JSON object")
    if _depth(parsed) > _MAX_DEPTH:
        raise InvalidInputError(f"{what} is nested deeper than {_MAX_DEPTH} levels")
    return parsed


def is_view(parsed: Any) -> bool:
    """Return whether this is a key as printed by ``get -o json`` and ``list -o json``, with its provider."""
    return (
        isinstance(parsed, Mapping)
        and isinstance(parsed.get("provider"), str)
        and isinstance(parsed.get("key"), Mapping)
    )


def views_in(parsed: Mapping[str, Any]) -> list[Mapping[str, Any]] | None:
    """Return the keys in the JSON output of a command: one, a list, or those that it changed.

    Deleted keys are omitted. Return None if the object is not of this form.
    """
    if is_view(parsed):
        return [parsed]
    listed = parsed.get("keys", parsed.get("changes"))
    if not isinstance(listed, list) or not all(map(is_view, listed)):
        return None
    return [each for each in listed if each.get("action") != "deleted"]


def _depth(value: Any) -> int:
    """Return how deeply objects and lists are nested."""
    depth, level = 0, [value]
    while level := [part for part in level if isinstance(part, (dict, list))]:
        depth += 1
        level = [inner for part in level for inner in (part.values() if isinstance(part, dict) else part)]
    return depth


def _looks_like_yaml(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return first.startswith("---") or first.rstrip().endswith(":")


def from_wire(body: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault], tuple[str, ...]]:
    """Return the fields of a request body in the form of the file, its faults, and the omitted members."""
    faults: list[Fault] = []
    dropped = tuple(name for name in BOOKKEEPING if name in body)
    given = {name: value for name, value in without_nulls(body).items() if name not in dropped}

    def text_of(value: Mapping[str, Any], path: Path) -> str:
        return _secret(value, path, faults)

    fields = with_texts(given, KEY, text_of)
    if "aliases" in fields:
        fields["aliases"] = aliases_with_texts(fields["aliases"], text_of)
    return fields, faults, dropped


def _secret(value: Mapping[str, Any], path: Path, faults: list[Fault]) -> str:
    if not is_secret_form(value):
        message = 'must be text, or an object {"value", "env_var", "from_env"} or {"value", "ref", "type"}'
        hint = "give the JSON as one text" if path[-1] == "auth_credentials" else ""
        faults.append(Fault("type-wrong", path, "error", message, hint))
        return ""
    text = secret_text(value)
    if text is None:
        message = "is marked as a reference but names none"
        faults.append(Fault("reference-name", path, "error", message, "name the variable as env.NAME"))
    return text or ""
