"""The request body of the gateway's own interface for keys, turned into the form of the file.

There a secret-capable field may be an object, ``{"value", "env_var", "from_env"}`` (releases before
1.5.12) or ``{"value", "ref", "type"}`` (from it on); null means absent; ``status``, ``description`` and
``config_hash`` are the gateway's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.core.faults import Fault, Path
from bifrost_keys.core.fields import BOOKKEEPING, CONFIG_BY_NAME, without_nulls
from bifrost_keys.errors import InvalidInputError

_WIRE_MEMBERS: Final = (
    frozenset({"value", "env_var", "from_env"}),
    frozenset({"value", "ref", "type"}),
)


def parse_object(text: str, *, what: str) -> dict[str, Any]:
    """One JSON object without duplicate members; raises InvalidInputError, never repeating the text."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise InvalidInputError(f"{what} holds a duplicate member", code="duplicate-member")
        return members

    def no_constant(_: str) -> Any:
        raise InvalidInputError(f"{what} is not JSON: NaN and Infinity are not allowed")

    def finite(text: str) -> float:
        number = float(text)
        if number - number != 0:
            raise InvalidInputError(f"{what} holds a number that is too large")
        return number

    try:
        parsed = json.loads(text, object_pairs_hook=unique, parse_constant=no_constant, parse_float=finite)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise InvalidInputError(f"{what} is not JSON: {place}") from None
    except (RecursionError, ValueError):
        raise InvalidInputError(
            f"{what} is not usable JSON: nested too deeply or a number too long"
        ) from None
    if not isinstance(parsed, dict):
        raise InvalidInputError(f"{what} must be one JSON object")
    return parsed


def from_wire(body: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault], tuple[str, ...]]:
    """The fields of a request body in the form of the file, its faults, and the members left out."""
    faults: list[Fault] = []
    dropped = tuple(name for name in BOOKKEEPING if name in body)
    fields = {name: value for name, value in without_nulls(body).items() if name not in dropped}
    if "value" in fields:
        fields["value"] = _secret(fields["value"], ("value",), faults)
    for name, config in CONFIG_BY_NAME.items():
        if not isinstance(fields.get(name), dict):
            continue
        for field in config.fields:
            if field.reference and field.name in fields[name]:
                path = (name, field.name)
                fields[name][field.name] = _secret(fields[name][field.name], path, faults)
    return fields, faults, dropped


def _secret(value: Any, path: Path, faults: list[Fault]) -> Any:
    if not isinstance(value, dict):
        return value
    if not any(members.issuperset(value) for members in _WIRE_MEMBERS):
        message = 'must be text, or an object {"value", "env_var", "from_env"} or {"value", "ref", "type"}'
        faults.append(Fault("wrong-type", path, "error", message))
        return ""
    refers = value.get("from_env") is True or value.get("type") in ("env", "vault")
    chosen = (value.get("env_var") or value.get("ref")) if refers else value.get("value", "")
    if not isinstance(chosen, str):
        faults.append(Fault("wrong-type", path, "error", "must hold text"))
        return ""
    return chosen
