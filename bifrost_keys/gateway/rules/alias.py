"""Rules about a key's aliases. Because of one fault, the gateway drops the whole provider."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import ALIAS_FIELDS
from bifrost_keys.gateway.models.names import lowered
from bifrost_keys.gateway.providers.table import Provider
from bifrost_keys.gateway.rules.fault import Fault, Path, breach
from bifrost_keys.gateway.rules.secret import secret_faults
from bifrost_keys.gateway.secrets.detection import is_reference

MODEL_FAMILIES: Final = (
    *("anthropic", "openai", "mistral", "cohere", "gemini", "gemma", "llama", "imagen", "veo", "nova"),
    "titan",
)
_DROPPED: Final = "the gateway drops the whole provider"
_NOTHING: Final[frozenset[Path]] = frozenset()


def alias_faults(
    aliases: Mapping[str, Any], provider: Provider | None = None, broken: Collection[Path] = _NOTHING
) -> list[Fault]:
    """Return the faults of a key's aliases: faults of a single name or target, and duplicates.

    ``provider`` None: the fields allowed in aliases are not known. ``broken`` are the paths of values whose
    type is wrong, which are reported elsewhere.
    """
    faults = []
    seen: set[str] = set()
    for source, target in aliases.items():
        path = ("aliases", source)
        if not source.strip() or source != source.strip():
            message = f"has a name that is empty or has leading or trailing white space: {_DROPPED}"
            faults.append(breach("alias-source", path, message, "correct the name"))
        elif lowered(source) in seen:
            message = f"is listed twice, ignoring case: {_DROPPED}"
            faults.append(breach("alias-duplicate", path, message, "remove one of them"))
        seen.add(lowered(source))
        if isinstance(target, Mapping):
            faults += _object(target, path, provider, broken)
        else:
            faults += _target(target, path)
    return faults


def _target(target: Any, path: Path) -> list[Fault]:
    if not isinstance(target, str):
        return [
            breach("type-wrong", path, "must be text, or an object with model_id: the gateway does not start")
        ]
    if not target.strip() or target != target.strip():
        message = f"has a target that is empty or has leading or trailing white space: {_DROPPED}"
        return [breach("alias-target", path, message, "correct the model's name")]
    if is_reference(target):
        message = "is not resolved: the gateway asks the provider for a model with the reference as its name"
        return [breach("alias-reference", path, message, "use the name of the model itself")]
    return []


def _object(
    data: Mapping[str, Any], path: Path, provider: Provider | None, broken: Collection[Path]
) -> list[Fault]:
    faults = []
    for field, owner in ALIAS_FIELDS:
        place, value = (*path, field.name), data.get(field.name)
        if place in broken or (value is None and field.name != "model_id"):
            continue
        if field.name == "model_id":
            faults += _target(value or "", place if value else path)
        elif owner is not None and provider is not None and provider.name != owner:
            message = f"belongs to {owner}, not to {provider.name}: {_DROPPED}"
            faults.append(breach("alias-foreign", place, message, "remove it"))
        elif field.reference and isinstance(value, str) and is_reference(value):
            faults += secret_faults(value, place)
        elif field.name == "model_name" and str(value) != str(value).strip():
            faults.append(
                breach("alias-field", place, f"has leading or trailing white space: {_DROPPED}", "correct it")
            )
        elif field.name == "model_family" and value not in MODEL_FAMILIES:
            message = f"is not a model family known to gateways up to 2.2.6: {_DROPPED}"
            faults.append(breach("alias-field", place, message, f"use one of {', '.join(MODEL_FAMILIES)}"))
    return faults
