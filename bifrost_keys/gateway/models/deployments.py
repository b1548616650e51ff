"""Convert ``deployments`` of releases before 1.5.1, which mapped models, to aliases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME
from bifrost_keys.gateway.rules.alias import alias_faults

NAME: Final = "deployments"


def as_aliases(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the entry with its deployments converted to aliases.

    The deployments of an object stay where they are if any of them conflicts with an existing alias.
    """
    aliases = entry.get("aliases", {})
    if not isinstance(aliases, Mapping):
        return entry
    new, moved = dict(entry), dict(aliases)
    if _moved(entry, moved):
        del new[NAME]
    for name in entry.keys() & CONFIG_BY_NAME.keys():
        if _moved(entry[name], moved):
            new[name] = {member: value for member, value in entry[name].items() if member != NAME}
    return {**new, "aliases": moved} if moved != aliases else new


def _moved(holder: Any, aliases: dict[str, Any]) -> bool:
    """Add the deployments in an object to the aliases; return whether there were any and all were added."""
    mapping = holder.get(NAME) if isinstance(holder, Mapping) else None
    if not isinstance(mapping, Mapping):
        return False
    differing = any(aliases.get(name, target) != target for name, target in mapping.items())
    if differing or alias_faults({**aliases, **mapping}):
        return False
    aliases.update(mapping)
    return True
