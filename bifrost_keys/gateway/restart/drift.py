"""Compare an entry of the file with the gateway's own row of that key.

The gateway stores, in each row, the hash of the entry that the row was taken from. The hash shows who changed
what: if the entry still has it, by any recipe, the row was changed in the web UI; otherwise the file changed,
and the next start takes the file. ``enabled`` is the exception: a row keeps its own value while the file says
false, so true in the row is not an edit.

Entries must be as the gateway loads them; see ``as_loaded``.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bifrost_keys.gateway.fields.table import respelled, with_filled_models
from bifrost_keys.gateway.hashing.key_hash import has_hash, key_hash, key_hashes, reproducible
from bifrost_keys.gateway.references import KnownKey
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
    row: "KeyRow | None"


def as_loaded(entry: Mapping[str, Any], *, empty_models_allow_all: bool) -> dict[str, Any]:
    """Return the entry as the gateway loads it, unknown members included.

    ``empty_models_allow_all``: the file has ``"version": 1``, so an empty list becomes every model.
    """
    return respelled(with_filled_models(entry, empty_models_allow_all=empty_models_allow_all))


def pairs(
    entries: Iterable[tuple[Any, Mapping[str, Any]]],
    rows: "Iterable[KeyRow]",
    *,
    provider_of: Callable[[Any], str] = str,
) -> list[Pair]:
    """Return every entry with its row, in the order of the file, then the rows without an entry.

    ``provider_of`` returns the provider of a place.
    """
    listed, there = list(entries), list(rows)
    keys = [
        KnownKey(provider_of(place), _text(entry.get("name")), _text(entry.get("id")))
        for place, entry in listed
    ]
    owners = row_owners(keys, (row.handle for row in there))
    found = {owners[row.handle]: row for row in there if row.handle in owners}
    matched = [Pair(place, entry, found.get(index)) for index, (place, entry) in enumerate(listed)]
    return matched + [Pair(None, None, row) for row in there if row.handle not in owners]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def row_owners(keys: Sequence[KnownKey], rows: Iterable[KnownKey]) -> dict[KnownKey, int]:
    """Return the place of the key that each row belongs to; a row without a key is not in it.

    A row is found by id, else by name. Ids and names are unique over all providers: of several keys that
    match a row, the one at the row's own provider gets it.
    """
    ids = {key.id for key in keys if key.id}
    by_id: dict[str, KnownKey] = {}
    by_name: dict[str, KnownKey] = {}
    names = {key.name for key in keys if key.name is not None}
    for row in rows:
        if row.id in ids:
            by_id[row.id] = row
        if row.name in names:
            by_name[row.name] = row
    owners: dict[KnownKey, int] = {}
    for found in (
        {index: by_id[key.id] for index, key in enumerate(keys) if key.id in by_id},
        {index: by_name[key.name] for index, key in enumerate(keys) if key.name in by_name},
    ):
        owning = set(owners.values())
        for own in (True, False):
            for index, row in found.items():
                at_home = keys[index].provider.lower() == row.provider.lower()
                if at_home is own and index not in owning and row not in owners:
                    owners[row] = index
    return owners


def compare(
    entry: Mapping[str, Any] | None, row: "KeyRow | None", *, provider: str | None = None
) -> KeyState:
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
    entry: Mapping[str, Any], row: "KeyRow", fields: tuple[str, ...], *, certain: bool
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


def _changed_in_file(entry: Mapping[str, Any], row: "KeyRow") -> frozenset[str] | None:
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


def web_edits(entry: Mapping[str, Any], row: "KeyRow") -> WebEdits:
    """Return the changes made in the web UI since the gateway took this entry.

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
