"""Report how the gateway's database differs from the keys in the file."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.restart.drift import as_loaded
from bifrost_keys.gateway.restart.matches import NONE, Matches
from bifrost_keys.gateway.restart.row_differences import differing_fields
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.unused import is_off
from bifrost_keys.stores.protocol import Notice, Snapshot

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow

# Of other fields only the name is shown.
_SHOWN: Final = ("enabled", "weight", "models", "blacklisted_models", "use_for_batch_api")
_HINT: Final = "keys status shows what the next start does"
_LISTED: Final = 10


def gateway_values(
    snapshot: Snapshot, provider: str | None = None, fields: Collection[str] | None = None
) -> list[Notice]:
    """Return notices about other values, and other keys, in the database that the running gateway uses.

    ``provider`` limits them to one provider, ignoring case; ``fields`` to other values of these fields.
    Empty if the keys are those of the running gateway itself.
    """
    return snapshot.settled(lambda: _differences(snapshot, provider, fields))


def _differences(snapshot: Snapshot, provider: str | None, fields: Collection[str] | None) -> list[Notice]:
    rows = snapshot.rows
    if rows is None:
        return []
    keys = list(snapshot.keys())
    matches = Matches(keys, rows.handles())

    def wanted(number: int) -> bool:
        place = matches.key_of[number]
        return place != NONE and _is_of(provider, keys[place].provider)

    differing: list[tuple[int, str]] = []
    for number, row in rows.numbered(wanted):
        place = matches.key_of[number]
        key = keys[place]
        entry = as_loaded(key.read(), empty_models_allow_all=snapshot.empty_models_allow_all)
        if values := ", ".join(_values(entry, row, fields)):
            differing.append((place, f"{key.label} ({values})"))
    alone: Iterator[KnownKey] = iter(())
    if fields is None and NONE in matches.key_of:
        alone = (each for number, each in enumerate(rows.handles()) if matches.key_of[number] == NONE)
    others = (each for each in alone if _is_of(provider, each.provider))
    named = [f"{shown_name(each.provider)}/{shown_name(each.name or '')}" for each in islice(others, _LISTED)]
    listed = [text for _, text in sorted(differing)]
    return [*snapshot.rows_unread, *_notices(listed, named, len(named) + sum(1 for _ in others))]


def _is_of(provider: str | None, other: str) -> bool:
    return provider is None or provider.lower() == other.lower()


def _values(entry: Mapping[str, Any], row: KeyRow, fields: Collection[str] | None) -> Iterator[str]:
    for field in differing_fields(entry, row):
        if (fields is not None and field not in fields) or (field == "enabled" and is_off(entry)):
            continue
        if field == "name":
            yield f"name {shown_name(row.name)}"
        elif field in _SHOWN:
            default = field == "enabled" or None
            yield f"{field} {json.dumps(row.entry.get(field, default), ensure_ascii=False)}"
        else:
            yield field


def _notices(differing: list[str], others: list[str], count: int) -> Iterator[Notice]:
    """Yield the notices; ``others`` are the first ones of so many."""
    if differing:
        keys = "1 key has" if len(differing) == 1 else f"{len(differing)} keys have"
        message = f"{keys} other values in the gateway's database, which the running gateway uses: "
        yield Notice(
            "gateway-differs",
            message + _listed(differing, len(differing)),
            "keys status shows what the next start does",
        )
    if others:
        keys = "1 key is" if count == 1 else f"{count} keys are"
        message = f"{keys} only in the gateway's database, and may get traffic too: {_listed(others, count)}"
        yield Notice("keys-only-in-gateway", message, _HINT)


def _listed(items: list[str], count: int) -> str:
    more = count - _LISTED
    return ", ".join(items[:_LISTED]) + (f" and {more} more" if more > 0 else "")
