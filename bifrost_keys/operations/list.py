"""List all keys, or those that match a filter."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.models.routing import may_serve
from bifrost_keys.gateway.providers.table import Provider, rules_for
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.operations.results import KeyView
from bifrost_keys.operations.selectors import known_provider
from bifrost_keys.stores.protocol import Key, Snapshot


class Filters(NamedTuple):
    """The filters of a list; None lets every key through."""

    model: str | None = None
    enabled: bool | None = None


_EVERY_KEY = Filters()


class ListedKeys:
    """Keys that are redacted when it is their turn: redacted ones take five times the memory of the file."""

    def __init__(self, keys: Sequence[Key]) -> None:
        self._keys = keys

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._keys)

    def __iter__(self) -> Iterator[KeyView]:
        """Yield the keys, redacted."""
        return map(_view, self._keys)

    def sorted(self, field: str) -> "ListedKeys":
        """Return the keys sorted by a field in ``SORTED_BY``; those that are equal stay in order."""
        value = _SORT_KEYS[field]
        return ListedKeys(sorted(self._keys, key=lambda key: value(_view(key))))


def list_keys(snapshot: Snapshot, provider: str | None = None, filters: Filters = _EVERY_KEY) -> ListedKeys:
    """Return the keys in the store's order; raise NotFoundError for an unknown provider."""
    spelled = known_provider(snapshot, provider) if provider is not None else None
    if provider is not None and spelled is None:
        return ListedKeys(())
    keys = snapshot.keys(spelled)
    if filters == _EVERY_KEY:
        return ListedKeys(list(keys))
    rules, empty_is_all = _rules(snapshot), snapshot.empty_models_allow_all
    return ListedKeys(
        [key for key in keys if _matches(key.read(), filters, rules[key.provider], empty_is_all=empty_is_all)]
    )


def _view(key: Key) -> KeyView:
    return KeyView(key.provider, redacted_entry(key.read()), position=key.position)


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _text(value: Any) -> str:
    """Return a secret as it is shown: the reference, or the mask."""
    return str(value.get("env_var") or value.get("value")) if isinstance(value, Mapping) else str(value)


_SORT_KEYS: Final[Mapping[str, Callable[[KeyView], Any]]] = {
    "provider": lambda view: view.provider.casefold(),
    "name": lambda view: view.name.casefold(),
    "value": lambda view: _text(view.key["value"]),
    "weight": lambda view: -_number(view.key["weight"]),
    "enabled": lambda view: view.key["enabled"] is False,
}
SORTED_BY: Final = tuple(_SORT_KEYS)


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
