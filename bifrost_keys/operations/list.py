"""List all keys, or those that match a filter."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.models.routing import may_serve
from bifrost_keys.gateway.providers.table import Provider, rules_for
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.operations.results import KeyView
from bifrost_keys.operations.selectors import known_provider
from bifrost_keys.stores.protocol import Snapshot


class Filters(NamedTuple):
    """The filters of a list; None lets every key through."""

    model: str | None = None
    enabled: bool | None = None


_EVERY_KEY = Filters()
SORTED_BY: Final = ("provider", "name", "value", "weight", "enabled")


def list_keys(
    snapshot: Snapshot, provider: str | None = None, filters: Filters = _EVERY_KEY
) -> Iterator[KeyView]:
    """Yield the keys in the store's order, redacted; raise NotFoundError for an unknown provider."""
    spelled = known_provider(snapshot, provider) if provider is not None else None
    if provider is not None and spelled is None:
        return
    empty_is_all = snapshot.empty_models_allow_all
    every = filters == _EVERY_KEY
    rules = {} if every else _rules(snapshot)
    for key in snapshot.keys(spelled):
        if every or _matches(key.fields, filters, rules[key.provider], empty_is_all=empty_is_all):
            yield KeyView(key.provider, redacted_entry(key.fields), position=key.position)


def sorted_keys(views: Iterable[KeyView], field: str | None) -> tuple[KeyView, ...]:
    """Return the keys sorted by one of the fields in ``SORTED_BY``; those that are equal stay in order."""
    if field is None:
        return tuple(views)
    if field == "weight":
        return tuple(sorted(views, key=lambda view: -_number(view.key["weight"])))
    if field == "enabled":
        return tuple(sorted(views, key=lambda view: view.key["enabled"] is False))
    if field == "value":
        return tuple(sorted(views, key=lambda view: _text(view.key["value"])))
    text = {"provider": lambda view: view.provider.casefold(), "name": lambda view: view.name.casefold()}
    return tuple(sorted(views, key=text[field]))


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _text(value: Any) -> str:
    """Return a secret as it is shown: the reference, or the mask."""
    return str(value.get("env_var") or value.get("value")) if isinstance(value, Mapping) else str(value)


def _rules(snapshot: Snapshot) -> dict[str, Provider | None]:
    return {name: rules_for(name, snapshot.provider_settings(name)) for name in snapshot.providers}


def _matches(
    entry: Mapping[str, Any], filters: Filters, rules: Provider | None, *, empty_is_all: bool
) -> bool:
    read = as_gateway_reads(entry)
    if filters.enabled is not None and (read.get("enabled") is not False) is not filters.enabled:
        return False
    model = filters.model
    # A key that cannot be decided may serve the model.
    return model is None or may_serve(read, model, rules, empty_is_all=empty_is_all) is not False
