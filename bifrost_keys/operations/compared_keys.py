"""Compare every key of a file with the gateway's database, in one pass over its rows."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import chain
from sys import intern
from typing import TYPE_CHECKING, Any, NamedTuple

from bifrost_keys.gateway.hashing.key_hash import EntryHashes
from bifrost_keys.gateway.restart.database_row import KeyRow
from bifrost_keys.gateway.restart.drift import KeyState, as_loaded, compare
from bifrost_keys.gateway.restart.forecasts import Forecasts
from bifrost_keys.gateway.restart.matches import NONE, Matches
from bifrost_keys.gateway.restart.next_starts import FileKey, Forecast, from_file
from bifrost_keys.gateway.secrets.gateway_messages import OWN_WORDS, Masker
from bifrost_keys.gateway.secrets.literals import hidden_texts
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.secrets.notes import without
from bifrost_keys.gateway.unused import is_off
from bifrost_keys.operations.key_status import KeyStatus, Recorded, recorded
from bifrost_keys.operations.next_start_text import Prospect, next_start_text
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Key

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.next_starts import Hashes


class ComparedKeys(NamedTuple):
    """The keys with their states; see ``StatusReport``.

    Those in ``stopping`` keep the gateway from starting; of those in ``hashed_anew``, the release that the
    user named computes another hash than their row has. ``encrypted``: the database has encrypted secrets.
    """

    keys: tuple[KeyStatus, ...]
    stopping: Sequence[Key] = ()
    hashed_anew: Sequence[Key] = ()
    encrypted: bool = False


def compared_keys(snapshot: FileSnapshot) -> ComparedKeys:
    """Return every key of the file in its order, then the keys that only the database has."""
    return _Comparison(snapshot).result()


class _Pair(NamedTuple):
    """A key and its row, each of which may be missing, but not both."""

    state: KeyState
    row: KeyRow | None
    key: Key | None = None
    place: int = NONE
    entry: Mapping[str, Any] = {}
    loaded: FileKey | None = None

    @property
    def provider(self) -> str:
        """The key's provider in the file, else in the database."""
        return self.key.provider if self.key is not None else self.row.provider if self.row else ""

    @property
    def name(self) -> str:
        """The key's name in the file, else in the database."""
        return self.key.name or "" if self.key is not None else self.row.name if self.row else ""


class _Comparison:
    """The keys of a file by their places, and the rows of the database by their numbers.

    A row is read when its turn comes, and then the entry of its key; neither is kept. A key's status takes
    its place in the list.
    """

    def __init__(self, snapshot: FileSnapshot) -> None:
        gateway, starts = snapshot.gateway, snapshot.next_starts
        self._gateway = gateway
        self._starts = starts
        self._rows = gateway.database.rows
        keys = list(snapshot.keys())
        self._matches = Matches(keys, self._rows.handles())
        self._certain = self._doubtful = None
        if not gateway.file_wins:
            self._certain = self._forecasts(keys, starts.retaken)
            if starts.doubtful:
                self._doubtful = self._forecasts(keys, starts.retaken | starts.doubtful)
        self._found: list[Key | KeyStatus] = [*keys]
        self._known = {provider.lower() for provider in gateway.database.providers}
        noted = any(text not in OWN_WORDS for text in self._rows.notes())
        self._masker = Masker() if noted else None
        self._stopping: list[tuple[int, Key]] = []
        self._hashed_anew: list[tuple[int, Key]] = []

    def _forecasts(self, keys: Sequence[Key], retaken: AbstractSet[str]) -> Forecasts:
        def load(place: int) -> FileKey:
            return self._starts.file_key(keys[place])

        return Forecasts(keys, self._rows, self._matches, load, retaken=retaken)

    def result(self) -> ComparedKeys:
        """Compare everything, in the order of the rows."""
        alone: list[KeyStatus] = []
        encrypted = False
        for number, row in enumerate(self._rows):
            encrypted = encrypted or row.encrypted
            place = self._matches.key_of[number]
            if place == NONE:
                alone.append(self._status(_Pair(compare(None, row), row), None))
            else:
                self._found[place] = self._of_key(place, row)
        # Every entry is read before the first note is masked, which may repeat the secret of any key.
        found = [self._of_key(place, None) for place in range(len(self._found))]
        return ComparedKeys(
            tuple(map(self._with_masks, chain(found, alone))),
            [key for _, key in sorted(self._stopping)],
            [key for _, key in sorted(self._hashed_anew)],
            encrypted,
        )

    def _of_key(self, place: int, row: KeyRow | None) -> KeyStatus:
        key = self._found[place]
        if isinstance(key, KeyStatus):
            return key
        entry = as_loaded(key.read(), empty_models_allow_all=self._gateway.empty_models_allow_all)
        hashes = EntryHashes(entry)
        loaded = self._starts.file_key(key, entry, hashes)
        state = compare(entry, row, provider=key.provider, hashes=hashes)
        if self._gateway.upgrades and self._is_hashed_anew(key, row, hashes, loaded.hashes):
            self._hashed_anew.append((place, key))
        return self._status(_Pair(state, row, key, place, entry, loaded), recorded(entry, hashes))

    def _is_hashed_anew(self, key: Key, row: KeyRow | None, now: "Hashes", then: "Hashes") -> bool:
        """Return whether the row has a hash that the entry has ``now``, and ``then`` not any more."""
        if row is None or row.key_id != key.id or row.provider.lower() != key.provider.lower():
            row = self._gateway.row_of(key.provider, name=key.name, key_id=key.id)
        return row is not None and now.has(row.config_hash) and not then.has(row.config_hash)

    def _status(self, pair: _Pair, of_hash: Recorded | None) -> KeyStatus:
        key, row, state = pair.key, pair.row, pair.state
        prospect = self._prospect(pair, self._certain)
        if key is not None and prospect.of_entry is not None and prospect.of_entry.outcome == "stops":
            self._stopping.append((pair.place, key))
        first, second = prospect.first, prospect.second
        status, description = self._notes(pair)
        key_id = key.id if key is not None else None
        return KeyStatus(
            provider=pair.provider,
            name=key.handle if key is not None else shown_name(pair.name),
            id=(key_id or "") if row is None or row.key_id == key_id else row.key_id,
            state=state.state,
            fields=state.fields,
            notes=state.notes,
            next_start=self._next_start(pair, prospect),
            recorded=of_hash,
            row_name=row.name if row is not None and row.name != pair.name else None,
            status=status,
            description=description,
            by_fields=state.by_fields,
            starts=(first, first if first == second else second),
        )

    def _next_start(self, pair: _Pair, prospect: Prospect) -> str:
        text = next_start_text(prospect)
        if self._doubtful is None:
            return text
        other = next_start_text(self._prospect(pair, self._doubtful))
        if text == other:
            return text
        return f"{text}; if the file changed its provider's own settings: {other}"

    def _prospect(self, pair: _Pair, forecasts: Forecasts | None) -> Prospect:
        """Return the effect of the next starts; without ``forecasts``, the file always wins."""
        loaded, row = pair.loaded, pair.row
        of_entry = of_row = None
        if loaded is not None:
            of_entry = forecasts.entry(pair.place, loaded, row) if forecasts else from_file(loaded)
        if row is not None:
            of_row = forecasts.row(row) if forecasts else Forecast()
        return Prospect(
            pair.name,
            pair.state,
            row,
            of_entry,
            of_row,
            stays_off=forecasts is None or is_off(pair.entry),
            known=pair.provider.lower() in self._known,
            file_wins=forecasts is None,
        )

    def _notes(self, pair: _Pair) -> tuple[str, str]:
        """Return the gateway's notes about the key without its own secrets."""
        entry, row = pair.entry, pair.row
        status, description = (row.status, row.description) if row is not None else ("", "")
        if self._masker is not None:
            hidden = hidden_texts(entry) | (hidden_texts(row.entry) if row is not None else set())
            self._masker.learn(hidden)
            status, description = without(status, hidden), without(description, hidden)
        return intern(status), intern(description)  # nearly all keys have the same ones

    def _with_masks(self, status: KeyStatus) -> KeyStatus:
        """Return the status with other secrets masked too, when all of them are known."""
        if self._masker is None or not (status.status or status.description):
            return status
        masked = self._masker.masked
        return replace(status, status=masked(status.status), description=masked(status.description))
