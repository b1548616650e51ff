"""Compare an entry of the file with the gateway's own row of that key.

The gateway stores, in each row, the hash of the entry that the row was taken from. The hash shows who changed
what: if the entry still has it, by any recipe, the row was changed in the web UI; otherwise the file changed,
and the next start takes the file. ``enabled`` is the exception: a row keeps its own value while the file says
false, so true in the row is not an edit.

Entries must be as the gateway loads them; see ``as_loaded``.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bifrost_keys.gateway.fields.table import respelled, with_filled_models
from bifrost_keys.gateway.hashing.key_hash import EntryHashes
from bifrost_keys.gateway.restart.row_differences import differing_fields, has_literal
from bifrost_keys.gateway.unused import is_off

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


def as_loaded(entry: Mapping[str, Any], *, empty_models_allow_all: bool) -> dict[str, Any]:
    """Return the entry as the gateway loads it, unknown members included.

    ``empty_models_allow_all``: the file has ``"version": 1``, so an empty list becomes every model.
    """
    return respelled(with_filled_models(entry, empty_models_allow_all=empty_models_allow_all))


def compare(
    entry: Mapping[str, Any] | None,
    row: "KeyRow | None",
    *,
    provider: str | None = None,
    hashes: EntryHashes | None = None,
) -> KeyState:
    """Return the state of one key; ``entry`` None: it is not in the file; ``row`` None: not in the database.

    ``provider`` is the entry's, None if it is the row's. Only a file can move a key. ``hashes`` are those of
    the entry, if the caller has them.
    """
    if row is None or entry is None:
        return KeyState("only-in-file" if row is None else "only-in-gateway")
    hashes = hashes or EntryHashes(entry)
    differing = differing_fields(entry, row)
    fields = tuple(field for field in differing if field != "enabled" or not is_off(entry))
    if provider is not None and provider.lower() != row.provider.lower():
        moved = Finding("changed-in-file", ("provider", *(field for field in fields if field != "name")))
        if "name" in fields:
            return KeyState("renamed", (), (moved,))
        return KeyState(moved.state, moved.fields)
    if hashes.has(row.config_hash):
        web = _changed_in_web(entry, row, differing)
        kept = tuple(Finding("will-be-undone", (field,)) for field in fields if field not in web)
        if web:
            return KeyState("changed-in-web", web, kept)
        if kept:
            return KeyState("will-be-undone", kept[0].fields)
        return KeyState("in-sync", by_fields=not hashes.certain)
    certain = hashes.certain
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

    The entry does not have the row's hash. If undoing only these changes gives an entry that has it, the row
    was taken from that entry.
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
        # Only true is hashed; and as it is, the entry does not have the row's hash.
        known = {entry.get("enabled") is True: False} if name == there else {}
        for enabled in spellings:
            if (on := enabled is True) not in known:
                earlier = EntryHashes({**plain, "name": name, "enabled": enabled})
                known[on] = earlier.has(row.config_hash)
            if known[on]:
                changed = {"name"} if name != there else set()
                return frozenset(changed | ({"enabled"} if (enabled is not False) is not now else set()))
    return None


def web_edits(entry: Mapping[str, Any], row: "KeyRow") -> WebEdits:
    """Return the changes made in the web UI since the gateway took this entry.

    Empty if the file changed too. If the hash cannot be known, any difference may be from the web UI.
    """
    hashes = EntryHashes(entry)
    certain = hashes.has(row.config_hash)
    if not certain and hashes.certain:
        return WebEdits()
    fields = _changed_in_web(entry, row, differing_fields(entry, row))
    return WebEdits(fields, certain=certain, hidden=row.encrypted and has_literal(entry, row.unreadable))


def _changed_in_web(entry: Mapping[str, Any], row: "KeyRow", differing: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of the differing fields the web UI changed, if the row was taken from this entry."""
    off_in_file_alone = entry.get("enabled") is False and row.entry.get("enabled") is not False
    return tuple(field for field in differing if not (field == "enabled" and off_in_file_alone))
