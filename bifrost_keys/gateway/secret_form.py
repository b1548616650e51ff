"""Convert secrets that are objects, the form of the gateway's own API, to text.

Releases before 1.6.0 use ``{"value", "env_var", "from_env"}``, later ones ``{"value", "ref", "type"}``. Later
releases accept both forms in a file as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import ALIAS_FIELDS, Field
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.gateway.secrets.detection import is_reference

_FORMS: Final = (frozenset({"value", "env_var", "from_env"}), frozenset({"value", "ref", "type"}))
_REFERENCE_TYPES: Final = ("env", "vault")
_ALIAS: Final = tuple(each.field for each in ALIAS_FIELDS)


def is_secret_form(value: Mapping[str, Any]) -> bool:
    """Return whether the object has one of the two forms; null members count as absent."""
    members = _present(value)
    if not any(form.issuperset(members) for form in _FORMS):
        return False
    if not isinstance(members.get("from_env", False), bool):
        return False
    if members.get("type", "") not in ("", "plain_text", *_REFERENCE_TYPES):
        return False
    return all(isinstance(part, str) for name, part in members.items() if name != "from_env")


def secret_text(value: Mapping[str, Any]) -> str | None:
    """Return the text that an object of one of the two forms is equal to; None for an empty reference."""
    members = _present(value)
    if not (members.get("from_env") or members.get("type") in _REFERENCE_TYPES):
        return str(members.get("value", ""))
    reference = members.get("env_var") or members.get("ref") or ""
    return reference if is_reference(reference) else None


def with_texts(
    data: Any, fields: Iterable[Field], convert: Callable[[Mapping[str, Any], Path], Any], path: Path = ()
) -> Any:
    """Return the object or list of objects with every secret that is an object converted.

    ``fields`` are the fields of the object. ``convert`` gets the secret and its path, which begins with
    ``path``. Unknown members, and values that are not objects, stay unchanged.
    """
    if isinstance(data, list):
        objects = ((index, part) for index, part in enumerate(data) if isinstance(part, Mapping))
        changed = {index: with_texts(part, fields, convert, (*path, index)) for index, part in objects}
        return [changed.get(index, part) for index, part in enumerate(data)]
    if not isinstance(data, Mapping):
        return data
    converted = dict(data)
    for field in fields:
        if field.name not in data:
            continue
        value, place = data[field.name], (*path, field.name)
        if field.fields:
            converted[field.name] = with_texts(value, field.fields, convert, place)
        elif field.reference and isinstance(value, Mapping):
            converted[field.name] = convert(value, place)
    return converted


def aliases_with_texts(aliases: Any, convert: Callable[[Mapping[str, Any], Path], Any]) -> Any:
    """Return the aliases of a key with every secret in an alias object converted, as in ``with_texts``."""
    if not isinstance(aliases, Mapping):
        return aliases
    return {
        source: with_texts(target, _ALIAS, convert, ("aliases", source))
        if isinstance(target, Mapping)
        else target
        for source, target in aliases.items()
    }


def _present(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in value.items() if part is not None}
