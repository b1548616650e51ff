"""Print keys for people: one key with its fields, or a table of keys. Secrets are masked already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.tables import Cell, Column, Record, Row, Table
from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME
from bifrost_keys.gateway.secrets.masking import shown_name

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.keys import Key as KeyJson
    from bifrost_keys.operations.results import KeyView

NOTHING: Final = "-"
HASH: Final = "config_hash"
_FIRST_FIELDS: Final = ("name", "id", "value", "models", "weight", "enabled")
# The first fields in a record. The other members of an entry follow.
_ORDERED: Final = frozenset(
    {*_FIRST_FIELDS, "blacklisted_models", "aliases", "use_for_batch_api", HASH, *CONFIG_BY_NAME}
)
_LIST_COLUMNS: Final = (
    Column("provider", comfort=12),
    Column("name", comfort=16),
    Column("value", rank=1, comfort=24),
    Column("models", rank=2, comfort=16),
    Column("weight", rank=4, right=True),
    Column("enabled", rank=3),
    Column("id", rank=5, comfort=36),
)


def label(provider: str, name: Any) -> str:
    """Return ``provider/name`` of a key, safe to print."""
    return shown(f"{shown_name(provider)}/{'' if name is None else shown_name(str(name))}")


def key_json(key: Mapping[str, Any]) -> KeyJson:
    """Return a redacted key for programs."""
    return cast("KeyJson", key)  # redaction keeps unknown members of the file, which no type declares


def key_record(
    provider: str, key: Mapping[str, Any], more: Sequence[tuple[str, Cell]] = (), *, indent: int = 0
) -> Record:
    """Return one key as a record of all its fields, with ``more`` lines."""
    return Record((("provider", Cell(shown_name(provider))), *_fields(key), *more), indent)


def _fields(key: Mapping[str, Any]) -> list[tuple[str, Cell]]:
    """Yield the fields of a redacted key, the most important ones first."""
    rows = [(name, value_cell(key[name])) for name in _FIRST_FIELDS if name in key]
    if key.get("blacklisted_models"):
        rows.append(("blacklisted_models", value_cell(key["blacklisted_models"])))
    if key.get("aliases"):
        rows.append(("aliases", Cell(_aliases(key["aliases"]))))
    if key.get("use_for_batch_api"):
        rows.append(("use_for_batch_api", Cell("true")))
    for name in CONFIG_BY_NAME:
        if isinstance(key.get(name), Mapping):
            rows += _members(key[name], "")
        elif name in key:
            rows.append((name, value_cell(key[name])))
    known = "config_hash" in key
    rows.append(("hash", value_cell(key["config_hash"]) if known else Cell("computed by the gateway", "dim")))
    rows += [(name, value_cell(value)) for name, value in key.items() if name not in _ORDERED]
    return rows


def _members(data: Mapping[str, Any], prefix: str) -> list[tuple[str, Cell]]:
    """Yield the members of a config object; those of nested objects have dotted names."""
    rows: list[tuple[str, Cell]] = []
    for name, value in data.items():
        if isinstance(value, Mapping) and not _is_secret_form(value) and "buckets" not in value:
            rows += _members(value, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", value_cell(value)))
    return rows


def _is_secret_form(value: Mapping[str, Any]) -> bool:
    return value.keys() >= {"value", "env_var", "from_env"}


def _aliases(aliases: Any) -> str:
    if not isinstance(aliases, Mapping):
        return value_text(aliases)
    return ", ".join(f"{source}={_alias(target)}" for source, target in aliases.items())


def _alias(target: Any) -> str:
    """Return the target of an alias; other fields of an object follow in parentheses."""
    if not isinstance(target, Mapping):
        return value_text(target)
    model = value_text(target.get("model_id"))
    others = ", ".join(f"{name} {value_text(part)}" for name, part in target.items() if name != "model_id")
    return f"{model} ({others})" if others else model


def list_table(views: Iterable[KeyView]) -> Table:
    """Return a table of keys, in which a disabled key is dim."""
    return Table(_LIST_COLUMNS, map(_list_row, views), title=(0, 1))


def _list_row(view: KeyView) -> Row:
    cells = [Cell(shown_name(view.provider)), Cell(view.name)]
    cells += [value_cell(view.key[column.name]) for column in _LIST_COLUMNS[2:]]
    return Row(cells, "dim" if view.key["enabled"] is False else "")


def value_cell(value: Any) -> Cell:
    """Return a value of a redacted key as a cell."""
    items = tuple(map(value_text, value)) if isinstance(value, list) else ()
    text = value_text(value)
    return Cell(text, "dim" if text == NOTHING else "", items if len(items) > 1 else ())


def value_text(value: Any) -> str:
    """Return a value of a redacted key on one line."""
    if isinstance(value, Mapping):
        if _is_secret_form(value):
            return value_text(value["env_var"] or value["value"])
        if set(value) == {"buckets"} and isinstance(value["buckets"], list):
            return ", ".join(_bucket(bucket) for bucket in value["buckets"])
        return ", ".join(f"{name}={value_text(part)}" for name, part in value.items()) or NOTHING
    if isinstance(value, list):
        return ", ".join(value_text(part) for part in value) or NOTHING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return (re.sub(r"\*{9,}", "****", str(value)) if value is not None else "") or NOTHING


def _bucket(bucket: Any) -> str:
    if not isinstance(bucket, Mapping):
        return value_text(bucket)
    prefix = f"={bucket['prefix']}" if bucket.get("prefix") else ""
    return f"{bucket.get('bucket_name', '')}{prefix}"


def number_of(count: int, what: str) -> str:
    """Return a text such as ``1 key`` or ``3 keys``."""
    return f"{count} {what}{'' if count == 1 else 's'}"
