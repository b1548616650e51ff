"""Convert rows of the gateway's database to key entries in the form of the file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from bifrost_keys.gateway.fields.table import CONFIG_OBJECTS, FLAGS, ConfigObject, Field
from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.gateway.secret_form import aliases_with_texts, is_secret_form, secret_text, with_texts

_JSON = (
    *(("models", "models_json"), ("blacklisted_models", "blacklisted_models_json")),
    ("aliases", "aliases_json"),
)
# Each config object with its fields and their columns.
_OBJECTS = tuple((config, [(f, config.column(f)) for f in config.fields]) for config in CONFIG_OBJECTS)
_FLAGS = ("enabled", "use_for_batch_api", *(flag.name for flag in FLAGS))
_PLAIN = ("value", "weight", *_FLAGS)
_ENCRYPTED = (
    *("value", "aliases_json"),
    *(column for _, fields in _OBJECTS for f, column in fields if f.reference or f.fields),
)

# Required to read a key; the other columns are missing in some releases.
REQUIRED_COLUMNS = frozenset({"name", "key_id", "value", "config_hash"})
OBJECT_COLUMNS = tuple(column for _, fields in _OBJECTS for _, column in fields)
COLUMNS = (
    *("provider", "name", "key_id", "value", "models_json", "blacklisted_models_json", "weight"),
    *(*_FLAGS, "aliases_json", "config_hash", "status", "description", "encryption_status"),
    *OBJECT_COLUMNS,
)


@dataclass(frozen=True, eq=False, repr=False)
class KeyRow:
    """One key as the gateway stores it.

    ``entry`` is the row in the form of the file. It lacks the fields in ``unreadable``: columns that are
    encrypted, contain broken JSON, or do not exist in this release of the gateway. Nothing is known about
    those.
    """

    provider: str
    name: str
    key_id: str
    entry: dict[str, Any]
    config_hash: str = ""
    status: str = ""
    description: str = ""
    encrypted: bool = False
    unreadable: frozenset[tuple[str, ...]] = frozenset()

    @property
    def handle(self) -> KnownKey:
        """A value that identifies the row when it is read twice."""
        return KnownKey(self.provider, self.name, self.key_id)


def row_from_columns(columns: Mapping[str, Any]) -> KeyRow:
    """Return the row as a key. Columns of a release that this program does not know are ignored."""
    encrypted = columns.get("encryption_status") not in (None, "", "plain_text")
    readable = dict(columns)
    for name in _ENCRYPTED if encrypted else ():
        readable.pop(name, None)
    unreadable = set(_not_there(tuple(readable)))
    entry: dict[str, Any] = {"id": _text(readable, "key_id"), "name": _text(readable, "name")}
    if not encrypted:
        entry["value"] = _text(readable, "value")
    for name, column in _JSON:
        parsed = _parsed(readable.get(column), (name,), unreadable)
        if parsed is not None:
            entry[name] = aliases_with_texts(parsed, _text_of) if name == "aliases" else parsed
    if isinstance(readable.get("weight"), (int, float)):
        entry["weight"] = readable["weight"]
    for name in ("enabled", "use_for_batch_api"):
        if readable.get(name) is not None:
            entry[name] = bool(readable[name])
    entry |= {flag.name: True for flag in FLAGS if readable.get(flag.name)}
    provider = _text(readable, "provider").lower()
    for config, columns_of in _OBJECTS:
        members = _config(readable, config, columns_of, unreadable)
        if members or (members is not None and provider == config.provider):
            entry[config.name] = members
    return KeyRow(
        provider=_text(columns, "provider"),
        name=_text(columns, "name"),
        key_id=_text(columns, "key_id"),
        entry=entry,
        config_hash=_text(columns, "config_hash"),
        status=_text(columns, "status"),
        description=_text(columns, "description"),
        encrypted=encrypted,
        unreadable=frozenset(unreadable),
    )


def without_vault_references(row: KeyRow) -> KeyRow:
    """Return the row without values that may be secrets of the file, moved by the gateway to its vault."""
    moved = [path for path, text in _texts(row.entry) if text.startswith("vault.")]
    if not moved:
        return row
    entry = {
        name: {part: inner for part, inner in value.items() if (name, part) not in moved}
        if isinstance(value, dict)
        else value
        for name, value in row.entry.items()
        if (name,) not in moved
    }
    return replace(row, entry=entry, unreadable=row.unreadable.union(moved))


def _texts(entry: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in entry.items():
        for path, text in (
            [((name,), value)]
            if not isinstance(value, dict)
            else (((name, part), inner) for part, inner in value.items())
        ):
            if isinstance(text, str):
                yield path, text


@lru_cache
def _not_there(columns: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    """Return the fields that a row with these columns does not have."""
    places: dict[tuple[str, ...], str] = {(name,): name for name in _PLAIN}
    places |= {(name,): column for name, column in _JSON}
    places |= {(config.name, f.name): column for config, fields in _OBJECTS for f, column in fields}
    return frozenset(path for path, column in places.items() if column not in columns)


def _config(
    columns: Mapping[str, Any],
    config: ConfigObject,
    columns_of: Sequence[tuple[Field, str]],
    unreadable: set[tuple[str, ...]],
) -> dict[str, Any] | None:
    """Return the members of a config object; None if every column is NULL, which means no object.

    An optional switch that is off is omitted, because later releases store it for every key.
    """
    there = [(f, columns[column]) for f, column in columns_of if columns.get(column) is not None]
    if not there:
        return None
    members = {f.name: _member(value, config, f, unreadable) for f, value in there}
    return {name: value for name, value in members.items() if value is not None}


def _member(value: Any, config: ConfigObject, field: Field, unreadable: set[tuple[str, ...]]) -> Any:
    if field.kind == "boolean":
        return bool(value) or (None if field.omit else False)
    if field.kind in ("list", "object"):
        parsed = _parsed(value, (config.name, field.name), unreadable)
        return with_texts(parsed, field.fields, _text_of)
    return column_text(value)


def _text_of(value: Mapping[str, Any], _: Path) -> str | None:
    """Return the reference, or else the text; the stored value of a variable is ignored."""
    return secret_text(value) if is_secret_form(value) else None


def _parsed(column: Any, path: tuple[str, ...], unreadable: set[tuple[str, ...]]) -> Any:
    """Return the JSON in a column; None for NULL, an empty text and ``null``."""
    if column is None or column == "":
        return None
    try:
        return json.loads(column)
    except (TypeError, ValueError, RecursionError):
        unreadable.add(path)
        return None


def _text(columns: Mapping[str, Any], name: str) -> str:
    return column_text(columns.get(name))


def column_text(value: Any) -> str:
    """Return what a column contains as text; empty for NULL."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
