"""The rules about a key's config object: whose it is, what it requires, what belongs together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.gateway.fields import CONFIG_BY_NAME, ConfigObject, Field
from bifrost_keys.gateway.names import has_unseen_characters
from bifrost_keys.gateway.providers import Provider
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.gateway.rules.secret import secret_faults, text_slips
from bifrost_keys.gateway.secrets.detection import is_reference


def config_faults(entry: Mapping[str, Any], provider: Provider, broken: set[str | int]) -> list[Fault]:
    """What is wrong with the config objects of a key; ``broken`` are members whose type is wrong already."""
    faults = []
    own = provider.config
    for name in CONFIG_BY_NAME:
        if name in entry and (own is None or name != own.name):
            message = f"belongs to {CONFIG_BY_NAME[name].provider}: {provider.name} does not read it"
            faults.append(Fault("config-foreign", (name,), "error", message, "leave it out"))
    if own is None or own.name in broken:
        return faults
    if own.name not in entry:
        if own.required:
            message = f"is missing: the gateway skips a key of {provider.name} without it"
            needed = ", ".join(f"{field.name} ({field.option})" for field in own.fields if field.required)
            faults.append(
                Fault(
                    "config-missing",
                    (own.name,),
                    "error",
                    message,
                    f"it needs {needed}: keys providers {provider.name}",
                )
            )
        return faults
    return faults + _object_rules(entry[own.name], own)


def _object_rules(data: Mapping[str, Any], config: ConfigObject) -> list[Fault]:
    faults = []
    for field in config.fields:
        path = (config.name, field.name)
        if field.required and data.get(field.name, "") == "":
            faults.append(Fault("config-field-missing", path, "error", "is missing", field.help))
        else:
            faults += _field_rules(data.get(field.name), field, path)
    for group in config.all_or_none:
        given = [name for name in group if data.get(name)]
        if given and len(given) < len(group):
            lacking = next(name for name in group if not data.get(name))
            message = f"is missing: {', '.join(group)} are given all or not at all"
            faults.append(Fault("config-incomplete", (config.name, lacking), "error", message))
    return faults


def _field_rules(value: Any, field: Field, path: Path) -> list[Fault]:
    if field.kind == "buckets" and value:
        names = [bucket["bucket_name"] for bucket in value.get("buckets", [])]
        blank = [index for index, name in enumerate(names) if not name.strip()]
        return [
            Fault("bucket-name", (*path, "buckets", index, "bucket_name"), "error", "is blank")
            for index in blank
        ]
    if not isinstance(value, str) or not value:
        return []
    if field.secret:
        return secret_faults(value, path)
    if field.reference and is_reference(value):
        return secret_faults(value, path)
    slips = text_slips(value, path) if field.reference else []
    if slips:
        return slips
    if not value.strip() or value != value.strip() or has_unseen_characters(value):
        message = "is blank, has white space at an edge or holds a control character"
        return [Fault("config-text", path, "error", message, "correct it")]
    return []
