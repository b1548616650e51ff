"""List keys, all of them or those that a filter lets through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bifrost_keys.gateway.fields import as_gateway_reads
from bifrost_keys.gateway.providers import rules_for
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.operations.results import KeyView
from bifrost_keys.operations.selectors import known_provider
from bifrost_keys.stores.protocol import Snapshot


@dataclass(frozen=True)
class Filters:
    """Which keys to list; None lets every key through."""

    model: str | None = None
    enabled: bool | None = None


_EVERY_KEY = Filters()


def list_keys(
    snapshot: Snapshot, provider: str | None = None, filters: Filters = _EVERY_KEY
) -> Iterator[KeyView]:
    """The keys in the store's order, redacted; raises NotFoundError for an unknown provider."""
    spelled = known_provider(snapshot, provider) if provider is not None else None
    if provider is not None and spelled is None:
        return
    empty_is_all = snapshot.empty_models_allow_all
    exact = _exact_providers(snapshot) if filters.model is not None else ()
    every = filters == _EVERY_KEY
    for key in snapshot.keys(spelled):
        if every or _matches(key.fields, filters, empty_is_all=empty_is_all, exact=key.provider in exact):
            yield KeyView(key.provider, redacted_entry(key.fields))


def may_serve(entry: Mapping[str, Any], model: str, *, empty_is_all: bool, exact: bool) -> bool:
    """Whether the lists of a key, as the gateway reads it, allow this model; the blacklist wins.

    Case is ignored. ``exact``: the key serves just the model that its ``vllm_key_config`` names, in that
    spelling.
    """
    if exact:
        config = entry.get("vllm_key_config")
        if not isinstance(config, Mapping) or config.get("model_name") != model:
            return False
    asked = model.lower()
    allowed, blocked = (_lowered(entry.get(name)) for name in ("models", "blacklisted_models"))
    if "*" in blocked or asked in blocked:
        return False
    return "*" in allowed or asked in allowed or (not allowed and empty_is_all)


def _exact_providers(snapshot: Snapshot) -> frozenset[str]:
    """The providers each key of which serves one model only."""
    rules = {name: rules_for(name, snapshot.provider_settings(name)) for name in snapshot.providers}
    return frozenset(name for name, its in rules.items() if its is not None and its.name == "vllm")


def _matches(entry: Mapping[str, Any], filters: Filters, *, empty_is_all: bool, exact: bool) -> bool:
    read = as_gateway_reads(entry)
    if filters.enabled is not None and (read.get("enabled") is not False) is not filters.enabled:
        return False
    model = filters.model
    return model is None or may_serve(read, model, empty_is_all=empty_is_all, exact=exact)


def _lowered(members: Any) -> set[str]:
    return (
        {member.lower() for member in members if isinstance(member, str)}
        if isinstance(members, list)
        else set()
    )
