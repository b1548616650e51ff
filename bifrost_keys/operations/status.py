"""What the gateway's own database says of the keys in the file, and what the next start will do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from bifrost_keys.gateway.database_row import DatabaseState, KeyRow
from bifrost_keys.gateway.drift import Finding, Pair, compare, pairs
from bifrost_keys.gateway.fields import respelled, with_filled_models
from bifrost_keys.gateway.hash_basis import database_basis
from bifrost_keys.gateway.hashing import Recipe, has_hash, recipe_of, reproducible
from bifrost_keys.gateway.secrets.gateway_messages import Masker
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Key, Notice

Recorded = Literal["current", "stale", "absent", "computed-by-the-gateway"]
NOT_COMPARED: Final = "not-compared"
NOTHING_CHANGES: Final = "nothing changes"
_LISTED: Final = 10

_MEANINGS: Final[Mapping[str, str]] = {
    "in-sync": "in sync",
    "renamed": "renamed in the file",
    "will-be-undone": "will be undone",
    "changed-in-file": "changed in the file",
    "changed-in-web": "changed in the web page",
    "differs": "differs, side unknown",
    "only-in-file": "only in the file",
    "only-in-gateway": "only in the gateway",
    NOT_COMPARED: "not compared",
}
_NEXT_START: Final[Mapping[str, str]] = {
    "in-sync": NOTHING_CHANGES,
    "renamed": "renames its row; for that one start both names are served",
    "will-be-undone": "follows the file; the start after it brings the database's state back",
    "changed-in-file": "takes the key from the file, over what the web page changed",
    "changed-in-web": "keeps what the web page changed",
    "differs": "takes the key from the file, or keeps the row: only the gateway knows which",
    "only-in-file": "adds the key",
    "only-in-gateway": "goes on using the key: added in the web page, or removed from the file",
    NOT_COMPARED: "not known from here",
}
_WHERE_THE_FILE_WINS: Final[Mapping[str, str]] = {
    "will-be-undone": "follows the file, and the starts after it do (1.5.1: undone at the second start)",
    "changed-in-web": "takes the file's values, the web page's are lost (1.5.1: keeps them)",
    "differs": "takes the key from the file (1.5.1: or keeps the row)",
    "only-in-gateway": "removes the key (1.5.1: goes on using it)",
}


@dataclass(frozen=True)
class KeyStatus:
    """One key, seen from the file and from the database.

    ``name`` is the file's where the file has the key; ``row_name`` the database's where it is another.
    ``recorded`` is what the entry's own ``config_hash`` is worth; "stale" is what ``check --fix`` mends.
    ``status`` and ``description`` are what the gateway noted at its last model discovery.
    ``by_fields``: the hashes cannot be compared, the fields that are plain were.
    """

    provider: str
    name: str
    id: str
    state: str
    fields: tuple[str, ...]
    notes: tuple[Finding, ...]
    next_start: str
    recorded: Recorded | None
    row_name: str | None = None
    status: str = ""
    description: str = ""
    by_fields: bool = False

    @property
    def meaning(self) -> str:
        """The state in words, with the fields that it is about."""
        notes = (meaning(note.state, note.fields) for note in self.notes)
        told = ", ".join((meaning(self.state, self.fields), *notes))
        return f"{told}; cannot be compared by hash" if self.by_fields else told


@dataclass(frozen=True)
class StatusReport:
    """Every key of the file in its order, then those that only the database has.

    ``differs`` is None where nothing could be compared. ``proved`` is the hash recipe that the
    database's hashes follow, None where nothing proves one.
    """

    database: DatabaseState
    keys: tuple[KeyStatus, ...]
    differs: bool | None
    proved: Recipe | None
    notices: tuple[Notice, ...]


def meaning(state: str, fields: Sequence[str] = ()) -> str:
    """A state in words, with the fields that it is about."""
    return f"{_MEANINGS[state]} ({', '.join(fields)})" if fields else _MEANINGS[state]


def status(snapshot: FileSnapshot, *, recipe: Recipe | None = None) -> StatusReport:
    """The report on a file and the gateway's database, each as it was read.

    ``recipe`` is the one that the user's setting of the gateway's release asks for, None without one.
    """
    database, file_wins = snapshot.gateway.database, snapshot.gateway.file_wins
    empty_is_all = snapshot.empty_models_allow_all
    listed = [
        (key, respelled(with_filled_models(key.fields, empty_models_allow_all=empty_is_all)))
        for key in snapshot.keys()
    ]
    basis = database_basis(database, (entry for _, entry in listed))
    proved = recipe_of(basis.release) if basis is not None else None
    differs: bool | None = None
    if database.kind == "read":
        found = pairs(listed, database.rows, provider_of=lambda key: key.provider)
        masker = Masker([*(entry for _, entry in listed), *(row.entry for row in database.rows)])
        keys = tuple(_key_status(pair, masker, file_wins=file_wins) for pair in found)
        keys = _with_doubles(keys, database.rows)
        differs = any(key.state != "in-sync" for key in keys)
    elif database.kind == "disabled":
        keys = tuple(_alone(key, entry, "in-sync", "takes the file") for key, entry in listed)
        differs = False
    else:
        next_start = _NEXT_START[NOT_COMPARED]
        keys = tuple(_alone(key, entry, NOT_COMPARED, next_start) for key, entry in listed)
    notices = _notices(database, keys, proved=proved, recipe=recipe)
    return StatusReport(database, keys, differs, proved, tuple(notices))


def _key_status(pair: Pair, masker: Masker, *, file_wins: bool) -> KeyStatus:
    key: Key | None = pair.place
    entry, row = pair.entry, pair.row
    state = compare(entry, row, provider=key.provider if key is not None else None)
    name = (key.name if key is not None else row.name if row is not None else "") or ""
    next_start = _NEXT_START[state.state]
    if file_wins:
        next_start = _WHERE_THE_FILE_WINS.get(state.state, next_start)
    if row is not None and key is not None and row.provider.lower() != key.provider.lower():
        next_start = (
            f"mixes it up with the key of {row.provider}: ids and names are unique over all providers"
        )
    if state.taken_again:
        next_start = "takes the key from the file again: its hash is another, its fields are the same"
    return KeyStatus(
        provider=key.provider if key is not None else row.provider if row is not None else "",
        name=name,
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
    )


def _with_doubles(keys: tuple[KeyStatus, ...], rows: Sequence[KeyRow]) -> tuple[KeyStatus, ...]:
    """The next start does not just add a key whose name or id another key has."""
    names, ids = Counter(row.name for row in rows), Counter(row.key_id for row in rows)
    new = [key for key in keys if key.state == "only-in-file"]
    names.update(key.name for key in new)
    ids.update(key.id for key in new if key.id)
    double = "may lose it or mix it up: another key has its name or id"
    return tuple(
        replace(key, next_start=double)
        if key.state == "only-in-file" and (names[key.name] > 1 or ids[key.id] > 1)
        else key
        for key in keys
    )


def _alone(key: Key, entry: Mapping[str, Any], state: str, next_start: str) -> KeyStatus:
    """A key beside which there is no database to look at."""
    recorded = _recorded(entry)
    return KeyStatus(key.provider, key.name or "", key.id or "", state, (), (), next_start, recorded)


def _recorded(entry: Mapping[str, Any]) -> Recorded:
    """What the ``config_hash`` that the entry carries is worth; each release's is right."""
    hashed = entry.get("config_hash")
    if isinstance(hashed, str) and has_hash(entry, hashed):
        return "current"
    if not reproducible(entry):
        return "computed-by-the-gateway"
    return "stale" if hashed else "absent"


def _notices(
    database: DatabaseState, keys: Sequence[KeyStatus], *, proved: Recipe | None, recipe: Recipe | None
) -> list[Notice]:
    notices = []
    if proved is not None and recipe is not None and proved != recipe:
        message = (
            f"the hashes in the database follow the recipe of release {proved}, "
            f"but --gateway-release asks for that of {recipe}"
        )
        hint = f"give --gateway-release {proved}, or leave it out: the database proves the recipe"
        notices.append(Notice("recipe_disagrees", message, hint))
    if database.guessed and database.kind == "read":
        message = f"read {database.path}: the gateway resolves its path elsewhere, it may use another one"
        notices.append(Notice("database_guessed", message))
    if any(row.encrypted for row in database.rows):
        message = "the database encrypts secrets: they were not read and not compared"
        notices.append(Notice("database_encrypted", message))
    stale = [key for key in keys if key.recorded == "stale"]
    message = "config_hash is not the hash of the fields: the gateway may store it as it is"
    hint = "keys check --fix corrects it"
    if len(stale) > _LISTED:
        notices.append(Notice("hash_stale", f"of {len(stale)} keys the {message}", hint))
    else:
        notices += [Notice("hash_stale", f"its {message}", hint, key.provider, key.name) for key in stale]
    return notices
