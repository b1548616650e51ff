"""Predict what a gateway with a database does, at its next starts, with a key that was edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.providers.table import rules_for
from bifrost_keys.gateway.restart.drift import as_loaded, is_off
from bifrost_keys.gateway.restart.next_starts import Forecast, is_on
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.unused import key_rule, provider_rule
from bifrost_keys.stores.config_file import web_guard
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.config_file.web_guard import row_of
from bifrost_keys.stores.protocol import Key, Notice

IF_KEPT: Final = "if the gateway keeps a database (not switched off in this file), "
_RESTORED: Final = "the start after it restores the database's state"


def edit_effects(snapshot: FileSnapshot, key: Key, new: Mapping[str, Any], *, renamed: bool) -> list[Notice]:
    """Return notices about the next two starts for a key that gets the members ``new``.

    Raise ConflictError if the gateway would no longer start, or would mix the key up with another.
    """
    if not snapshot.gateway.seen:
        return [*_unseen_rename(key, new, renamed=renamed), *_unseen_enabled(key, new)]
    starts = snapshot.next_starts
    changed = Key(key.provider, key.position, _text(new.get("id")), _text(new.get("name")), lambda _: new)
    after = starts.of(changed)
    if after.outcome != "served":
        return web_guard.refuse_confusion(changed, starts.of(key), after)
    notices = _rename_effects(snapshot, key, changed, after) if renamed else []
    notices += enabled_effects(changed, after, as_loaded(new, empty_models_allow_all=False))
    known = key.provider.lower() in {provider.lower() for provider in snapshot.gateway.database.providers}
    if after.row is None and known and row_of(snapshot, key) is None:
        message = (
            "is not in the gateway's database: the next start adds it, even if it was deleted in the web UI"
        )
        notices.append(key_notice("key-comes-back", changed, message))
    return notices


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
    return [key_notice("rename-doubles", key, message, _id_hint(changed))]


def _unseen_rename(key: Key, new: Mapping[str, Any], *, renamed: bool) -> list[Notice]:
    if not renamed or key.name is None:
        return []
    name = shown_name(str(new.get("name")))
    if new.get("id"):
        message = f"{IF_KEPT}it also serves {key.label} until the start after the next one"
        hint = f"make sure that its database has no other key named {name}: the gateway would not start"
        return [key_notice("rename-both-names-once", key, message, hint)]
    changed = Key(key.provider, key.position, None, str(new.get("name")), lambda _: new)
    message = f"{IF_KEPT}it also serves the key under the old name for ever: the entry has no id"
    return [key_notice("rename-doubles", key, message, _id_hint(changed))]


def _id_hint(changed: Key) -> str:
    return f"give it that id before the next start: keys update {changed.label} --id ID (the web UI shows it)"


def enabled_effects(changed: Key, after: Forecast, entry: Mapping[str, Any]) -> list[Notice]:
    """Warn that the next start takes ``enabled`` from the file, and the start after it from the row again."""
    now, later = after.first[0].enabled, after.second[0].enabled
    if after.first[0].source == "database":
        return disabled_in_web(changed, entry, after)
    if now is None or now is later or is_off(entry):
        return []
    if not now:
        return [_off_once(changed)]
    message = f"is on after the next start only: {_RESTORED}"
    return [key_notice("enable-undone", changed, message, _to_keep_on(changed))]


def _unseen_enabled(key: Key, new: Mapping[str, Any]) -> list[Notice]:
    """Warn about the start after the next one if the database was not read.

    Adding ``true`` where the field was absent counts as a change: it changes the hash of the entry.
    """
    if key.fields.get("enabled") is new.get("enabled") or is_off(new):
        return []
    if new.get("enabled") is False:
        return [_off_once(key, f"{IF_KEPT}it ")]
    message = f"{IF_KEPT}it may be on after the next start only: {_RESTORED}"
    return [key_notice("enable-undone", key, message, _to_keep_on(key))]


def _to_keep_on(key: Key) -> str:
    return f"to keep it on: keys --gateway URL enable {key.label}, or enable it in the web UI"


def _off_once(key: Key, condition: str = "") -> Notice:
    message = f"is off after the next start only: {_RESTORED}"
    return key_notice("disable-undone", key, condition + message, f"to keep it off: keys disable {key.label}")


def unused(snapshot: FileSnapshot, key: Key, new: Mapping[str, Any]) -> list[Notice]:
    """Warn about an edit of a key that the gateway does not use at all, and will not use after it."""
    settings = snapshot.provider_settings(key.provider)
    rules, file_wins = rules_for(key.provider, settings), snapshot.gateway.file_wins
    # If the file is the source of truth, the gateway keeps a provider that it would drop otherwise.
    rule = provider_rule(key.provider, settings) if rules is None or not file_wins else None
    rule = rule or key_rule(as_gateway_reads(new), rules)
    if rule is None and not file_wins:
        others = (rule for position, rule in snapshot.alias_rules(key.provider) if position != key.position)
        rule = next(others, None)
    if rule is None:
        return []
    return [key_notice("key-unused", key, f"is not used by the gateway: {rule.reason}")]


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


def key_notice(code: str, key: Key, message: str, hint: str = "") -> Notice:
    """Return a notice about this key."""
    return Notice(code, message, hint, key.provider, key.handle)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
