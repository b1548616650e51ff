"""The rows of the gateway's own database, as key entries in the form of the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Literal, NamedTuple

from bifrost_keys.gateway.fields import CONFIG_OBJECTS, RECIPES, ConfigObject
from bifrost_keys.gateway.hashing import key_hash
from bifrost_keys.gateway.secrets.detection import is_reference

DatabaseKind = Literal["disabled", "absent", "postgres", "unreadable", "read"]
_LISTS = (("models", "models_json"), ("blacklisted_models", "blacklisted_models_json"))
_FLAGS = ("enabled", "use_for_batch_api")
_SECRET = ("value", *(config.column(f) for config in CONFIG_OBJECTS for f in config.fields if f.reference))

# Without these nothing can be said about a key; the others may be missing in some releases.
REQUIRED_COLUMNS = frozenset({"name", "key_id", "value", "config_hash"})
COLUMNS = (
    *("provider", "name", "key_id", "value", "models_json", "blacklisted_models_json", "weight"),
    *("enabled", "use_for_batch_api", "aliases_json", "config_hash", "status", "description"),
    *("encryption_status", *(config.column(f) for config in CONFIG_OBJECTS for f in config.fields)),
)


@dataclass(frozen=True)
class KeyRow:
    """One key as the gateway keeps it.

    ``entry`` is the row in the form of the file, without what is in ``unreadable``: the columns that
    are encrypted, whose JSON is broken, or that this release of the gateway does not have. Nothing
    can be said about those.
    """

    provider: str
    name: str
    key_id: str
    entry: dict[str, Any] = field(repr=False)
    config_hash: str = ""
    status: str = ""
    description: str = field(default="", repr=False)
    encrypted: bool = False
    unreadable: frozenset[tuple[str, ...]] = frozenset()


class DatabaseState(NamedTuple):
    """What is known of the gateway's database.

    ``kind``: "disabled" (the file switches it off), "absent" (no such file here; the gateway may keep
    one elsewhere), "postgres" (it cannot be read from here), "unreadable" (``reason`` is a stable code,
    ``why`` a sentence), "read". ``path`` is the database that was read or looked for; ``guessed``: the
    gateway resolves its path elsewhere, so it may be another one.
    """

    kind: DatabaseKind
    path: str | None = None
    guessed: bool = False
    reason: str = ""
    why: str = ""
    rows: tuple[KeyRow, ...] = ()
    providers: frozenset[str] = frozenset()

    @property
    def may_be_kept(self) -> bool:
        """Whether the gateway may keep a database for this file: always, unless it is switched off."""
        return self.kind != "disabled"


def row_from_columns(columns: Mapping[str, Any]) -> KeyRow:
    """The row as a key; columns of a release that this program does not know are ignored."""
    encrypted = columns.get("encryption_status") not in (None, "", "plain_text")
    unreadable: set[tuple[str, ...]] = set()
    readable = dict(columns)
    if encrypted:
        unreadable.add(("value",))
        for name in _SECRET:
            readable.pop(name, None)
    entry: dict[str, Any] = {"id": _text(readable, "key_id"), "name": _text(readable, "name")}
    if not encrypted:
        entry["value"] = _text(readable, "value")
    for name, column in (*_LISTS, ("aliases", "aliases_json")):
        if column not in columns:
            unreadable.add((name,))
        parsed = _parsed(readable.get(column), (name,), unreadable)
        if parsed is not None:
            entry[name] = parsed
    if isinstance(readable.get("weight"), (int, float)):
        entry["weight"] = readable["weight"]
    unreadable.update((name,) for name in ("weight", *_FLAGS) if name not in columns)
    for name in _FLAGS:
        if readable.get(name) is not None:
            entry[name] = bool(readable[name])
    for config in CONFIG_OBJECTS:
        members = _config(readable, config, unreadable)
        if members:
            entry[config.name] = members
        unreadable.update(
            (config.name, f.name)
            for f in config.fields
            if (encrypted and f.reference) or config.column(f) not in columns
        )
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


def prove_recipe(rows: Iterable[KeyRow], entries: Iterable[Mapping[str, Any]] = ()) -> str | None:
    """The recipe that ``rows`` prove: a row's hash is one recipe's and not the other's.

    A row keeps the hash of the file's entry as it was taken, so that ``entries`` of the file prove more
    than the rows themselves, which may have been edited in the web page since. They are asked first: a
    row that is not in the file keeps the recipe of a release that was replaced long ago.
    """
    rows = tuple(rows)
    hashes = {row.config_hash for row in rows if row.config_hash}
    for entry in chain(entries, _as_taken(rows)) if hashes else ():
        proved = [recipe for recipe in RECIPES if _could_tell(entry) and key_hash(entry, recipe) in hashes]
        if len(proved) == 1:
            return proved[0]
    return None


def _as_taken(rows: Iterable[KeyRow]) -> Iterator[Mapping[str, Any]]:
    """The entries that the rows may have been taken from: an absent ``enabled`` is stored as true."""
    for row in rows:
        yield row.entry
        if row.entry.get("enabled") is True:
            yield {name: value for name, value in row.entry.items() if name != "enabled"}


def _could_tell(entry: Mapping[str, Any]) -> bool:
    """The recipes differ in how they write references and the fields that take them."""
    value = entry.get("value")
    return (isinstance(value, str) and is_reference(value)) or any(
        config.name in entry for config in CONFIG_OBJECTS
    )


def _config(
    columns: Mapping[str, Any], config: ConfigObject, unreadable: set[tuple[str, ...]]
) -> dict[str, Any]:
    """The members of a config object; none where every column is NULL, which means no object."""
    members: dict[str, Any] = {}
    for f in config.fields:
        column = config.column(f)
        value = columns.get(column)
        if value is None:
            continue
        if f.kind in ("list", "buckets"):
            value = _parsed(value, (config.name, f.name), unreadable)
        elif f.kind == "boolean":
            value = bool(value)
        if value is not None:
            members[f.name] = value if isinstance(value, (bool, list, dict)) else _text(columns, column)
    return members


def _parsed(column: Any, path: tuple[str, ...], unreadable: set[tuple[str, ...]]) -> Any:
    """The JSON in a column; NULL, empty and the text ``null`` are None."""
    if column is None or column == "":
        return None
    try:
        return json.loads(column)
    except (TypeError, ValueError, RecursionError):
        unreadable.add(path)
        return None


def _text(columns: Mapping[str, Any], name: str) -> str:
    value = columns.get(name)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
