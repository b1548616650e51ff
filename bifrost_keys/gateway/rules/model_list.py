"""Rules about a key's lists of models."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from bifrost_keys.gateway.models.names import PREFIX, lowered, pattern_of
from bifrost_keys.gateway.models.routing import is_listed, only_model
from bifrost_keys.gateway.names import has_unseen_characters
from bifrost_keys.gateway.providers.table import Provider
from bifrost_keys.gateway.rules.fault import Fault, Path, breach
from bifrost_keys.gateway.secrets.detection import contains_secret

_STOPS: Final = "the gateway does not start"
_EVERY: Final = 'write ["*"] for every model'
# Providers with models of their own that have such names.
_OWN_MODELS: Final = frozenset({"openrouter", "huggingface", "replicate"})
_RE2: Final = "patterns use Go's syntax (RE2) and match the whole name, ignoring case"


def list_faults(
    entry: Mapping[str, Any], broken: Collection[Path], *, missing: bool, empty_is_all: bool
) -> list[Fault]:
    """Return the faults of ``models`` and ``blacklisted_models`` of an entry as the gateway reads it.

    ``missing``: the file has no models for the key. ``broken`` are the paths of values whose type is wrong.
    """
    faults = []
    if missing and not empty_is_all:
        faults.append(breach("models-missing", ("models",), "is missing: the key serves no model", _EVERY))
    if entry.get("models") == [] and not empty_is_all:
        message = "is empty: the key serves no model"
        faults.append(breach("models-empty", ("models",), message, _EVERY, refused=False))
    faults += _members("model", entry, "models", broken)
    faults += _members("blacklist", entry, "blacklisted_models", broken)
    # The disable command blacklists every model of the key, so that it stays off.
    if [*_texts(entry, "blacklisted_models", broken)] == [(0, "*")] and entry.get("enabled") is not False:
        message = "blocks every model: the key serves no model"
        faults.append(breach("blacklist-all", ("blacklisted_models",), message, "remove it", refused=False))
    return faults


def qualified_model_faults(
    entry: Mapping[str, Any], provider: Provider | None, broken: Collection[Path]
) -> list[Fault]:
    """Return faults for models listed as provider/model, as in requests; lists contain only the model."""
    if provider is None or provider.custom or provider.name in _OWN_MODELS:
        return []
    prefix = f"{provider.name}/"
    message = f"matches no model: a request for {prefix}MODEL asks a key of {provider.name} for MODEL"
    return [
        breach("model-with-provider", (field, index), message, f"remove {prefix}", refused=False)
        for field in ("models", "blacklisted_models")
        for index, member in _texts(entry, field, broken)
        if member.lower().startswith(prefix)
    ]


def excluded_model_faults(entry: Mapping[str, Any], provider: Provider | None) -> list[Fault]:
    """Return a fault if a key of vLLM excludes, by its lists, the only model that it serves."""
    only = only_model(entry, provider)
    models, blocked = entry.get("models"), entry.get("blacklisted_models")
    if only is None or provider is None or provider.config is None or blocked == ["*"]:
        return []
    if models and is_listed(models, only) is False:
        message = "is not in models, and the key serves no other model: it is never used"
    elif is_listed(blocked, only):
        message = "is in blacklisted_models, and the key serves no other model: it is never used"
    else:
        return []
    path = (provider.config.name, "model_name")
    return [breach("model-name-excluded", path, message, 'add it to models, or write ["*"] there')]


def _texts(entry: Mapping[str, Any], field: str, broken: Collection[Path]) -> Iterator[tuple[int, str]]:
    """Return the texts of a list, with their positions in it."""
    listed = entry.get(field)
    items = enumerate(listed) if isinstance(listed, list) else ()
    return ((place, item) for place, item in items if not broken or (field, place) not in broken)


def _members(kind: str, entry: Mapping[str, Any], field: str, broken: Collection[Path]) -> list[Fault]:
    faults = []
    # One text for all of them, because there may be very many.
    duplicate, message = f"{kind}-duplicate", f"is a duplicate, ignoring case: {_STOPS}"
    seen: set[str] = set()
    count = 0
    for index, member in _texts(entry, field, broken):
        count += 1
        name = lowered(member)
        if name in seen:
            faults.append(breach(duplicate, (field, index), message, "remove one of them"))
        seen.add(name)
        faults += _member(kind, (field, index), member)
    if count > 1 and "*" in seen:
        mixed = f'must not contain "*" with other entries: {_STOPS}'
        hint = 'use "*" alone, or the models without it'
        faults.insert(0, breach(f"{kind}-wildcard-mixed", (field,), mixed, hint))
    return faults


def _member(kind: str, path: Path, member: str) -> list[Fault]:
    pattern = pattern_of(member)
    if pattern is not None:
        from bifrost_keys.gateway.models.patterns import pattern_fault

        reason = pattern_fault(pattern)
        return [breach(f"{kind}-pattern", path, f"{reason}: {_STOPS}", _RE2)] if reason else []
    if member != member.strip() or not member or has_unseen_characters(member):
        message = (
            "is blank, has leading or trailing white space, or contains a control character: "
            "it matches no model"
        )
        return [breach(f"{kind}-blank", path, message, "correct the name, or remove it")]
    if member != "*" and ("*" in member or pattern_of(member.lower()) is not None):
        message = 'matches no model: "*" is a wildcard only by itself, and a pattern begins with regex:'
        return [breach(f"{kind}-not-pattern", path, message, _as_pattern(member))]
    return []


def _as_pattern(member: str) -> str:
    """Return the pattern that was probably meant by gpt-*, gpt-.* or Regex:gpt-.*"""
    from bifrost_keys.gateway.models.patterns import pattern_fault

    plain = member[len(PREFIX) :] if member.lower().startswith(PREFIX) else member
    if plain == member and ".*" not in member:
        plain = member.replace(".", r"\.").replace("*", ".*")
    meant = pattern_fault(plain) is None and plain.isprintable() and not contains_secret(plain)
    return f"from release 2.2.0 on: {PREFIX}{plain}" if meant else "list each model"
