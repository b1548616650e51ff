"""Look up the model of a request in a key's lists and aliases, as the gateway does.

The lists contain the names that requests use, hence aliases and not their targets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.gateway.models.names import folded, pattern_of
from bifrost_keys.gateway.providers.table import Provider


def is_listed(listed: Any, model: str) -> bool | None:
    """Return whether a list of models contains this one by name, with ``*`` or with a pattern.

    None means that it cannot be determined here. A value that is not a list, or an item that is not a string,
    matches nothing.
    """
    asked, doubtful = folded(model), False
    for entry in listed if isinstance(listed, list) else ():
        if not isinstance(entry, str):
            continue
        if entry == "*" or folded(entry) == asked:
            return True
        pattern = pattern_of(entry)
        found = _matches(pattern, model) if pattern is not None else False
        if found:
            return True
        doubtful = doubtful or found is None
    return None if doubtful else False


def _matches(pattern: str, model: str) -> bool | None:
    # Few lists have patterns, and their parser takes 1.5 ms to load.
    from bifrost_keys.gateway.models.patterns import matches

    return matches(pattern, model)


def may_serve(
    entry: Mapping[str, Any], model: str, provider: Provider | None, *, empty_is_all: bool
) -> bool | None:
    """Return whether a key, as the gateway reads it, may serve this model; None if that is unknown.

    The blacklist takes precedence. A vLLM key serves only the model that its config object names, in exactly
    that spelling, or every model if it names none. With ``empty_is_all``, no models means every model.
    """
    if only_model(entry, provider) not in (None, model):
        return False
    blocked = is_listed(entry.get("blacklisted_models"), model)
    allowed = is_listed(entry.get("models"), model) if entry.get("models") else empty_is_all
    if blocked or allowed is False:
        return False
    return None if blocked is None or allowed is None else True


def only_model(entry: Mapping[str, Any], provider: Provider | None) -> str | None:
    """Return the only model that a vLLM key serves; None if it serves every model, and for other keys."""
    config = provider.config if provider is not None else None
    if config is None or config.field("model_name") is None:
        return None
    members = entry.get(config.name)
    named = members.get("model_name") if isinstance(members, Mapping) else None
    return named if isinstance(named, str) and named else None


def target_of(entry: Mapping[str, Any], model: str) -> str:
    """Return the model to request from the provider. An alias is looked up exactly, then ignoring case."""
    aliases = entry.get("aliases")
    if not isinstance(aliases, Mapping):
        return model
    asked = folded(model)
    found = model if model in aliases else next((each for each in aliases if folded(each) == asked), None)
    target = aliases.get(found) if found is not None else model
    if isinstance(target, Mapping):
        target = target.get("model_id")
    return target if isinstance(target, str) else model
