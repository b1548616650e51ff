"""What a gateway with a database does with an edit of the file, told or refused before it hurts.

At a restart the gateway compares the file with its own database: a key that left the file stays live,
``enabled`` is taken back at the second start, a renamed key without its id lives on under both names, and
a key that the file changed is taken from it over what people changed in the web UI. Each was seen on
running gateways of releases 1.5.1 and 1.6.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.database_row import KeyRow
from bifrost_keys.gateway.drift import changed_in_web
from bifrost_keys.gateway.fields import with_filled_models
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Added, Admission, Change, Kept, Key, Notice, Removed, Replaced

_IF: Final = "if the gateway keeps a database (not switched off in this file): "
# Where the gateway looks for keys by itself while its file has no providers (releases 1.5.1 to 2.2.6).
_DETECTED: Final = frozenset(
    f"env.{provider}_{kind}" for provider in ("OPENAI", "ANTHROPIC", "MISTRAL") for kind in ("API_KEY", "KEY")
)


def admit(snapshot: FileSnapshot, change: Change, *, overwrite_web: bool) -> Admission:
    """The change as the file will have it, with what the gateway will do with it.

    Raises ConflictError where the next start would lose something that people did in the web UI, unless
    ``overwrite_web``.
    """
    if isinstance(change, Added):
        return _admit_new(snapshot, change, overwrite_web=overwrite_web)
    if isinstance(change, Replaced):
        return _admit_replaced(snapshot, change, overwrite_web=overwrite_web)
    if isinstance(change, Removed):
        return Admission({}, _deleted(snapshot, change.key))
    return Admission(change.key.fields, _kept(snapshot, change))


def stays_live(snapshot: FileSnapshot, key: Key) -> bool:
    """Whether a gateway may go on using a key that leaves the file, after every restart."""
    return _database_matters(snapshot, key) is not None


def _row_of(snapshot: FileSnapshot, key: Key) -> KeyRow | None:
    return snapshot.gateway.row_of(key.provider, name=key.name, key_id=key.id)


def _database_matters(snapshot: FileSnapshot, key: Key) -> str | None:
    """None where no database can undo an edit of this key; otherwise how to begin the warning."""
    if not snapshot.gateway.may_undo:
        return None
    if not snapshot.gateway.seen:
        return _IF
    return "" if _row_of(snapshot, key) is not None else None


def _notice(code: str, key: Key, message: str, hint: str = "") -> Notice:
    return Notice(code, message, hint, key.provider, key.name)


def _admit_new(snapshot: FileSnapshot, change: Added, *, overwrite_web: bool) -> Admission:
    fields, provider = dict(change.fields), change.provider
    notices: list[Notice] = []
    if snapshot.provider_name(provider) is None:
        _refuse_web_provider(snapshot, provider, overwrite_web=overwrite_web)
    name, key_id = fields["name"], fields["id"]
    for what, row in (("name", _row_alike(snapshot, name)), ("id", snapshot.gateway.row_with_id(key_id))):
        if row is None:
            continue
        if not (overwrite_web and row.provider.lower() == provider.lower() and row.name == name):
            raise _taken_in_database(what, row.provider, overwrite=not overwrite_web)
        fields["id"] = row.key_id
        message = "is in the gateway's database: the next start gives that row the file's fields"
        notices.append(Notice("database_key_overwritten", message, "", provider, name))
        break
    if not snapshot.providers and fields.get("value") not in _DETECTED:
        message = (
            "this is the file's first provider: from now on the gateway does not pick up other providers' "
            "keys, such as OPENAI_API_KEY, from its environment by itself; this key is not affected"
        )
        notices.append(Notice("environment_lookup_ends", message, "", provider))
    return Admission(fields, notices)


def _refuse_web_provider(snapshot: FileSnapshot, provider: str, *, overwrite_web: bool) -> None:
    known = {other.lower() for other in snapshot.gateway.database.providers}
    if provider.lower() in known and not overwrite_web:
        raise ConflictError(
            f"the provider {provider.lower()} was set up in the gateway's web page and is not in this file: "
            "the next start would erase its base URL, headers and proxy settings",
            code="provider_in_database",
            hint="add the key in the web page, or give --overwrite-web",
        )


def _row_alike(snapshot: FileSnapshot, name: str) -> KeyRow | None:
    """The row of this name, or of one that differs by Unicode normalisation only."""
    handle = comparable_name(name)
    if handle not in snapshot.reserved_names:
        return None
    return next(row for row in snapshot.gateway.database.rows if comparable_name(row.name) == handle)


def _admit_replaced(snapshot: FileSnapshot, change: Replaced, *, overwrite_web: bool) -> Admission:
    key, old, new = change.key, change.key.fields, dict(change.fields)
    notices = _web_changes(snapshot, key, overwrite_web=overwrite_web)
    if new.get("name") != old.get("name"):
        new = _renamed(snapshot, key, new)
        notices += _rename_notices(snapshot, key, new)
    elif new.get("id") and new["id"] != old.get("id"):
        _refuse_id(snapshot, key, new["id"])
    notices += _enabled_notices(snapshot, key, new)
    return Admission(new, notices)


def _web_changes(snapshot: FileSnapshot, key: Key, *, overwrite_web: bool) -> list[Notice]:
    row = _row_of(snapshot, key)
    loaded = with_filled_models(key.fields, empty_models_allow_all=snapshot.empty_models_allow_all)
    fields = changed_in_web(loaded, row) if row is not None else ()
    if not fields:
        return []
    listed = ", ".join(fields)
    if not overwrite_web:
        raise ConflictError(
            f"{key.label} was changed in the gateway's web page since ({listed}): "
            "this edit would bring the file's old values back",
            code="changed_in_web",
            hint="change it in the web page, or give --overwrite-web",
        )
    message = f"the next start replaces what the web page changed ({listed}) by the file's values"
    return [_notice("web_changes_overwritten", key, message)]


def _renamed(snapshot: FileSnapshot, key: Key, new: dict[str, Any]) -> dict[str, Any]:
    """The renamed entry with the id by which the database knows it. Raises ConflictError."""
    row, taken = _row_of(snapshot, key), _row_alike(snapshot, new["name"])
    if taken is not None and (row is None or taken.key_id != row.key_id):
        raise ConflictError(
            f"the name is taken by a key of {taken.provider} in the gateway's database",
            code="name_taken_in_database",
            hint="choose another one, or delete that key in the web page first",
        )
    if new.get("id") or row is None:
        if new.get("id") and new["id"] != key.fields.get("id"):
            _refuse_id(snapshot, key, new["id"])
        return new
    holder = next((other for other in snapshot.keys() if other.id == row.key_id), None)
    if holder is not None:
        message = f"{holder.label} has the id under which the gateway's database knows {key.label}"
        raise ConflictError(message, code="id_taken", hint="see keys status")
    return {"id": row.key_id, **{name: value for name, value in new.items() if name != "id"}}


def _refuse_id(snapshot: FileSnapshot, key: Key, key_id: str) -> None:
    """Raise ConflictError for a new id of this entry that the gateway's database would not let it have."""
    own = _row_of(snapshot, key)
    if own is not None and own.key_id != key_id:
        message = f"the gateway's database knows the key by the id {own.key_id} and keeps that one"
        raise ConflictError(message, code="id_kept_by_gateway", field="id", hint="give that id")
    other = snapshot.gateway.row_with_id(key_id)
    if own is None and other is not None:
        raise _taken_in_database("id", other.provider)


def _taken_in_database(what: str, provider: str, *, overwrite: bool = False) -> ConflictError:
    """The error for a new key's name or id (``what``) that a row of the gateway's database has.

    ``overwrite``: the command has the option --overwrite-web for that.
    """
    ways = ["choose another one", "delete that key in the web page first"]
    ways += ["give --overwrite-web"] if overwrite else []
    return ConflictError(
        f"the {what} is taken by a key of {provider} in the gateway's database "
        "(made in its web page, or removed from this file): its secret would be overwritten",
        code=f"{what}_taken_in_database",
        field=what,
        hint=f"{', '.join(ways[:-1])}, or {ways[-1]}",
    )


def _deleted(snapshot: FileSnapshot, key: Key) -> list[Notice]:
    """A deleted key stays live when the database knows it."""
    condition = _database_matters(snapshot, key)
    if condition is None:
        return []
    message = (
        "left config.json, but the gateway goes on using it after every restart: "
        "its database still has the key and its secret"
    )
    hint = "to end it: delete it in the gateway's web page; if the secret leaked, "
    hint += "revoke it at the provider first"
    return [_notice("delete_stays_live", key, condition + message, hint)]


def _enabled_notices(snapshot: FileSnapshot, key: Key, new: Mapping[str, Any]) -> list[Notice]:
    """``enabled`` of a key that the database knows is undone at the second start.

    To write ``true`` where the field was absent counts: it changes the hash, so the next start takes it.
    """
    condition = _database_matters(snapshot, key)
    if condition is None or key.fields.get("enabled") is new.get("enabled"):
        return []
    if new.get("enabled") is False:
        if new.get("blacklisted_models") == ["*"]:
            return []
        message = "is off after the next start only: the start after it brings the database's state back"
        return [
            _notice("disable_undone", key, condition + message, f"to keep it off: keys disable {key.label}")
        ]
    row = _row_of(snapshot, key)
    if row is not None and row.entry.get("enabled") is not False:
        return []
    if row is not None:
        message = "is on after the next start only: the database has it disabled, and that comes back"
    else:
        message = "may be on after the next start only: where the database has it disabled, that comes back"
    return [_notice("enable_undone", key, condition + message, "to keep it on: enable it in the web page")]


def _rename_notices(snapshot: FileSnapshot, key: Key, new: Mapping[str, Any]) -> list[Notice]:
    """A key renamed to ``new`` without the id of its row lives on under both names."""
    condition = _database_matters(snapshot, key)
    if condition is None:
        return []
    row, key_id = _row_of(snapshot, key), new.get("id")
    if row is not None and row.name == new.get("name"):
        return []  # a renaming that no start has seen is taken back
    if row is not None and row.key_id == key_id:
        message = f"is served as {shown_name(row.name)} too until the start after the next one"
        hint = "change clients that name the key before then"
        return [_notice("rename_both_names_once", key, message, hint)]
    if row is None and key_id:
        return []
    message = "the old name stays live beside the new one: the entry does not have the id of its database row"
    renamed = f"{key.provider}/{shown_name(str(new.get('name')))}"
    hint = f"give it that id before the next start: keys update {renamed} --id ID (the web page shows it)"
    return [_notice("rename_doubles", key, condition + message, hint)]


def _kept(snapshot: FileSnapshot, change: Kept) -> list[Notice]:
    key, row = change.key, _row_of(snapshot, change.key)
    if row is None or row.entry.get("enabled") is not False or key.fields.get("enabled") is False:
        return []
    message = "is enabled in the file, but disabled in the gateway's web page: the file cannot change that"
    return [_notice("disabled_in_web", key, message, "to turn it on: enable it in the web page")]
