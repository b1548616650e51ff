"""An entry of the file beside the gateway's own row of that key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.core.fields import CONFIG_OBJECTS, RECIPES, as_gateway_reads
from bifrost_keys.core.hashing import key_hash
from bifrost_keys.core.rows import KeyRow


def differing_fields(entry: Mapping[str, Any], row: KeyRow) -> tuple[str, ...]:
    """The fields in which entry and row differ, as the gateway reads them; ids and hashes apart.

    What the row cannot tell (encrypted, or broken in the database) does not differ.
    """
    ours, theirs = _plain(entry), _plain(row.entry)
    paths = [path for path in dict.fromkeys([*ours, *theirs]) if path not in row.unreadable]
    return tuple(".".join(path) for path in paths if ours.get(path) != theirs.get(path))


def changed_in_web(entry: Mapping[str, Any], row: KeyRow) -> tuple[str, ...]:
    """The fields that people changed in the gateway's web page since it last took this entry.

    The row keeps the hash of the entry that it was taken from: while that is still the entry's own hash,
    by either recipe, whatever differs was changed over there. Empty when the file changed since, too.
    """
    if row.config_hash and row.config_hash in {key_hash(entry, recipe) for recipe in RECIPES}:
        return differing_fields(entry, row)
    return ()


def _plain(entry: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """Every field by its path, absent and default alike left out."""
    read = as_gateway_reads(entry)
    fields: dict[tuple[str, ...], Any] = {
        ("name",): read.get("name") or None,
        ("value",): read.get("value") or None,
        ("models",): read.get("models") or None,
        ("blacklisted_models",): read.get("blacklisted_models") or None,
        ("weight",): read.get("weight") or None,
        ("aliases",): _aliases(read.get("aliases")) or None,
        ("enabled",): None if read.get("enabled") is not False else False,
        ("use_for_batch_api",): read.get("use_for_batch_api") or None,
    }
    for config in CONFIG_OBJECTS:
        members = read.get(config.name)
        if isinstance(members, Mapping):
            fields |= {(config.name, name): value or None for name, value in members.items()}
    return {path: value for path, value in fields.items() if value is not None}


def _aliases(aliases: Any) -> Any:
    if not isinstance(aliases, Mapping):
        return aliases
    return {
        source: target["model_id"] if isinstance(target, Mapping) and set(target) == {"model_id"} else target
        for source, target in aliases.items()
    }
