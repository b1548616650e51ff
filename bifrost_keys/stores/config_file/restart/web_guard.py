"""Refuse an edit of the file if the gateway's next start would undo what was done in the web UI.

Nothing is refused if the file switches the database off, or if every start makes it equal to the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.hashing.key_hash import has_hash
from bifrost_keys.gateway.restart.drift import WebEdits, as_loaded, web_edits
from bifrost_keys.gateway.restart.next_starts import Forecast
from bifrost_keys.gateway.restart.row_differences import differing_fields
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Added, Key, Notice, Replaced

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import KnownKey
    from bifrost_keys.gateway.restart.database_row import KeyRow

_DETECTED = "_auto_detected"  # the end of the names of keys that the gateway found in its own environment
_LISTED = 10


def row_of(snapshot: FileSnapshot, key: Key) -> KeyRow | None:
    """Return the row of a key of the file: by id, else by name."""
    return snapshot.gateway.row_of(key.provider, name=key.name, key_id=key.id)


def refuse_web_edits(snapshot: FileSnapshot, change: Replaced, *, overwrite_web: bool) -> WebEdits:
    """Return the changes of the web UI that the edit takes back.

    Raise ConflictError unless ``overwrite_web``. Values that the edit itself brings over from there are not
    lost.
    """
    key = change.key
    row = row_of(snapshot, key)
    if row is None or snapshot.gateway.file_wins:
        return WebEdits()
    old, new = (
        as_loaded(fields, empty_models_allow_all=snapshot.empty_models_allow_all)
        for fields in (key.fields, change.fields)
    )
    edits = web_edits(old, row)
    if (edits.fields or edits.hidden) and edits.certain and has_hash(new, row.config_hash):
        return WebEdits()  # an entry whose hash stays the same: the next start keeps the row
    if edits.fields:
        still = differing_fields(new, row)
        edits = edits._replace(fields=tuple(field for field in edits.fields if field in still))
    if not edits.fields or overwrite_web:
        return edits
    listed = ", ".join(edits.fields)
    if edits.certain:
        raise ConflictError(
            f"{key.label} was changed in the gateway's database since it was taken from the file ({listed}): "
            "this edit would restore the file's values",
            code="key-changed-in-web",
            hint=f"change it there: keys --gateway URL update {key.label}, or use --overwrite-web",
        )
    raise ConflictError(
        f"{key.label} differs in the gateway's database ({listed}), and only the gateway knows which side "
        "changed it: this edit may restore old values",
        code="key-may-be-changed-in-web",
        hint="compare them: keys --gateway URL diff; --overwrite-web takes the file's",
    )


def refuse_web_provider(snapshot: FileSnapshot, provider: str, *, overwrite_web: bool) -> list[Notice]:
    """Return a notice about a provider that only the database has and that gets its first key here.

    Raise ConflictError if the provider was set up in the web UI, unless ``overwrite_web``.
    """
    database, name = snapshot.gateway.database, provider.lower()
    if snapshot.gateway.file_wins or name not in {other.lower() for other in database.providers}:
        return []
    from bifrost_keys.gateway.providers.settings_hash import own_settings

    names = [each.name or "" for each in database.rows.handles() if each.provider.lower() == name]
    settings = next((row for row in database.provider_rows if row.name.lower() == name), None)
    detected = names and all(each.endswith(_DETECTED) for each in names)
    erased = not detected or settings is None or own_settings(settings)
    if erased and not overwrite_web:
        raise ConflictError(
            f"the provider {name} is in the gateway's database and not in this file: "
            "the next start would erase its base URL, headers and proxy settings",
            code="provider-in-database",
            hint=f"add the key there: keys --gateway URL create {name}, or use --overwrite-web",
        )
    effects = (
        ["erases the base URL, headers and proxy settings that it has in the database"] if erased else []
    )
    if names:
        keys = "its other key" if len(names) == 1 else f"its {len(names)} other keys"
        listed = ", ".join(map(shown_name, names[:_LISTED]))
        more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
        effects.append(f"does not serve {keys} ({listed}{more}); the start after it does")
    message = f"{name}: the next start {' and '.join(effects)}"
    return [Notice("provider-taken-from-file", message, "", name)] if effects else []


def row_alike(snapshot: FileSnapshot, name: str) -> KeyRow | None:
    """Return the row of this name, or of one that differs by Unicode normalisation only."""
    return None if snapshot.gateway.file_wins else snapshot.gateway.database.rows.alike(name)


def take_row(snapshot: FileSnapshot, change: Added, *, overwrite_web: bool) -> KeyRow | None:
    """Return the row that a new key takes over with ``overwrite_web``: that of its provider and name.

    Raise ConflictError for a name or id that a row has.
    """
    if snapshot.gateway.file_wins:
        return None
    name, key_id = change.fields["name"], change.fields["id"]
    for what, row in (("name", row_alike(snapshot, name)), ("id", snapshot.gateway.row_with_id(key_id))):
        if row is None:
            continue
        if overwrite_web and row.provider.lower() == change.provider.lower() and row.name == name:
            return row
        raise _taken(what, row, overwrite=not overwrite_web)
    return None


def refuse_taken_name(snapshot: FileSnapshot, key: Key, new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the renamed entry with the id that the key has in the database.

    Raise ConflictError for a name that another row has, and for an id that another entry has.
    """
    row, taken = row_of(snapshot, key), row_alike(snapshot, new["name"])
    if taken is not None and (row is None or taken.key_id != row.key_id):
        raise ConflictError(
            f"the name is taken by {row_label(taken)} in the gateway's database",
            code="name-taken-in-database",
            hint="choose another one, or delete that key in the web UI first",
        )
    if new.get("id") or row is None or snapshot.gateway.file_wins:
        if new.get("id") and new["id"] != key.fields.get("id"):
            refuse_id(snapshot, key, new["id"])
        return dict(new)
    holder = next((other for other in snapshot.keys() if other.id == row.key_id), None)
    if holder is not None:
        message = f"{holder.label} has the id that {key.label} has in the gateway's database"
        raise ConflictError(message, code="id-taken", hint="keys status shows both")
    return {"id": row.key_id, **{name: value for name, value in new.items() if name != "id"}}


def refuse_id(snapshot: FileSnapshot, key: Key, key_id: str) -> None:
    """Raise ConflictError for a new id if the key has another one in the gateway's database."""
    own = row_of(snapshot, key)
    if own is not None and own.key_id != key_id:
        message = f"{key.label} has the id {own.key_id} in the gateway's database, which keeps it"
        raise ConflictError(message, code="id-kept-by-gateway", field="id", hint="use that id")
    other = snapshot.gateway.row_with_id(key_id)
    if own is None and other is not None:
        raise _taken("id", other, overwrite=False)


def refuse_confusion(key: Key, before: Forecast | None, after: Forecast) -> list[Notice]:
    """Return a notice about a key that keeps the gateway from starting, or is mixed up with another.

    Raise ConflictError if that was not so ``before`` the change.
    """
    if after.outcome == "served" or after.row is None:
        return []
    row = row_label(after.row)
    if after.outcome == "stops":
        code = "gateway-would-not-start"
        message = f"has the id of {row} in the gateway's database and the name of another key there: "
        message += "the gateway does not start"
    else:
        code = "key-mixed-up"
        message = f"has the id or the name of {row} in the gateway's database: the next start mixes them up"
    hint = "give it another name and id, or delete the other key in the web UI first"
    if before is None or before.outcome != after.outcome:
        raise ConflictError(f"{key.label} {message}", code=code, hint=hint)
    return [Notice(code, message, hint, key.provider, key.handle)]


def row_label(row: KeyRow | KnownKey) -> str:
    """Return the name of a key of the database for messages."""
    return f"{shown_name(row.provider)}/{shown_name(row.name or '')}"


def _taken(what: str, row: KeyRow, *, overwrite: bool) -> ConflictError:
    """Return the error for a new key's name or id (``what``) that is in the gateway's database.

    ``overwrite``: --overwrite-web might help.
    """
    ways = ["choose another one", "delete that key in the web UI first"]
    ways += ["use --overwrite-web"] if overwrite else []
    return ConflictError(
        f"the {what} is taken by {row_label(row)} in the gateway's database "
        "(made in its web UI, or removed from this file): its secret would be overwritten",
        code=f"{what}-taken-in-database",
        field=what,
        hint=f"{', '.join(ways[:-1])}, or {ways[-1]}",
    )
