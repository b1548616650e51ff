"""Compare the fields of a file's entry with those of the gateway's row, as the gateway reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bifrost_keys.gateway.fields.table import CONFIG_OBJECTS, FLAGS, alias_target, as_gateway_reads
from bifrost_keys.gateway.hashing.go_json import compact, number
from bifrost_keys.gateway.nesting import LEVELS
from bifrost_keys.gateway.secrets.detection import is_reference

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow


def differing_fields(entry: Mapping[str, Any], row: KeyRow) -> tuple[str, ...]:
    """Return the fields that differ, as the gateway reads them, except ids and hashes.

    Fields that cannot be read in the row (encrypted or broken) do not count as different.
    """
    ours, theirs = plain_fields(entry), plain_fields(row.entry)
    if ours == theirs:
        return ()
    paths = [path for path in dict.fromkeys([*ours, *theirs]) if path not in row.unreadable]
    return tuple(".".join(path) for path in paths if ours.get(path) != theirs.get(path))


def has_literal(entry: Mapping[str, Any], paths: Iterable[tuple[str, ...]]) -> bool:
    """Return whether the entry has a text that is not a reference at one of these places."""
    plain = plain_fields(entry)
    texts = (plain.get(path) for path in paths)
    return any(isinstance(text, str) and not is_reference(text) for text in texts)


def plain_fields(entry: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """Return every known field by its path, except id and hash; absent and default values are omitted."""
    read = as_gateway_reads(entry)
    fields: dict[tuple[str, ...], Any] = {
        ("name",): read.get("name") or None,
        ("value",): _text(read.get("value")) or None,
        ("models",): _unordered(read.get("models")) or None,
        ("blacklisted_models",): _unordered(read.get("blacklisted_models")) or None,
        ("weight",): _float(read.get("weight") or None),
        ("aliases",): _aliases(read.get("aliases")) or None,
        ("enabled",): None if read.get("enabled") is not False else False,
        ("use_for_batch_api",): read.get("use_for_batch_api") or None,
    }
    fields |= {(flag.name,): value for flag in FLAGS if (value := read.get(flag.name))}
    for config in CONFIG_OBJECTS:
        members = read.get(config.name)
        if members is not None and isinstance(members, Mapping):
            fields |= {(config.name, name): _said(_text(value)) for name, value in members.items()}
    return {path: value for path, value in fields.items() if value is not None}


def _text(value: Any) -> Any:
    """Return a number in a text field as its own text."""
    return compact(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _unordered(models: Any) -> Any:
    """Return the list sorted, because neither the gateway's hash nor anything else depends on the order."""
    texts = isinstance(models, list) and all(isinstance(model, str) for model in models)
    return sorted(models) if texts else models


def _float(weight: Any) -> Any:
    """Return the weight as the gateway's float64 is spelled."""
    return number(weight) if isinstance(weight, (int, float)) else weight


def _aliases(aliases: Any) -> Any:
    if not isinstance(aliases, Mapping):
        return aliases
    return {source: alias_target(target) for source, target in aliases.items()}


def _said(value: Any, levels: int = LEVELS) -> Any:
    """Return the value without its empty or false parts, which the gateway does not store."""
    if isinstance(value, Mapping) and levels:
        value = {name: said for name, part in value.items() if (said := _said(part, levels - 1)) is not None}
    elif isinstance(value, list) and levels:
        value = [_said(part, levels - 1) for part in value]
    return value or None
