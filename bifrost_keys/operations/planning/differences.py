"""List the fields of a key that a change modifies, with secrets masked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bifrost_keys.gateway.fields.table import KEY, Field
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.secrets.redaction import mask_for_diff
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.results import Difference

_ABSENT: Final = object()


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Return the fields that differ. Secrets are masked by their path."""
    return [_difference(path, before, after, old, new) for path, before, after in _changed(old, new, KEY, ())]


def _changed(
    old: Mapping[str, Any], new: Mapping[str, Any], fields: Sequence[Field], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield the path, the old and the new value of each field that differs, going into objects."""
    inner = {field.name: field.fields for field in fields if field.kind == "object"}
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name, _ABSENT), new.get(name, _ABSENT)
        if name in inner and (isinstance(before, Mapping) or isinstance(after, Mapping)):
            there = before if isinstance(before, Mapping) else {}
            now = after if isinstance(after, Mapping) else {}
            yield from _changed(there, now, inner[name], (*path, name))
        elif not same(before, after):
            yield (*path, name), before, after


def _difference(
    path: tuple[str, ...],
    before: Any,
    after: Any,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> Difference:
    def masked(value: Any, entry: Mapping[str, Any]) -> Any:
        return None if value is _ABSENT else mask_for_diff(path, value, entry)

    return Difference(".".join(shown_name(name) for name in path), masked(before, old), masked(after, new))
