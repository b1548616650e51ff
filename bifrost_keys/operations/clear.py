"""Remove a member from a key, unless it is required. The member may be unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bifrost_keys.gateway.fields.table import BOOKKEEPING, CONFIG_BY_NAME, KEY_FIELDS
from bifrost_keys.gateway.key import with_member
from bifrost_keys.gateway.names import in_words
from bifrost_keys.gateway.providers.table import Provider, closest
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.secrets.detection import quoted_argument

NEVER_CLEARED: Final = frozenset({"id", "name", "weight", "models"})


def clear_field(entry: dict[str, Any], given: str, rules: Provider | None) -> Fault | None:
    """Remove the member that ``given`` names, or return the fault that prevents it.

    A field of the provider's config object is named without a prefix, a member of another object as
    ``object.member``. A known field may be absent, and may be spelled with hyphens.
    """
    name = given.replace("-", "_")
    own = rules.config if rules is not None else None
    if own is not None and own.field(name) is not None:
        name = f"{own.name}.{name}"
    path = name.split(".")
    if _is_required(path):
        return Fault("clear-required", tuple(path), "error", "is required: it cannot be cleared")
    written = [given] if given in entry else given.split(".")
    if name != "config_hash" and (_removed(entry, path) or _removed(entry, written)):
        return None
    return None if _is_known(path) else _no_field(name, rules)


def _removed(entry: dict[str, Any], path: Sequence[str]) -> bool:
    """Remove the member; return whether it was there."""
    inner: Any = entry
    for name in path:
        if not isinstance(inner, Mapping) or name not in inner:
            return False
        inner = inner[name]
    first, *rest = path
    if rest:
        entry[first] = with_member(entry[first], rest, None)
    else:
        del entry[first]
    return True


def _is_required(path: Sequence[str]) -> bool:
    config = CONFIG_BY_NAME.get(path[0])
    field = config.field(".".join(path[1:])) if config is not None else None
    return field.required if field is not None else len(path) == 1 and path[0] in NEVER_CLEARED


def _is_known(path: Sequence[str]) -> bool:
    config = CONFIG_BY_NAME.get(path[0])
    if len(path) > 1:
        return config is not None and config.field(".".join(path[1:])) is not None
    return path[0] in KEY_FIELDS and path[0] not in BOOKKEEPING


def _no_field(name: str, rules: Provider | None) -> Fault:
    owners = [config.provider for config in CONFIG_BY_NAME.values() if config.field(name) is not None]
    if owners:
        whose = f"not of {rules.name}" if rules is not None else "not of this provider"
        message = f"names a field of {in_words(owners)}, {whose}"
        return Fault("clear-foreign", ("--clear",), "error", message, "omit it")
    fields = [name for config in CONFIG_BY_NAME.values() for name, _ in config.members()]
    near = closest(name, [*(field for field in KEY_FIELDS if field not in BOOKKEEPING), *fields], most=1)
    hint = f"did you mean {near[0]}?" if near else "keys get NAME shows the fields"
    return Fault(
        "clear-unknown", ("--clear",), "error", f"{quoted_argument(name)} is not a field of a key", hint
    )
