"""Predict the effect of a change where no database of the gateway was read.

The gateway may have one elsewhere, unless the file switches it off: that is said as a condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.unused import is_off
from bifrost_keys.stores.config_file.restart.notices import (
    doubled,
    key_notice,
    off_once,
    on_once,
    stays_live_notice,
)
from bifrost_keys.stores.protocol import Added, Change, Kept, Key, Notice, Removed

if TYPE_CHECKING:
    from bifrost_keys.stores.config_file.gateway_state import GatewayState

_IF_KEPT: Final = "if the gateway keeps a database (not switched off in this file), "


def admit(
    gateway: GatewayState, change: Change, *, overwrite_web: bool
) -> tuple[Mapping[str, Any], list[Notice]]:
    """Return the fields as the file will have them, and notices.

    Raise ConflictError if there is a database that cannot be read, unless ``overwrite_web``.
    """
    if isinstance(change, Removed):
        notices = unreadable_notice(gateway)
        if gateway.may_undo:
            message = "it goes on using the key after every restart: the database still has its secret"
            notices.append(stays_live_notice(change.key, _IF_KEPT + message))
        return {}, notices
    if isinstance(change, Kept):
        return change.key.fields, unreadable_notice(gateway)
    notices = _refuse_unreadable(gateway, overwrite_web=overwrite_web)
    if not isinstance(change, Added) and gateway.may_undo:
        notices += _rename_effects(change.key, change.fields)
        notices += _enabled_effects(change.key, change.fields)
    return change.fields, notices


def unreadable_notice(gateway: GatewayState) -> list[Notice]:
    """Return a notice about a database that exists and cannot be read."""
    database = gateway.database
    if not (database.in_doubt and gateway.may_undo):
        return []
    message = (
        f"the gateway's database {database.path} cannot be read: {database.why}; "
        "changes made in the web UI and the names in use could not be checked"
    )
    return [Notice("database-not-readable", message)]


def _refuse_unreadable(gateway: GatewayState, *, overwrite_web: bool) -> list[Notice]:
    """Return a notice if the database cannot be read, or raise ConflictError unless ``overwrite_web``."""
    notices = unreadable_notice(gateway)
    if notices and not overwrite_web:
        raise ConflictError(
            f"{notices[0].message}; nothing was changed",
            code=notices[0].code,
            hint="try again when it can be read, or use --overwrite-web to continue without that check",
        )
    return notices


def _rename_effects(key: Key, new: Mapping[str, Any]) -> list[Notice]:
    if new.get("name") == key.fields.get("name") or key.name is None:
        return []
    name = shown_name(str(new.get("name")))
    if new.get("id"):
        message = f"{_IF_KEPT}it also serves {key.label} until the start after the next one"
        hint = f"make sure that its database has no other key named {name}: the gateway would not start"
        return [key_notice("rename-both-names-once", key, message, hint)]
    changed = Key(key.provider, key.position, None, str(new.get("name")), lambda _: new)
    message = f"{_IF_KEPT}it also serves the key under the old name for ever: the entry has no id"
    return [doubled(key, message, new_label=changed.label)]


def _enabled_effects(key: Key, new: Mapping[str, Any]) -> list[Notice]:
    """Warn about the start after the next one.

    Adding ``true`` where the field was absent counts as a change: it changes the hash of the entry.
    """
    if key.fields.get("enabled") is new.get("enabled") or is_off(new):
        return []
    if new.get("enabled") is False:
        return [off_once(key, f"{_IF_KEPT}it ")]
    return [on_once(key, f"{_IF_KEPT}it may be on")]
