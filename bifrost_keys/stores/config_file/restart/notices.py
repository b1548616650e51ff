"""Notices about a key whose change has an effect at the gateway's next starts."""

from __future__ import annotations

from typing import Final

from bifrost_keys.stores.keys import Key, Notice

RESTORED: Final = "the start after it restores the database's state"


def key_notice(code: str, key: Key, message: str, hint: str = "") -> Notice:
    """Return a notice about this key."""
    return Notice(code, message, hint, key.provider, key.handle)


def stays_live_notice(key: Key, message: str, *, row: str | None = None) -> Notice:
    """Return the warning that a deleted key stays live; ``row`` is its name in the database if it differs."""
    hint = f"to end it: keys --gateway URL delete {row or key.label}, or delete it in the gateway's web UI; "
    hint += "if the secret leaked, revoke it at the provider first"
    return key_notice("key-stays-live", key, message, hint)


def off_once(key: Key, condition: str = "") -> Notice:
    """Return the warning that a disabled key is on again after the start after the next one."""
    message = f"{condition}is off after the next start only: {RESTORED}"
    return key_notice("disable-undone", key, message, f"to keep it off: keys disable {key.label}")


def on_once(key: Key, message: str) -> Notice:
    """Return the warning that an enabled key is off again after the start after the next one."""
    hint = f"to keep it on: keys --gateway URL enable {key.label}, or enable it in the web UI"
    return key_notice("enable-undone", key, f"{message} after the next start only: {RESTORED}", hint)


def doubled(key: Key, message: str, *, new_label: str) -> Notice:
    """Return the warning that a renamed key without the id of its row is served under both names for ever."""
    hint = f"give it that id before the next start: keys update {new_label} --id ID (the web UI shows it)"
    return key_notice("rename-doubles", key, message, hint)
