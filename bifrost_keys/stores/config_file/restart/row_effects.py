"""Predict what the next starts do with a change beside a database of the gateway that was read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bifrost_keys.gateway.restart.drift import as_loaded, web_edits
from bifrost_keys.stores.config_file.restart import web_guard
from bifrost_keys.stores.config_file.restart.edit_effects import (
    disabled_in_web,
    edit_effects,
    enabled_effects,
)
from bifrost_keys.stores.config_file.restart.notices import key_notice, stays_live_notice
from bifrost_keys.stores.config_file.restart.web_guard import row_label, row_of
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Added, Change, Kept, Key, Notice, Removed, Replaced

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow


def admit(
    snapshot: FileSnapshot, change: Change, *, overwrite_web: bool
) -> tuple[Mapping[str, Any], list[Notice]]:
    """Return the fields as the file will have them, and notices.

    Raise ConflictError if the next start would undo something that was done in the web UI, unless
    ``overwrite_web``, or if the gateway would not start or would mix keys up.
    """
    if isinstance(change, Removed):
        return {}, _deleted(snapshot, change.key)
    if isinstance(change, Kept):
        return change.key.fields, _kept(snapshot, change.key)
    if isinstance(change, Added):
        return _added(snapshot, change, overwrite_web=overwrite_web)
    return _replaced(snapshot, change, overwrite_web=overwrite_web)


def stays_live(snapshot: FileSnapshot, key: Key) -> bool:
    """Return whether the gateway goes on using a key that was removed from the file, after every restart."""
    return snapshot.gateway.may_undo and _live_row(snapshot, key) is not None


def _live_row(snapshot: FileSnapshot, key: Key) -> KeyRow | None:
    """Return the row of a key, even if it was renamed in the web UI and no id leads to it."""
    return row_of(snapshot, key) or snapshot.next_starts.row_taken_from(key)


def _added(
    snapshot: FileSnapshot, change: Added, *, overwrite_web: bool
) -> tuple[dict[str, Any], list[Notice]]:
    fields, provider, name = dict(change.fields), change.provider, change.fields["name"]
    notices: list[Notice] = []
    if snapshot.provider_name(provider) is None:
        notices += web_guard.refuse_web_provider(snapshot, provider, overwrite_web=overwrite_web)
    row = web_guard.take_row(snapshot, change, overwrite_web=overwrite_web)
    if row is not None:
        fields["id"] = row.key_id
        message = "is in the gateway's database: the next start gives that key the file's fields"
        notices.append(Notice("database-key-overwritten", message, "", provider, name))
    elif snapshot.gateway.may_undo:
        key = Key(provider, -1, fields["id"], name, lambda _: fields)
        after = snapshot.next_starts.of(key)
        notices += web_guard.refuse_confusion(key, None, after)
    return fields, notices


def _replaced(
    snapshot: FileSnapshot, change: Replaced, *, overwrite_web: bool
) -> tuple[dict[str, Any], list[Notice]]:
    key, old, new = change.key, change.key.fields, dict(change.fields)
    edits = web_guard.refuse_web_edits(snapshot, change, overwrite_web=overwrite_web)
    notices: list[Notice] = []
    replaced = [field for field in edits.fields if field != "enabled"]
    if replaced:
        message = f"the next start replaces the database's values of {', '.join(replaced)} with the file's"
        notices.append(key_notice("web-changes-overwritten", key, message))
    if edits.hidden:
        message = (
            "has a secret that the database encrypts: whether it was changed in the web UI is not known, "
        )
        message += "and the next start takes the file's"
        notices.append(key_notice("secret-not-compared", key, message))
    renamed = new.get("name") != old.get("name")
    if renamed:
        new = web_guard.refuse_taken_name(snapshot, key, new)
    elif new.get("id") and new["id"] != old.get("id"):
        web_guard.refuse_id(snapshot, key, new["id"])
    if snapshot.gateway.may_undo:
        notices += edit_effects(snapshot, key, new, renamed=renamed)
    return new, notices


def _deleted(snapshot: FileSnapshot, key: Key) -> list[Notice]:
    """Warn about a deleted key that stays live because the database has it."""
    row = _live_row(snapshot, key) if snapshot.gateway.may_undo else None
    if row is None:
        return []
    if row.name == key.name and key.provider.lower() in snapshot.next_starts.retaken:
        message = "left config.json, but only the next start does not serve it: the start after it does, "
        message += "because the gateway's database still has the key and its secret"
    else:
        named = f" as {row_label(row)}" if row.name != key.name else ""
        message = f"left config.json, but the gateway goes on using it{named} after every restart: "
        message += "its database still has the key and its secret"
    return [stays_live_notice(key, message, row=row_label(row))]


def _kept(snapshot: FileSnapshot, key: Key) -> list[Notice]:
    """Warn about a key that needs no change in the file, while the gateway has other values."""
    gateway, row = snapshot.gateway, row_of(snapshot, key)
    if row is None or not gateway.may_undo:
        return []
    entry = as_loaded(key.fields, empty_models_allow_all=snapshot.empty_models_allow_all)
    after = snapshot.next_starts.of(key)
    if after.outcome != "served":
        return []
    if after.first[0].source == "file":
        return enabled_effects(key, after, entry)
    fields = [field for field in web_edits(entry, row).fields if field not in ("name", "enabled")]
    notices = []
    if fields:
        keeps = "keeps" if after.first[0].source == "database" else "may keep"
        message = f"is so in the file already, but the gateway {keeps} other values ({', '.join(fields)})"
        hint = f"to change them there: keys --gateway URL update {key.label}"
        notices.append(key_notice("web-changes-kept", key, message, hint))
    return notices + disabled_in_web(key, entry, after)
