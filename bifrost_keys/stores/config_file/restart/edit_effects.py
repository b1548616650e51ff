"""Predict what a gateway with a database does, at its next starts, with a key that was edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bifrost_keys.gateway.restart.drift import as_loaded
from bifrost_keys.gateway.restart.next_starts import Forecast, is_on
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.unused import is_off
from bifrost_keys.stores.config_file.restart import web_guard
from bifrost_keys.stores.config_file.restart.notices import doubled, key_notice, off_once, on_once
from bifrost_keys.stores.config_file.restart.web_guard import row_of
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Key, Notice

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow


def edit_effects(snapshot: FileSnapshot, key: Key, new: Mapping[str, Any], *, renamed: bool) -> list[Notice]:
    """Return notices about the next two starts for a key that gets the members ``new``.

    Raise ConflictError if the gateway would no longer start, or would mix the key up with another.
    """
    changed = Key(key.provider, key.position, _text(new.get("id")), _text(new.get("name")), lambda _: new)
    loaded, row = as_loaded(new, empty_models_allow_all=False), row_of(snapshot, key)
    if row is not None and _is_of(row, changed) and is_on(row) and loaded.get("enabled") is not False:
        return []  # whichever side the next start takes: the hashes would take a third of the time of an edit
    starts = snapshot.next_starts
    after = starts.of(changed)
    if after.outcome != "served":
        return web_guard.refuse_confusion(changed, starts.of(key), after)
    notices = _rename_effects(snapshot, key, changed, after) if renamed else []
    notices += enabled_effects(changed, after, loaded)
    known = key.provider.lower() in {provider.lower() for provider in snapshot.gateway.database.providers}
    if after.row is None and known and row is None:
        message = (
            "is not in the gateway's database: the next start adds it, even if it was deleted in the web UI"
        )
        notices.append(key_notice("key-comes-back", changed, message))
    return notices


def _is_of(row: KeyRow, key: Key) -> bool:
    """Return whether the row has the key's own handles, so that nothing else leads to another row."""
    return (row.provider.lower(), row.name, row.key_id) == (key.provider.lower(), key.name, key.id)


def _rename_effects(snapshot: FileSnapshot, key: Key, changed: Key, after: Forecast) -> list[Notice]:
    """Warn that a renamed key is also served under its old name: once, or for ever without the row's id."""
    row = row_of(snapshot, key)
    if row is None or row.name == changed.name:
        return []  # not in the database, or the edit takes back a rename that no start has seen
    if after.row is not None and after.row.id == row.key_id:
        if key.provider.lower() in snapshot.next_starts.retaken:
            return []
        message = f"is also served as {shown_name(row.name)} until the start after the next one"
        if changed.fields.get("enabled") is not False:
            message += " and gets two shares of the traffic"
        elif is_on(row) and row.entry.get("blacklisted_models") != ["*"]:
            message += " and is enabled there"
        hint = "change clients that name the key before then"
        return [key_notice("rename-both-names-once", key, message, hint)]
    message = "is also served under the old name for ever: the entry does not have the id of its database row"
    return [doubled(key, message, new_label=changed.label)]


def enabled_effects(changed: Key, after: Forecast, entry: Mapping[str, Any]) -> list[Notice]:
    """Warn that the next start takes ``enabled`` from the file, and the start after it from the row again."""
    now, later = after.first[0].enabled, after.second[0].enabled
    if after.first[0].source == "database":
        return disabled_in_web(changed, entry, after)
    if now is None or now is later or is_off(entry):
        return []
    if not now:
        return [off_once(changed)]
    return [on_once(changed, "is on")]


def disabled_in_web(key: Key, entry: Mapping[str, Any], after: Forecast) -> list[Notice]:
    """Warn about a key that is enabled in the file and disabled in the database, if its row stays."""
    if entry.get("enabled") is False or after.first[0].enabled is not False:
        return []
    message = "is enabled in the file, but disabled in the gateway's database: the file cannot change that"
    return [
        key_notice(
            "key-disabled-in-web",
            key,
            message,
            f"to turn it on: keys --gateway URL enable {key.label}, or enable it in the web UI",
        )
    ]


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
