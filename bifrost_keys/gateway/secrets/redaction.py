"""Redact keys for output.

Fields that say *where* something is (address, region, project) are shown; secrets and fields that say *who*
somebody is are masked. A reference to a variable is not a secret and is shown, unless it is malformed, which
means that somebody put the secret in the place of the variable's name. Text in unknown fields, at any depth,
is masked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from bifrost_keys.gateway.fields.table import ALIAS_FIELDS, CONFIG_BY_NAME, FLAGS, Field, fold
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.gateway.secrets.addresses import masked_address
from bifrost_keys.gateway.secrets.detection import is_reference
from bifrost_keys.gateway.secrets.masked import Masked
from bifrost_keys.gateway.secrets.masking import MASK, NOTED, redact, shown_hash, shown_id, shown_name

if TYPE_CHECKING:
    from bifrost_keys.gateway.secrets.gateway_messages import Masker

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("id", "name", "config_hash", "status", "description"), str),
    **dict.fromkeys(("enabled", "use_for_batch_api", *(flag.name for flag in FLAGS)), bool),
    **dict.fromkeys(("models", "blacklisted_models"), list),
    "weight": (int, float),
    "aliases": dict,
}
_DEPTH = 16
_ALIAS = tuple(each.field for each in ALIAS_FIELDS)
_SECRET_NAMES = frozenset(
    {"value"}
    | {
        field.name
        for config in CONFIG_BY_NAME.values()
        for _, field in config.members()
        if field.reference and not field.shown
    }
)


def redacted_entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry in the form of the gateway's own API, without any secret.

    Fields that may contain a secret are objects ``{"value", "env_var", "from_env"}``, the two model lists are
    always lists, ``enabled`` and ``use_for_batch_api`` are always booleans, and unknown fields come last.
    """
    known: dict[str, Any] = {
        "id": _known("id", entry.get("id") or ""),
        "name": _known("name", entry.get("name") or ""),
        "value": _wire(entry.get("value"), shown=False),
        "models": _always_list("models", entry.get("models")),
        "blacklisted_models": _always_list("blacklisted_models", entry.get("blacklisted_models")),
        "weight": _known("weight", entry.get("weight") or 0),
    }
    if entry.get("aliases") is not None:
        known["aliases"] = _aliases(entry["aliases"], wire=True)
    for name, config in CONFIG_BY_NAME.items():
        if entry.get(name) is not None:
            known[name] = _object(entry[name], config.fields, wire=True)
    for name, default in (("enabled", True), ("use_for_batch_api", False)):
        known[name] = default if entry.get(name) is None else _known(name, entry[name])
    for flag in FLAGS:
        if entry.get(flag.name) is not None:
            known[flag.name] = _known(flag.name, entry[flag.name])
    for name in ("config_hash", "status", "description"):
        if entry.get(name) is not None:
            known[name] = _noted(name, entry[name], entry) if name in NOTED else _known(name, entry[name])
    unknown = {
        shown_name(name): _unknown(name, value) for name, value in entry.items() if not _is_known(name)
    }
    return {**known, **unknown}


def mask_for_diff(path: Path, value: Any, entry: Mapping[str, Any] | None = None) -> Any:
    """Return ``value``, which is at ``path`` in an entry, in the form of the file and without secrets.

    The path decides what is masked, so that both sides of a difference are treated the same. In the gateway's
    notes the secrets of ``entry`` are masked.
    """
    if not path:
        members = value.items() if isinstance(value, Mapping) else ()
        return {
            name: _noted(name, member, value) if name in NOTED else mask_for_diff((name,), member)
            for name, member in members
        }
    name = str(path[0])
    if name == "value":
        return _literal(value, shown=False) if len(path) == 1 else MASK
    if name in CONFIG_BY_NAME:
        return _at(value, CONFIG_BY_NAME[name].fields, path[1:])
    if name == "aliases":
        if len(path) == 1:
            return _aliases(value, wire=False)
        return _alias(value, wire=False) if len(path) == 2 else _at(value, _ALIAS, path[2:])
    if name in NOTED and len(path) == 1:
        return _noted(name, value, {} if entry is None else entry)
    if name in _TYPES:
        return _known(name, value) if len(path) == 1 else _plain(value)
    return _unknown(name, value)


def _is_known(name: str) -> bool:
    return name == "value" or name in _TYPES or name in CONFIG_BY_NAME


def _known(name: str, value: Any) -> Any:
    """Redact a field whose own type is not a secret; a value of another type may be one."""
    if not isinstance(value, _TYPES[name]) or (name == "weight" and isinstance(value, bool)):
        return _masked(value)
    if name == "id":
        return shown_id(str(value))
    return shown_hash(str(value)) if name == "config_hash" else _plain(value)


def _noted(name: str, value: Any, entry: Mapping[str, Any]) -> Any:
    """Redact one of the gateway's notes, which may repeat the entry's secret."""
    if not isinstance(value, str):
        return _known(name, value)
    return _masker().masked(value, entry)


@cache
def _masker() -> Masker:
    from bifrost_keys.gateway.secrets.gateway_messages import Masker

    return Masker()


def _plain(value: Any) -> Any:
    """Return ``value`` with its strings treated as names, one level deep; deeper ones are masked."""
    if isinstance(value, str):
        return shown_name(value)
    if isinstance(value, Mapping):
        return {
            shown_name(name): shown_name(item) if isinstance(item, str) else _masked(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [shown_name(item) if isinstance(item, str) else _masked(item) for item in value]
    return value


def _unknown(name: str, value: Any) -> Any:
    """Redact an unknown field. The gateway reads ``Value`` as ``value``, so a number in it is a secret."""
    if fold(name) == "value" and not isinstance(value, str):
        return None if value is None else MASK
    return _masked(value)


def _masked(value: Any, depth: int = _DEPTH) -> Any:
    """Return ``value`` with every string in it masked; values nested too deeply are masked completely."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Masked):
        return str(value)
    if isinstance(value, (Mapping, list)) and depth == 0:
        return MASK
    if isinstance(value, Mapping):
        return {
            shown_name(name): MASK
            if fold(name) in _SECRET_NAMES and isinstance(item, (int, float))
            else _masked(item, depth - 1)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, depth - 1) for item in value]
    return value


def _always_list(name: str, value: Any) -> list[Any]:
    if value is None:
        return []
    return list(_known(name, value)) if isinstance(value, list) else [_masked(value)]


def _aliases(value: Any, *, wire: bool) -> Any:
    if not isinstance(value, Mapping):
        return _masked(value)
    return {shown_name(source): _alias(target, wire=wire) for source, target in value.items()}


def _alias(target: Any, *, wire: bool) -> Any:
    return shown_name(target) if isinstance(target, str) else _object(target, _ALIAS, wire=wire)


def _at(value: Any, fields: Sequence[Field], path: Path) -> Any:
    """Redact ``value``, which is at this path in an object with these fields, in the form of the file."""
    if not path:
        return _object(value, fields, wire=False)
    field = next((each for each in fields if each.name == path[0]), None)
    if field is None:
        return _masked(value)
    if len(path) == 1:
        return _field(value, field, wire=False)
    if field.fields:
        return _at(value, field.fields, path[1:] if field.kind == "object" else path[2:])
    return _masked(value) if field.reference else _plain(value)


def _object(data: Any, fields: Sequence[Field], *, wire: bool) -> Any:
    if not isinstance(data, Mapping):
        return _masked(data)
    shown: dict[str, Any] = {}
    for field in fields:
        if data.get(field.name) is not None or (wire and not field.omit):
            shown[field.name] = _field(data.get(field.name), field, wire=wire)
        elif field.name in data and not wire:
            shown[field.name] = None
    names = {field.name for field in fields}
    # The gateway ignores case in field names, so wrongly cased members may be secrets; all are masked.
    return {**shown, **_masked({name: value for name, value in data.items() if name not in names})}


def _field(value: Any, field: Field, *, wire: bool) -> Any:
    if field.reference:
        return _wire(value, shown=field.shown) if wire else _literal(value, shown=field.shown)
    if field.kind == "object":
        return _object(value, field.fields, wire=wire)
    if field.kind == "objects" and isinstance(value, list):
        return [_object(part, field.fields, wire=wire) for part in value]
    if field.kind in ("boolean", "integer"):
        known = isinstance(value, int) and isinstance(value, bool) == (field.kind == "boolean")
        return False if value is None else value if known else _masked(value)
    if field.kind == "list" and isinstance(value, list):
        return _plain(value)
    return "" if value is None else shown_name(value) if isinstance(value, str) else _masked(value)


def _wire(value: Any, *, shown: bool) -> dict[str, Any]:
    if isinstance(value, str) and is_reference(value):
        return {"value": "", "env_var": redact(value), "from_env": True}
    return {"value": "" if value is None else _literal(value, shown=shown), "env_var": "", "from_env": False}


def _literal(value: Any, *, shown: bool) -> Any:
    """Redact a field that may contain a secret; the gateway uses the text of a number or object as one."""
    if value is None:
        return None
    if isinstance(value, Masked):
        return str(value)
    if not isinstance(value, str):
        return MASK
    return masked_address(value) if shown and not is_reference(value) else redact(value)
