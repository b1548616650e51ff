"""Predict the next two starts for all keys of a file and all rows of the gateway's database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from bifrost_keys.gateway.restart.key_rows import KeyRows
from bifrost_keys.gateway.restart.matches import Handle, Matches
from bifrost_keys.gateway.restart.next_starts import FileKey, Forecast, Loader, from_file

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import KnownKey
    from bifrost_keys.gateway.restart.database_row import KeyRow


class Forecasts:
    """The forecasts for the keys and the rows, each computed when it is asked for.

    The keys whose row has another name or provider come first, because they change the fate of others: each
    may be written to another key's row. They are few, or people have renamed all of their keys.
    """

    def __init__(
        self,
        keys: Sequence[Handle],
        rows: KeyRows,
        matches: Matches,
        file_key: Callable[[int], FileKey],
        *,
        retaken: AbstractSet[str] = frozenset(),
    ) -> None:
        """``file_key`` returns a key by its place; ``retaken`` is as for a Loader."""
        self._matches = matches
        self._loader = Loader(rows, retaken=retaken)
        self._moved: dict[int, Forecast] = {}
        self._written: set[KnownKey] = set()
        self._lost: set[tuple[str, str]] = set()
        for place, key in enumerate(keys):
            taken_again = key.provider.lower() in retaken
            if not matches.is_unmoved(place, key) and (taken_again or matches.has_row(key)):
                self._note(place, key, self._loader.entry(file_key(place)))

    def _note(self, place: int, key: Handle, forecast: Forecast) -> None:
        row, name = forecast.row, key.name or ""
        if row is None:
            return
        self._moved[place] = forecast
        if row.name != name:
            self._written.add(row)
            # Two entries are written to one row: the last one wins, and the other is lost.
            if self._matches.is_listed(row.provider, row.name or ""):
                self._lost |= {(row.provider.lower(), row.name or ""), (key.provider.lower(), name)}

    def entry(self, place: int, key: FileKey, row: KeyRow | None) -> Forecast:
        """Return the forecast for the key at this place; ``row`` is the one that it matches."""
        forecast = self._moved.get(place)
        if forecast is None:
            own = row if self._matches.is_unmoved(place, key) else None
            forecast = self._loader.matched(key, own) if own is not None else from_file(key)
        mixed = self._matches.is_doubled(key) or (key.provider.lower(), key.name) in self._lost
        if mixed and forecast.outcome != "stops":
            return Forecast(outcome="mixed-up", row=forecast.row)
        return forecast

    def row(self, row: KeyRow) -> Forecast:
        """Return the forecast for a row."""
        listed = self._matches.is_listed(row.provider, row.name)
        return self._loader.row(row, listed=listed, written_to=row.handle in self._written)
