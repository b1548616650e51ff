"""Compare an entry of the file with the gateway's own row of that key.

The gateway stores, in each row, the hash of the entry that the row was taken from. The hash shows who changed
what: if the entry still has it, by any recipe, the row was changed in the web UI; otherwise the file changed,
and the next start takes the file. ``enabled`` is the exception: a row keeps its own value while the file says
false, so true in the row is not an edit.

Entries must be as the gateway loads them; see ``as_loaded``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bifrost_keys.gateway.fields.table import respelled, with_filled_models
from bifrost_keys.gateway.hashing.key_hash import has_hash, key_hash, key_hashes, reproducible
from bifrost_keys.gateway.releases import NEWEST, Release
from bifrost_keys.gateway.restart.next_starts import Hashes
from bifrost_keys.gateway.restart.row_differences import differing_fields, has_literal

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow

State = Literal[
    "in-sync",
    "renamed",
    "will-be-undone",
    "changed-in-file",
    "changed-in-web",
    "differs",
    "only-in-file",
    "only-in-gateway",
]


class Finding(NamedTuple):
    """An observation about a key, with the fields concerned (never their values)."""

    state: State
    fields: tuple[str, ...] = ()


class KeyState(NamedTuple):
    """The state of a key in the file and in the database: the first finding, and the others as notes.

    ``taken_again``: the fields are equal, but the next start takes the entry again because its hash differs.
    ``by_fields``: the hashes cannot be compared, so the readable fields were.
    """

    state: State
    fields: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
    taken_again: bool = False
    by_fields: bool = False


class WebEdits(NamedTuple):
    """The fields that were changed in the web UI, which an edit of the entry would undo.

    ``certain`` is False if no hash proves who changed them. ``hidden``: secrets of the row are encrypted, so
    it is not known whether they are the entry's.
    """

    fields: tuple[str, ...] = ()
    certain: bool = True
    hidden: bool = False


class Pair(NamedTuple):
    """An entry and its row; either may be missing, but not both.

    ``place`` is whatever the caller passed with the entry.
    """

    place: Any
    entry: Mapping[str, Any] | None
    row: KeyRow | None


def as_loaded(entry: Mapping[str, Any], *, empty_models_allow_all: bool) -> dict[str, Any]:
    """Return the entry as the gateway loads it, unknown members included.

    ``empty_models_allow_all``: the file has ``"version": 1``, so an empty list becomes every model.
    """
    return respelled(with_filled_models(entry, empty_models_allow_all=empty_models_allow_all))


def pairs(
    entries: Iterable[tuple[Any, Mapping[str, Any]]],
    rows: Iterable[KeyRow],
    *,
    provider_of: Callable[[Any], str] = str,
) -> list[Pair]:
    """Return every entry with its row, in the order of the file, then the rows without an entry.

    A row is found by id, else by name. Ids and names are unique over all providers: of several entries that
    match a row, the one at the row's own provider gets it. ``provider_of`` returns the provider of a place.
    """
    listed = list(entries)
    left = {id(row): row for row in rows}
    by_id = {row.key_id: row for row in left.values() if row.key_id}
    by_name = {row.name: row for row in left.values()}
    found: dict[int, KeyRow] = {}
    for known, field in ((by_id, "id"), (by_name, "name")):
        elsewhere: list[tuple[int, KeyRow]] = []
        for index, (place, entry) in enumerate(listed):
            key = entry.get(field)
            row = known.get(key) if isinstance(key, str) and index not in found else None
            if row is None or id(row) not in left:
                continue
            if provider_of(place).lower() == row.provider.lower():
                found[index] = left.pop(id(row))
            else:
                elsewhere.append((index, row))
        for index, row in elsewhere:
            if id(row) in left:
                found[index] = left.pop(id(row))
    matched = [Pair(place, entry, found.get(index)) for index, (place, entry) in enumerate(listed)]
    return matched + [Pair(None, None, row) for row in left.values()]


def compare(entry: Mapping[str, Any] | None, row: KeyRow | None, *, provider: str | None = None) -> KeyState:
    """Return the state of one key; ``entry`` None: it is not in the file; ``row`` None: not in the database.

    ``provider`` is the entry's, None if it is the row's. Only a file can move a key.
    """
    if row is None or entry is None:
        return KeyState("only-in-file" if row is None else "only-in-gateway")
    fields = tuple(field for field in differing_fields(entry, row) if field != "enabled" or not is_off(entry))
    if provider is not None and provider.lower() != row.provider.lower():
        moved = Finding("changed-in-file", ("provider", *(field for field in fields if field != "name")))
        if "name" in fields:
            return KeyState("renamed", (), (moved,))
        return KeyState(moved.state, moved.fields)
    if has_hash(entry, row.config_hash):
        web = web_edits(entry, row).fields
        kept = tuple(Finding("will-be-undone", (field,)) for field in fields if field not in web)
        if web:
            return KeyState("changed-in-web", web, kept)
        if kept:
            return KeyState("will-be-undone", kept[0].fields)
        return KeyState("in-sync", by_fields=not reproducible(entry))
    certain = reproducible(entry)
    if not certain and "name" not in fields:
        # The entry's hash depends on the gateway's environment, or on chance, so it proves nothing.
        return KeyState("differs" if fields else "in-sync", fields, by_fields=True)
    findings = _findings(entry, row, fields, certain=certain)
    if not findings and row.encrypted and row.config_hash and _changed_in_file(entry, row) is None:
        return KeyState("changed-in-file")  # in the encrypted fields: all others are equal
    if not findings:
        return KeyState("in-sync", taken_again=True)
    return KeyState(findings[0].state, findings[0].fields, tuple(findings[1:]), by_fields=not certain)


def _findings(
    entry: Mapping[str, Any], row: KeyRow, fields: tuple[str, ...], *, certain: bool
) -> list[Finding]:
    """Return the findings about an entry whose hash is not the row's, the most important first."""
    findings = [Finding("renamed")] if "name" in fields else []
    ours = _changed_in_file(entry, row)
    others = tuple(field for field in fields if field not in ("name", "enabled"))
    if "enabled" in fields and (not findings or ours is None or "enabled" in ours):
        findings.append(Finding("will-be-undone", ("enabled",)))
    elif "enabled" in fields:
        others = (*others, "enabled")
    if others:
        # The next start takes the file, so a change in the web UI is at most a note.
        web = ours is not None and findings
        side: State = "changed-in-web" if web else "changed-in-file" if certain else "differs"
        findings.append(Finding(side, others))
    return findings


def _changed_in_file(entry: Mapping[str, Any], row: KeyRow) -> frozenset[str] | None:
    """Return which of name and ``enabled`` the file changed; None if it changed something else too.

    If undoing only these changes gives an entry with the row's hash, the row was taken from that entry.
    """
    if not row.config_hash:
        return None
    now = entry.get("enabled") is not False
    plain = {name: value for name, value in entry.items() if name != "enabled"}
    there = entry.get("name")
    # An absent ``enabled`` hashes like false, so the value in the entry or the row is tried first.
    spelled = entry.get("enabled") if isinstance(entry.get("enabled"), bool) else None
    spellings = dict.fromkeys((spelled, row.entry.get("enabled"), None, True, False))
    for name in (there,) if there == row.name else (there, row.name):
        for enabled in spellings:
            earlier = {**plain, "name": name, "enabled": enabled}
            if row.config_hash in key_hashes(earlier):
                changed = {"name"} if name != there else set()
                return frozenset(changed | ({"enabled"} if (enabled is not False) is not now else set()))
    return None


def web_edits(entry: Mapping[str, Any], row: KeyRow) -> WebEdits:
    """Return what was changed in the web UI since the gateway took this entry.

    Empty if the file changed too. If the hash cannot be known, any difference may be from the web UI.
    """
    certain = has_hash(entry, row.config_hash)
    if not certain and reproducible(entry):
        return WebEdits()
    off_in_file_alone = entry.get("enabled") is False and row.entry.get("enabled") is not False
    fields = differing_fields(entry, row)
    theirs = tuple(field for field in fields if not (field == "enabled" and off_in_file_alone))
    return WebEdits(theirs, certain=certain, hidden=row.encrypted and has_literal(entry, row.unreadable))


def hashes_at_start(entry: Mapping[str, Any], *, release: Release | None = None) -> Hashes:
    """Return the possible hashes of the entry at the next start of ``release`` (None: of any release)."""
    found = key_hashes(entry) if release is None else frozenset({key_hash(entry, release)})
    return Hashes(found, certain=reproducible(entry, release or NEWEST))


def is_off(entry: Mapping[str, Any]) -> bool:
    """Return whether every model is blacklisted, so that the key is off whatever the row's ``enabled``."""
    return entry.get("enabled") is False and entry.get("blacklisted_models") == ["*"]
