"""Compare the file with the gateway's own database, and predict the gateway's next starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from bifrost_keys.gateway.hashing.key_hash import Recipe, has_hash, recipe_of, reproducible
from bifrost_keys.gateway.restart.database_row import KeyRow
from bifrost_keys.gateway.restart.database_state import DatabaseState
from bifrost_keys.gateway.restart.drift import (
    Finding,
    KeyState,
    Pair,
    State,
    as_loaded,
    compare,
    is_off,
    pairs,
)
from bifrost_keys.gateway.restart.next_starts import Forecast, Served, forecast, where_the_file_wins
from bifrost_keys.gateway.secrets.gateway_messages import Masker
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.next_start_text import NOTHING_CHANGES, Prospect, next_start_text
from bifrost_keys.operations.status_notices import left_by, status_notices
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Key, Notice

__all__ = ["NOTHING_CHANGES", "NOT_COMPARED", "KeyStatus", "StatusReport", "meaning", "status"]

Starts: TypeAlias = tuple[tuple[Served, ...], tuple[Served, ...]]
StatusState: TypeAlias = State | Literal["not-compared"]
Recorded = Literal["current", "stale", "absent", "computed-by-the-gateway"]
NOT_COMPARED: Final[Literal["not-compared"]] = "not-compared"

_MEANINGS: Final[Mapping[str, str]] = {
    "in-sync": "in sync",
    "renamed": "renamed in the file",
    "will-be-undone": "will be undone",
    "changed-in-file": "changed in the file",
    "changed-in-web": "changed in the web UI",
    "differs": "differs, side unknown",
    "only-in-file": "only in the file",
    "only-in-gateway": "only in the gateway",
    NOT_COMPARED: "not compared",
}


@dataclass(frozen=True)
class KeyStatus:
    """One key, in the file and in the database.

    ``name`` selects the key at its provider, in the file if that has the key, and may be printed;
    ``row_name`` is the database's if it differs. ``recorded`` is the state of the entry's own
    ``config_hash``; ``check --fix`` corrects a stale one. ``status`` and ``description`` are from the
    gateway's last model discovery. ``by_fields``: the hashes cannot be compared, so the fields were.
    ``starts`` are the outcomes of the next two starts, None if they are not known.
    """

    provider: str
    name: str
    id: str
    state: StatusState
    fields: tuple[str, ...]
    notes: tuple[Finding, ...]
    next_start: str
    recorded: Recorded | None
    row_name: str | None = None
    status: str = ""
    description: str = ""
    by_fields: bool = False
    starts: Starts | None = None

    @property
    def meaning(self) -> str:
        """The state in words, with the fields concerned."""
        notes = (meaning(note.state, note.fields) for note in self.notes)
        told = ", ".join((meaning(self.state, self.fields), *notes))
        return f"{told}; cannot be compared by hash" if self.by_fields else told


@dataclass(frozen=True)
class StatusReport:
    """Every key of the file in its order, then the keys that only the database has.

    ``differs`` is None if nothing could be compared. ``recipe`` is that of the database's hashes, and
    ``left_by`` names the releases that can have written it; None if they are not known.
    """

    database: DatabaseState
    keys: tuple[KeyStatus, ...]
    differs: bool | None
    recipe: Recipe | None
    left_by: str | None
    notices: tuple[Notice, ...]


def meaning(state: str, fields: Sequence[str] = ()) -> str:
    """Return a state in words, with the fields concerned."""
    return f"{_MEANINGS[state]} ({', '.join(fields)})" if fields else _MEANINGS[state]


def status(snapshot: FileSnapshot) -> StatusReport:
    """Return the report on a file and the gateway's database."""
    return snapshot.settled(lambda: _report(snapshot))


def _report(snapshot: FileSnapshot) -> StatusReport:
    gateway = snapshot.gateway
    database = gateway.database
    listed = [
        (key, as_loaded(key.fields, empty_models_allow_all=gateway.empty_models_allow_all))
        for key in snapshot.keys()
    ]
    differs: bool | None = None
    rows: Sequence[KeyRow] = ()
    stopping: list[Key] = []
    if database.kind == "read":
        rows = tuple(database.rows)
        keys, stopping = _compared(snapshot, listed, rows)
        differs = any(key.state != "in-sync" for key in keys)
    elif database.kind == "disabled":
        keys = tuple(_file_alone(key, entry) for key, entry in listed)
        differs = False
    else:
        keys = tuple(_alone(key, entry, NOT_COMPARED, "not known from here", None) for key, entry in listed)
    stale = [(key.provider, key.name) for key in keys if key.recorded == "stale"]
    encrypted = any(row.encrypted for row in rows)
    notices = status_notices(snapshot, listed, stale, stopping, encrypted=encrypted)
    recipe = recipe_of(gateway.found.release) if gateway.found is not None else None
    return StatusReport(database, keys, differs, recipe, left_by(gateway), tuple(notices))


def _compared(
    snapshot: FileSnapshot, listed: Sequence[tuple[Key, dict[str, Any]]], rows: Sequence[KeyRow]
) -> tuple[tuple[KeyStatus, ...], list[Key]]:
    """Return the keys with their states, and those that keep the gateway from starting."""
    masker = Masker([*(entry for _, entry in listed), *(row.entry for row in rows)])
    found = pairs(listed, rows, provider_of=lambda key: key.provider)
    states = [compare(pair.entry, pair.row, provider=_provider(pair)) for pair in found]
    prospects = _prospects(snapshot, found, states, rows, snapshot.next_starts.retaken)
    texts = [next_start_text(each) for each in prospects]
    doubtful = snapshot.next_starts.doubtful
    if doubtful:
        retaken = snapshot.next_starts.retaken | doubtful
        others = map(next_start_text, _prospects(snapshot, found, states, rows, retaken))
        texts = [
            text if text == other else f"{text}; if the file changed its provider's own settings: {other}"
            for text, other in zip(texts, others, strict=True)
        ]
    keys = tuple(
        _key_status(pair, each.state, text, (each.first, each.second), masker)
        for pair, each, text in zip(found, prospects, texts, strict=True)
    )
    outcomes = zip(found, prospects, strict=True)
    return keys, [pair.place for pair, each in outcomes if each.of_entry and each.of_entry.outcome == "stops"]


def _prospects(
    snapshot: FileSnapshot,
    found: Sequence[Pair],
    states: Sequence[KeyState],
    rows: Sequence[KeyRow],
    retaken: AbstractSet[str],
) -> list[Prospect]:
    """Return the effect of the next starts on each pair."""
    file_wins = snapshot.gateway.file_wins
    keys = [pair.place for pair in found if pair.place is not None]
    file_keys = [
        snapshot.next_starts.file_key(pair.place, pair.entry) for pair in found if pair.place is not None
    ]
    if file_wins:
        of_entries, of_rows = [where_the_file_wins(key) for key in file_keys], [Forecast() for _ in rows]
    else:
        of_entries, of_rows = forecast(file_keys, rows, retaken=retaken)
    by_key = dict(zip(keys, of_entries, strict=True))
    by_row = {id(row): each for row, each in zip(rows, of_rows, strict=True)}
    known = {provider.lower() for provider in snapshot.gateway.database.providers}
    return [
        Prospect(
            _name(pair),
            state,
            pair.row,
            by_key.get(pair.place),
            by_row[id(pair.row)] if pair.row is not None else None,
            stays_off=file_wins or (pair.entry is not None and is_off(pair.entry)),
            known=_provider(pair).lower() in known,
            file_wins=file_wins,
        )
        for pair, state in zip(found, states, strict=True)
    ]


def _key_status(pair: Pair, state: KeyState, next_start: str, starts: Starts, masker: Masker) -> KeyStatus:
    key: Key | None = pair.place
    entry, row = pair.entry, pair.row
    name = _name(pair)
    return KeyStatus(
        provider=_provider(pair),
        name=key.handle if key is not None else shown_name(name),
        id=(row.key_id if row is not None else key.id if key is not None else "") or "",
        state=state.state,
        fields=state.fields,
        notes=state.notes,
        next_start=next_start,
        recorded=_recorded(entry) if entry is not None else None,
        row_name=row.name if row is not None and row.name != name else None,
        status=masker.masked(row.status, entry, row.entry) if row is not None else "",
        description=masker.masked(row.description, entry, row.entry) if row is not None else "",
        by_fields=state.by_fields,
        starts=starts,
    )


def _provider(pair: Pair) -> str:
    """Return the key's provider in the file, else in the database."""
    if pair.place is not None:
        return str(pair.place.provider)
    return pair.row.provider if pair.row is not None else ""


def _name(pair: Pair) -> str:
    """Return the key's name in the file, else in the database."""
    if pair.place is not None:
        return pair.place.name or ""
    return pair.row.name if pair.row is not None else ""


def _alone(
    key: Key, entry: Mapping[str, Any], state: StatusState, next_start: str, starts: Starts | None
) -> KeyStatus:
    """Return the status of a key without a database to compare it with."""
    recorded = _recorded(entry)
    return KeyStatus(
        key.provider, key.handle, key.id or "", state, (), (), next_start, recorded, starts=starts
    )


def _file_alone(key: Key, entry: Mapping[str, Any]) -> KeyStatus:
    """Return the status of a key for a gateway without a database: every start serves the file."""
    served = (Served(key.name or "", "file", entry.get("enabled") is not False),)
    return _alone(key, entry, "in-sync", "takes the file", (served, served))


def _recorded(entry: Mapping[str, Any]) -> Recorded:
    """Return the state of the entry's ``config_hash``; the hash of any release is current."""
    hashed = entry.get("config_hash")
    if isinstance(hashed, str) and has_hash(entry, hashed):
        return "current"
    if not reproducible(entry):
        return "computed-by-the-gateway"
    return "stale" if hashed else "absent"
