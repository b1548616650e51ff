"""Rules about a key's config object: its provider, its required fields, fields that belong together."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME, ConfigObject, Field
from bifrost_keys.gateway.names import has_unseen_characters
from bifrost_keys.gateway.providers.table import Provider
from bifrost_keys.gateway.rules.address import address_faults
from bifrost_keys.gateway.rules.fault import Fault, Path, breach
from bifrost_keys.gateway.rules.secret import secret_faults, text_mistakes
from bifrost_keys.gateway.secret_form import is_secret_form, secret_text
from bifrost_keys.gateway.secrets.detection import is_reference


def config_faults(
    entry: Mapping[str, Any], provider: Provider | None, broken: Collection[Path]
) -> list[Fault]:
    """Return the faults of a key's config objects.

    ``provider`` None: it is unknown which object the key should have. ``broken`` are the paths of values
    whose type is wrong, which are reported elsewhere.
    """
    faults = []
    own = provider.config if provider is not None else None
    for config in CONFIG_BY_NAME.values():
        if config.name in entry and provider is not None and config is not own:
            message = f"belongs to {config.provider}: {provider.name} does not read it"
            faults.append(breach("config-foreign", (config.name,), message, "remove it"))
    if own is None or (own.name,) in broken:
        return faults
    if own.name in entry:
        return faults + _object_faults(entry[own.name], own, broken)
    if own.required:
        needed = " and ".join(field.option for field in own.fields if field.required)
        message = f"is missing: the gateway skips a key of {own.provider} without it"
        hint = f"give {needed}; keys providers {own.provider} lists its options"
        faults.append(breach("config-missing", (own.name,), message, hint))
    return faults


def _object_faults(data: Mapping[str, Any], config: ConfigObject, broken: Collection[Path]) -> list[Fault]:
    faults = _member_faults(data, config.fields, (config.name,), broken)
    for group in config.all_or_none:
        given = [name for name in group if data.get(name)]
        if given and len(given) < len(group):
            lacking = next(name for name in group if not data.get(name))
            message = f"is missing: {', '.join(group)} must be given together"
            faults.append(breach("config-incomplete", (config.name, lacking), message))
    for group in config.exclusive:
        given = [name for name in group if data.get(name)]
        if len(given) > 1:
            message = f"must not be combined with {given[0]}: gateways from 2.2.6 on refuse the two together"
            faults.append(
                breach("config-conflict", (config.name, given[1]), message, "give only one of the two")
            )
    return faults


def _member_faults(
    data: Mapping[str, Any], fields: Sequence[Field], prefix: Path, broken: Collection[Path]
) -> list[Fault]:
    faults = []
    for field in fields:
        path, value = (*prefix, field.name), data.get(field.name)
        if path in broken:
            continue
        if field.reference and isinstance(value, Mapping) and is_secret_form(value):
            value = secret_text(value)
        if field.required and (value is None or value == ""):
            faults.append(breach("config-field-missing", path, "is missing", _how_to_give(field)))
        elif field.kind == "object" and isinstance(value, Mapping):
            faults += _member_faults(value, field.fields, path, broken)
        elif not any(place[: len(path)] == path for place in broken):
            faults += _field_faults(value, field, path)
    return faults


def _how_to_give(field: Field) -> str:
    """Return the option of a field with its help, as the end of a sentence."""
    about = f"{field.help[:1].lower()}{field.help[1:].rstrip('.')}"
    return f"give {field.option}: {about}" if field.option else about


def _field_faults(value: Any, field: Field, path: Path) -> list[Fault]:
    if field.kind == "objects" and isinstance(value, list):
        return [
            breach("bucket-name", (*path, index, each.name), "is blank")
            for index, part in enumerate(value)
            for each in field.fields
            if each.required and not part[each.name].strip()
        ]
    if field.kind == "integer" and value is not None:
        return _form_faults(str(value), field, path)
    if not isinstance(value, str) or not value:
        return []
    if field.secret:
        return secret_faults(value, path)
    if field.reference and is_reference(value):
        return secret_faults(value, path)
    mistakes = text_mistakes(value, path) if field.reference else []
    if mistakes:
        return mistakes
    if not value.strip() or value != value.strip() or has_unseen_characters(value):
        message = "is blank, has leading or trailing white space, or contains a control character"
        return [breach("config-text", path, message, "correct it")]
    return _form_faults(value, field, path) or address_faults(value, path)


def _form_faults(text: str, field: Field, path: Path) -> list[Fault]:
    """Return faults that the gateway's API refuses. Its loader accepts them, but requests fail."""
    if field.form is None or re.fullmatch(field.form.pattern, text, re.ASCII):
        return []
    return [breach("config-form", path, f"is not {field.form.words}, as gateways up to 2.2.6 require")]
