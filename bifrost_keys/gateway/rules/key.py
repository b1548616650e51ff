"""The rules about one key, as functions from data to faults.

``create`` and its kin refuse on the faults that are ``refused``; ``check`` reports every one. What the
gateway does with a breach was seen on running gateways of releases 1.5.1 and 1.5.16.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bifrost_keys.gateway.fields import CONFIG_BY_NAME, KEY_FIELDS, OWN_FIELDS, fold, without_nulls
from bifrost_keys.gateway.names import has_unseen_characters
from bifrost_keys.gateway.providers import Provider, closest
from bifrost_keys.gateway.rules.config_object import config_faults
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.rules.identity import own_faults
from bifrost_keys.gateway.schema import type_faults
from bifrost_keys.gateway.secrets.detection import holds_secret
from bifrost_keys.gateway.secrets.gateway_messages import repeated_secret

_KNOWN: Final = frozenset(KEY_FIELDS)
# Where the gateway's own schema allows null, or does not look.
_NULL_ALLOWED: Final = frozenset({"blacklisted_models", "enabled", "config_hash", "status", "description"})
# What the gateway's schema requires of every key, in this spelling.
_REQUIRED: Final = frozenset({"name", "weight"})
_LEAST_WEIGHT: Final = 0.01


def entry_faults(
    entry: Mapping[str, Any], provider: Provider | None, *, empty_models_allow_all: bool = False
) -> list[Fault]:
    """Every rule of the gateway that this entry breaks at this provider; paths begin at the entry.

    ``provider`` None: no rules of a provider are known, so only the common ones are applied.
    ``empty_models_allow_all``: the file says ``"version": 1``, where an empty list allows every model.
    """
    unknown = _unknown_faults(entry, provider) + _note_faults(entry)
    entry = _respelled(entry)
    shared = {name: value for name, value in entry.items() if name not in OWN_FIELDS}
    faults = _shared_faults(shared, provider, empty_is_all=empty_models_allow_all)
    return unknown + own_faults(entry, provider) + faults


def new_faults(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], provider: Provider | None
) -> list[Fault]:
    """The faults for which an edit is turned away: those that it makes, not those that it leaves alone."""
    found = entry_faults(after, provider)
    if before is None:
        return [fault for fault in found if fault.refused]
    return refused_faults(before, after, old=entry_faults(before, provider), new=found)


def refused_faults(
    before: Mapping[str, Any], after: Mapping[str, Any], *, old: Sequence[Fault], new: Sequence[Fault]
) -> list[Fault]:
    """Of the faults ``new`` of an entry after an edit those for which it is turned away.

    ``old`` are the faults that it had before: what the edit leaves alone is nobody's fault now.
    """

    def place(fault: Fault) -> tuple[Path, str]:
        # A field in other case breaks another rule once the edit gives the key the right one too.
        return fault.path, fault.code.removesuffix("-required")

    def untouched(fault: Fault) -> bool:
        return not fault.path or before.get(str(fault.path[0])) == after.get(str(fault.path[0]))

    known = {place(fault) for fault in old}
    return [fault for fault in new if fault.refused and not (place(fault) in known and untouched(fault))]


def _shared_faults(entry: Mapping[str, Any], provider: Provider | None, *, empty_is_all: bool) -> list[Fault]:
    faults = _null_faults(entry, provider)
    present = without_nulls(entry)
    wrong = type_faults(present)
    faults += wrong
    broken = {fault.path[0] for fault in wrong}
    sound = {name: value for name, value in present.items() if name not in broken}
    faults += _list_rules(sound, absent="models" not in entry, empty_is_all=empty_is_all)
    faults += _weight_rules(sound, missing="weight" not in entry)
    if "aliases" in sound:
        faults += alias_faults(sound["aliases"])
    if provider is not None:
        faults += config_faults(sound, provider, broken)
    return faults


def _respelled(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The entry with its known fields in their own spelling: the gateway matches names ignoring case."""
    if _KNOWN.issuperset(entry):
        return entry
    return {fold(name) if fold(name) in _KNOWN else name: value for name, value in entry.items()}


def _null_faults(entry: Mapping[str, Any], provider: Provider | None) -> list[Fault]:
    own = provider.config.name if provider is not None and provider.config is not None else None
    places: list[Path] = [
        (name,)
        for name, value in entry.items()
        if value is None
        and name in _KNOWN
        and name not in _NULL_ALLOWED
        and (name not in CONFIG_BY_NAME or name == own)
    ]
    config = entry.get(own) if own is not None else None
    if isinstance(config, Mapping):
        places += [(str(own), name) for name, value in config.items() if value is None]
    message = "is null: the gateway's schema refuses that"
    return [Fault("null-value", path, "error", message, "leave the field out") for path in places]


def _unknown_faults(entry: Mapping[str, Any], provider: Provider | None) -> list[Fault]:
    if _KNOWN.issuperset(entry):
        return []
    config = provider.config if provider is not None else None
    required = _REQUIRED | {config.name} if config is not None and config.required else _REQUIRED
    faults = []
    for name in entry:
        if name in _KNOWN:
            continue
        shown = "********" if holds_secret(name) else name
        if fold(name) in _KNOWN:
            faults.append(_field_case(shown, fold(name), missed=required - entry.keys()))
            continue
        near = closest(name, KEY_FIELDS, most=1)
        hint = f"did you mean {near[0]}?" if near else "leave it out"
        message = "is no field of a key: the gateway ignores it"
        faults.append(Fault("unknown-field", (shown,), "warning", message, hint))
    return faults


def _note_faults(entry: Mapping[str, Any]) -> list[Fault]:
    name = repeated_secret(entry)
    if name is None:
        return []
    hint = "remove it: the gateway writes its notes anew; treat the secret as leaked"
    message = "repeats the key's secret"
    return [Fault("note-repeats-secret", (name,), "warning", message, hint, refused=False)]


def _field_case(shown: str, known: str, *, missed: frozenset[str]) -> Fault:
    hint = f"did you mean {known}?"
    if known in missed:
        message = f"is {known} in other case: the gateway's schema misses that field"
        return Fault("field-case-required", (shown,), "error", message, hint)
    message = f"is {known} in other case: the gateway reads it as that field"
    return Fault("field-case", (shown,), "warning", message, hint)


def _list_rules(entry: Mapping[str, Any], *, absent: bool, empty_is_all: bool) -> list[Fault]:
    faults = []
    if absent and not empty_is_all:
        message = "is missing: the key serves no model"
        faults.append(Fault("models-missing", ("models",), "warning", message, 'write ["*"] for every model'))
    models = entry.get("models")
    if models == [] and not empty_is_all:
        message = "is empty: the key serves no model"
        hint = 'write ["*"] for every model'
        faults.append(Fault("models-empty", ("models",), "warning", message, hint, refused=False))
    if models:
        faults += _members("model", "models", models)
    blocked = entry.get("blacklisted_models")
    if blocked:
        faults += _members("blacklist", "blacklisted_models", blocked)
        if blocked == ["*"]:
            message = "blocks every model: the key serves nothing"
            path = ("blacklisted_models",)
            faults.append(Fault("blacklist-all", path, "warning", message, "keys enable", refused=False))
    return faults


def _members(kind: str, field: str, members: list[str]) -> list[Fault]:
    faults = []
    if len(members) > 1 and "*" in members:
        message = "* stands beside other models: the gateway does not start"
        hint = "* alone, or the models without it"
        faults.append(Fault(f"{kind}-wildcard-mixed", (field,), "error", message, hint))
    seen: set[str] = set()
    for index, member in enumerate(members):
        if member.lower() in seen:
            message = "is a duplicate, ignoring case: the gateway does not start"
            faults.append(Fault(f"{kind}-duplicate", (field, index), "error", message, "leave one out"))
        seen.add(member.lower())
        if not member.strip() or has_unseen_characters(member):
            message = "is blank or holds a control character: it matches no model"
            faults.append(Fault(f"{kind}-blank", (field, index), "warning", message, "leave it out"))
    return faults


def _weight_rules(entry: Mapping[str, Any], *, missing: bool) -> list[Fault]:
    path = ("weight",)
    if missing:
        message = "is missing: the gateway loads it as 0 and its schema refuses that"
        return [Fault("weight-missing", path, "error", message, "write 1")]
    weight = entry.get("weight")
    if weight is None:
        return []
    if weight < 0:
        return [Fault("weight-negative", path, "error", "is negative", "give 0 or more")]
    if weight < _LEAST_WEIGHT:
        message = "counts as 0: the key is drawn only when every weight is 0"
        hint = "give 0.01 or more"
        return [Fault("weight-zero", path, "warning", message, hint, refused=False)]
    return []


def alias_faults(aliases: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the aliases of a key, each side by itself and names that stand twice."""
    faults = []
    seen: set[str] = set()
    for source, target in aliases.items():
        path = ("aliases", source)
        skipped = "the gateway skips the whole provider"
        if not source.strip() or source != source.strip():
            message = f"an alias has an empty name or white space at its edge: {skipped}"
            faults.append(Fault("alias-source", path, "error", message, "correct the name"))
        elif source.lower() in seen:
            message = f"the alias stands twice, ignoring case: {skipped}"
            faults.append(Fault("alias-duplicate", path, "error", message, "leave one out"))
        seen.add(source.lower())
        faults += _alias_target(target, path, skipped)
    return faults


def _alias_target(target: Any, path: Path, skipped: str) -> list[Fault]:
    faults = []
    if isinstance(target, dict):
        message = "is an object: releases before 1.5.12 do not start with it"
        faults.append(Fault("alias-object", path, "warning", message, "a string works everywhere"))
        target = target.get("model_id")
    if not isinstance(target, str):
        faults.append(Fault("wrong-type", path, "error", "must be text"))
    elif not target.strip() or target != target.strip():
        message = f"the alias leads to nothing or has white space at an edge: {skipped}"
        faults.append(Fault("alias-target", path, "error", message, "correct the model's name"))
    return faults
