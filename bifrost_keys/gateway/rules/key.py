"""Rules about one key, as functions from data to faults.

``create``, ``update`` and similar commands refuse faults that are ``refused``; ``check`` reports all of them.
The gateway's reactions were observed on running gateways or read in their source, releases 1.5.1 to 2.2.6.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from typing import Any, Final

from bifrost_keys.gateway.fields.schema import type_faults
from bifrost_keys.gateway.fields.table import (
    ALIAS_FIELDS,
    BOOKKEEPING,
    CONFIG_BY_NAME,
    KEY_FIELDS,
    Field,
    as_gateway_reads,
    fold,
)
from bifrost_keys.gateway.providers.table import Provider
from bifrost_keys.gateway.releases import ANY_RELEASE, ReleaseRange
from bifrost_keys.gateway.rules.alias import alias_faults
from bifrost_keys.gateway.rules.config_object import config_faults
from bifrost_keys.gateway.rules.fault import Fault, Path, breach
from bifrost_keys.gateway.rules.identity import id_rules, name_rules, value_rules
from bifrost_keys.gateway.rules.model_list import excluded_model_faults, list_faults, qualified_model_faults
from bifrost_keys.gateway.rules.release import newer_entry_faults, vault_is_certain
from bifrost_keys.gateway.rules.unknown import (
    MAY_BE_NEWER,
    config_members,
    key_members,
    object_members,
    unknown_faults,
)
from bifrost_keys.gateway.rules.weight import weight_faults
from bifrost_keys.gateway.secrets.notes import repeated_secret

_KNOWN: Final = frozenset(KEY_FIELDS)
_ALIAS: Final = tuple(each.field for each in ALIAS_FIELDS)
# The gateway treats null as absent, and so do these rules.
_NULL_ALLOWED: Final = frozenset({"id", "blacklisted_models", "enabled", *BOOKKEEPING})
_OF_NAME: Final = MAY_BE_NEWER | {"config-foreign"}
_NULL_FAULTY: Final = _KNOWN - _NULL_ALLOWED - CONFIG_BY_NAME.keys()


def entry_faults(
    entry: Mapping[str, Any],
    provider: Provider | None,
    *,
    empty_models_allow_all: bool = False,
    releases: ReleaseRange = ANY_RELEASE,
    kept: Container[str] = (),
) -> list[Fault]:
    """Return every fault of this entry at this provider; paths begin at the entry.

    ``provider`` None: the provider is not known, so only the common rules are applied.
    ``empty_models_allow_all``: the file has ``"version": 1``, so that an empty list allows every model.
    ``releases``: the possible releases of the gateway. ``kept``: members that an edit leaves as they are, so
    that it does not matter whether they are known.
    """
    given = {known for name in entry if (known := fold(name)) in _KNOWN}
    read = as_gateway_reads(entry)
    wrong = [_of_secret(fault) for fault in type_faults(read)]
    broken = frozenset(fault.path for fault in wrong if fault.severity == "error")
    sound = {name: value for name, value in read.items() if (name,) not in broken}
    empty_is_all = empty_models_allow_all
    faults = [
        *unknown_faults((name for name in entry if name not in kept), key_members(provider)),
        *_unknown_in_objects(entry),
        *_null_faults(entry, provider),
        *_note_faults(entry),
        *wrong,
        *name_rules(sound, missing="name" not in given),
        *id_rules(sound),
        *(value_rules(sound, provider) if provider is not None and ("value",) not in broken else ()),
        *list_faults(sound, broken, missing="models" not in given, empty_is_all=empty_is_all),
        *qualified_model_faults(sound, provider, broken),
        *excluded_model_faults(sound, provider),
        *weight_faults(sound.get("weight"), missing="weight" not in given),
        *alias_faults(sound.get("aliases", {}), provider, broken),
        *config_faults(sound, provider, broken),
        *newer_entry_faults(sound, releases),
    ]
    return [fault for fault in faults if not _is_needless(fault, read, releases)]


def _of_secret(fault: Fault) -> Fault:
    """Return a fault if a secret has a wrong type, which the gateway loads but misreads."""
    if fault.path[-1] == "auth_credentials" and fault.code == "secret-object":
        pass  # a pasted credential is easily mistaken for a secret in the form of an object
    elif fault.code != "type-wrong" or not _is_of_secret(fault.path):
        return fault
    message = "must be text: the gateway reads an object as empty from 1.6.4 on, and as its JSON text before"
    return breach(
        "secret-not-text", fault.path, message, "use a text that contains the JSON, with its quotes escaped"
    )


def _is_of_secret(path: Path) -> bool:
    if path == ("value",):
        return True
    if path[0] == "aliases":
        return any(field.name == path[-1] and field.reference for field in _ALIAS)
    config = CONFIG_BY_NAME.get(str(path[0]))
    field = config.field(".".join(map(str, path[1:]))) if config is not None else None
    return field is not None and field.reference


def _is_needless(fault: Fault, read: Any, releases: ReleaseRange) -> bool:
    """Return whether this is a warning about a vault reference that the gateway surely reads as one."""
    if fault.code != "reference-vault":
        return False
    for part in fault.path:
        read = read[part]
    return vault_is_certain(releases, read)


def new_faults(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], provider: Provider | None
) -> list[Fault]:
    """Return the faults for which an edit is refused: those that it causes, not those it leaves alone."""
    found = entry_faults(after, provider)
    if before is None:
        return [fault for fault in found if fault.refused]
    return refused_faults(before, after, old=entry_faults(before, provider), new=found)


def with_allowed(faults: Iterable[Fault], codes: Collection[str]) -> list[Fault]:
    """Return the faults; those with these codes are not ``refused``."""
    return [fault._replace(refused=False) if fault.code in codes else fault for fault in faults]


def refused_faults(
    before: Mapping[str, Any], after: Mapping[str, Any], *, old: Sequence[Fault], new: Sequence[Fault]
) -> list[Fault]:
    """Return those of the faults ``new``, after an edit, for which the edit is refused.

    ``old`` are the faults before the edit. A fault in a part that the edit leaves alone is not refused.
    """
    # Compared once for each member, not for each fault: a member may have thousands.
    touched = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    known = {
        (fault.path, fault.code)
        for fault in old
        # An unknown member is a fault because of its name, whatever its value.
        if not fault.path
        or fault.path[0] not in touched
        or fault.code in _OF_NAME
        or _is_kept(before, after, fault.path)
    }
    return [fault for fault in new if fault.refused and (fault.path, fault.code) not in known]


def _is_kept(before: Any, after: Any, path: Path) -> bool:
    """Return whether the edit leaves the value at this path, in objects of a changed member, as it was."""
    for name in path:
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            return False
        before, after = before.get(name), after.get(name)
    return bool(before == after)


def _unknown_in_objects(entry: Mapping[str, Any]) -> list[Fault]:
    """Return members of config objects and aliases that are unknown, or in the wrong case."""
    faults = []
    for name, value in entry.items():
        config = CONFIG_BY_NAME.get(fold(name))
        if config is not None and isinstance(value, Mapping):
            faults += unknown_faults(value, config_members(config), (name,))
            faults += _unknown_inside(value, config.fields, (name,))
        elif fold(name) == "aliases" and isinstance(value, Mapping):
            for source, target in value.items():
                if isinstance(target, Mapping):
                    faults += unknown_faults(target, object_members("an alias", _ALIAS), (name, source))
    return faults


def _unknown_inside(data: Mapping[str, Any], fields: Sequence[Field], path: Path) -> list[Fault]:
    """Return the unknown members of the objects, and lists of objects, in ``data``."""
    named = {field.name: field for field in fields if field.fields}
    faults = []
    for name, value in data.items():
        field = named.get(fold(name))
        if field is None:
            continue
        listed = enumerate(value) if isinstance(value, list) else [(None, value)]
        for index, part in listed:
            place = (*path, name) if index is None else (*path, name, index)
            if isinstance(part, Mapping):
                faults += unknown_faults(part, object_members(field.name, field.fields), place)
                faults += _unknown_inside(part, field.fields, place)
    return faults


def _null_faults(entry: Mapping[str, Any], provider: Provider | None) -> list[Fault]:
    config = provider.config if provider is not None else None
    own = config.name if config is not None else None
    places: list[Path] = []
    for name, value in entry.items():
        folded = fold(name)
        if value is None and (folded in _NULL_FAULTY or folded == own):
            places.append((name,))
        elif folded == own and isinstance(value, Mapping):
            places += [(name, member) for member, part in value.items() if part is None]
    message = "is null: the gateway treats it as absent"
    return [breach("field-null", path, message, "remove the field, or give it a value") for path in places]


def _note_faults(entry: Mapping[str, Any]) -> list[Fault]:
    name = repeated_secret(entry)
    if name is None:
        return []
    hint = "remove it, because the gateway writes it again; treat the secret as leaked"
    return [breach("note-repeats-secret", (name,), "repeats the key's secret", hint, refused=False)]
