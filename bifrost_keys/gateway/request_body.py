"""The request body of the gateway's own interface for keys, turned into the form of the file.

There a secret-capable field may be an object, ``{"value", "env_var", "from_env"}`` (releases before
1.5.12) or ``{"value", "ref", "type"}`` (from it on); null means absent; ``status``, ``description`` and
``config_hash`` are the gateway's own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.gateway.fields import BOOKKEEPING, CONFIG_BY_NAME, without_nulls
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.secrets.detection import is_reference

_WIRE_MEMBERS: Final = (
    frozenset({"value", "env_var", "from_env"}),
    frozenset({"value", "ref", "type"}),
)
_REFERENCE_TYPES: Final = ("env", "vault")


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

    if not text.strip():
        raise InvalidInputError(f"{what} is empty", hint="one JSON object is expected")
    try:
        parsed = json.loads(text, object_pairs_hook=unique, parse_constant=no_constant, parse_float=finite)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        hint = "convert YAML first: yq -o json FILE | keys apply -" if _looks_like_yaml(text) else None
        raise InvalidInputError(f"{what} is not JSON: {place}", hint=hint) from None
    except (RecursionError, ValueError):
        raise InvalidInputError(
            f"{what} is not usable JSON: nested too deeply or a number too long"
        ) from None
    if not isinstance(parsed, dict):
        raise InvalidInputError(f"{what} must be one JSON object")
    return parsed


def _looks_like_yaml(text: str) -> bool:
    first = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    return first.startswith("---") or first.rstrip().endswith(":")


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
        fields[name] = _present(fields[name])
        for field in config.fields:
            if field.reference and field.name in fields[name]:
                path = (name, field.name)
                fields[name][field.name] = _secret(fields[name][field.name], path, faults)
    return fields, faults, dropped


def _present(value: Any) -> Any:
    """The value of a config object without its null members, however deep: null means absent."""
    if isinstance(value, dict):
        return {name: _present(part) for name, part in value.items() if part is not None}
    return [_present(part) for part in value] if isinstance(value, list) else value


def _secret(value: Any, path: Path, faults: list[Fault]) -> Any:
    if not isinstance(value, dict):
        return value
    members = {name: part for name, part in value.items() if part is not None}
    if not _well_formed(members):
        message = 'must be text, or an object {"value", "env_var", "from_env"} or {"value", "ref", "type"}'
        faults.append(Fault("wrong-type", path, "error", message))
        return ""
    if not (members.get("from_env") or members.get("type") in _REFERENCE_TYPES):
        return members.get("value", "")
    reference = members.get("env_var") or members.get("ref") or ""
    if not is_reference(reference):
        message = "says that it is a reference and names none"
        faults.append(Fault("reference-name", path, "error", message, "name the variable as env.NAME"))
        return ""
    return reference


def _well_formed(members: Mapping[str, Any]) -> bool:
    if not any(known.issuperset(members) for known in _WIRE_MEMBERS):
        return False
    if not isinstance(members.get("from_env", False), bool):
        return False
    if members.get("type", "") not in ("", "plain_text", *_REFERENCE_TYPES):
        return False
    return all(isinstance(part, str) for name, part in members.items() if name != "from_env")
