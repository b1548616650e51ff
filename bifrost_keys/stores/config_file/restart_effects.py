"""Predict what a gateway with a database does, at its next starts, with a change of the file.

A key that was removed from the file is still served, ``enabled`` is undone at the second start, and a renamed
key is served under both names, once or for ever. Each was observed on running gateways of releases 1.5.1 and
1.6.0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.gateway.restart.drift import as_loaded, web_edits
from bifrost_keys.stores.config_file import web_guard
from bifrost_keys.stores.config_file.edit_effects import (
    IF_KEPT,
    disabled_in_web,
    edit_effects,
    enabled_effects,
    key_notice,
    unused,
)
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.config_file.web_guard import row_label, row_of
from bifrost_keys.stores.protocol import Added, Admission, Change, Kept, Key, Notice, Removed, Replaced

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow

# The variables that the gateway reads by itself while its file has no providers (releases 1.5.1 to 2.2.6).
_DETECTED: Final = frozenset(
    f"env.{provider}_{kind}" for provider in ("OPENAI", "ANTHROPIC", "MISTRAL") for kind in ("API_KEY", "KEY")
)


def admit(snapshot: FileSnapshot, change: Change, *, overwrite_web: bool) -> Admission:
    """Return the change as the file will have it, with notices about its effect on the gateway.

    Raise ConflictError if the next start would undo something that was done in the web UI, or if that cannot
    be checked, unless ``overwrite_web``.
    """
    if isinstance(change, Removed):
        return Admission({}, [*web_guard.unreadable_notice(snapshot), *_deleted(snapshot, change.key)])
    if isinstance(change, Kept):
        notices = [*web_guard.unreadable_notice(snapshot), *_kept(snapshot, change.key)]
        return Admission(change.key.fields, notices)
    doubt = web_guard.refuse_unreadable(snapshot, overwrite_web=overwrite_web)
    if isinstance(change, Added):
        fields, notices = _added(snapshot, change, overwrite_web=overwrite_web)
    else:
        fields, notices = _replaced(snapshot, change, overwrite_web=overwrite_web)
    return Admission(fields, [*doubt, *notices])


def stays_live(snapshot: FileSnapshot, key: Key) -> bool:
    """Return whether a gateway may go on using a key that was removed from the file, after every restart."""
    gateway = snapshot.gateway
    return gateway.may_undo and (not gateway.seen or _live_row(snapshot, key) is not None)


def _live_row(snapshot: FileSnapshot, key: Key) -> KeyRow | None:
    """Return the row of a key, even if it was renamed in the web UI and no id leads to it."""
    return row_of(snapshot, key) or snapshot.next_starts.row_taken_from(key)


def without_providers(snapshot: FileSnapshot) -> Notice:
    """Return a notice about what the gateway does with a file that loses its last provider."""
    if snapshot.gateway.file_wins:
        does = "the next start removes every provider and key from the gateway's database, and serves nothing"
    elif snapshot.gateway.may_undo and snapshot.gateway.database.providers:
        does = "the gateway goes on with the providers and keys of its database"
    else:
        does = "the gateway looks for keys in its own environment again"
        if snapshot.gateway.may_undo and not snapshot.gateway.seen:
            does += ", unless its database has providers"
    return Notice("providers-empty", f"the file has no providers left: {does}")


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
    return fields, [*notices, *_first_provider(snapshot, change)]


def _first_provider(snapshot: FileSnapshot, change: Added) -> list[Notice]:
    gateway = snapshot.gateway
    if snapshot.providers or change.fields.get("value") in _DETECTED or gateway.file_wins:
        return []
    if gateway.may_undo and gateway.database.providers:
        return []  # the gateway looks for keys by itself only while it has no provider at all
    message = (
        "this is the file's first provider: from now on the gateway does not pick up other providers' "
        "keys, such as OPENAI_API_KEY, from its environment by itself; this key is not affected"
    )
    return [Notice("environment-lookup-ends", message, "", change.provider)]


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
    return new, [*notices, *unused(snapshot, key, new)]


def _deleted(snapshot: FileSnapshot, key: Key) -> list[Notice]:
    """Warn about a deleted key that stays live because the database has it."""
    if not stays_live(snapshot, key):
        return []
    message = "left config.json, but the gateway goes on using it after every restart: "
    message += "its database still has the key and its secret"
    row = _live_row(snapshot, key)
    if row is not None and row.name != key.name:
        message = (
            f"left config.json, but the gateway goes on using it as {row_label(row)} after every restart: "
        )
        message += "its database still has the key and its secret"
    elif not snapshot.gateway.seen:
        message = IF_KEPT + "it goes on using the key after every restart: the database still has its secret"
    elif key.provider.lower() in snapshot.next_starts.retaken:
        message = "left config.json, but only the next start does not serve it: the start after it does, "
        message += "because the gateway's database still has the key and its secret"
    label = row_label(row) if row is not None else key.label
    hint = f"to end it: keys --gateway URL delete {label}, or delete it in the gateway's web UI; "
    hint += "if the secret leaked, revoke it at the provider first"
    return [key_notice("key-stays-live", key, message, hint)]


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
