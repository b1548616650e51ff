"""The rules about a key's aliases; one that is broken makes the gateway drop the whole provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.model_names import lowered
from bifrost_keys.gateway.providers import Provider
from bifrost_keys.gateway.rules.fault import Fault, Path, breach

_DROPPED: Final = "the gateway drops the whole provider"


def alias_faults(aliases: Mapping[str, Any], provider: Provider | None = None) -> list[Fault]:  # noqa: ARG001
    """What is wrong with the aliases of a key, each side by itself and names that are there twice."""
    faults = []
    seen: set[str] = set()
    for source, target in aliases.items():
        path = ("aliases", source)
        if not source.strip() or source != source.strip():
            message = f"has an empty name, or one with white space at an edge: {_DROPPED}"
            faults.append(breach("alias-source", path, message, "correct the name"))
        elif lowered(source) in seen:
            message = f"is listed twice, ignoring case: {_DROPPED}"
            faults.append(breach("alias-duplicate", path, message, "remove one of them"))
        seen.add(lowered(source))
        faults += _target(target, path)
    return faults


def _target(target: Any, path: Path) -> list[Fault]:
    if isinstance(target, Mapping):
        target = target.get("model_id", "")
    if not isinstance(target, str):
        return [breach("wrong-type", path, "must be text, or an object with model_id")]
    if not target.strip() or target != target.strip():
        message = f"leads to nothing, or to a name with white space at an edge: {_DROPPED}"
        return [breach("alias-target", path, message, "correct the model's name")]
    return []
