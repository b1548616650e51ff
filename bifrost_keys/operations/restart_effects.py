"""What a gateway with a database does with an edit of the file, told before it hurts.

At a restart the gateway compares the file with its own database: a key that left the file stays live,
``enabled`` is taken back at the second start, a renamed key without its id lives on under both names.
Each was seen on running gateways of releases 1.5.1 and 1.5.16.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.operations.changeset import Plan
from bifrost_keys.operations.selectors import label
from bifrost_keys.stores.config_file.document import EntryRef

_IF: Final = "if the gateway keeps a database (not switched off in this file): "


def _database_matters(plan: Plan, ref: EntryRef) -> str | None:
    """None where no database can undo an edit of this key; otherwise how to begin the warning."""
    knowledge = plan.knowledge
    if not knowledge.keeps_database or knowledge.file_wins:
        return None
    if not knowledge.seen:
        return _IF
    row = knowledge.row_of(ref.provider, name=ref.name, key_id=ref.id)
    return "" if row is not None else None


def warn_deleted(plan: Plan, ref: EntryRef) -> None:
    """A deleted key stays live when the database knows it."""
    condition = _database_matters(plan, ref)
    if condition is None:
        return
    message = (
        "left config.json, but the gateway goes on using it after every restart: "
        "its database still has the key and its secret"
    )
    hint = "to end it: delete it in the gateway's web page; if the secret leaked, "
    hint += "revoke it at the provider first"
    plan.warn("delete_stays_live", ref, condition + message, hint)


def warn_enabled_change(plan: Plan, ref: EntryRef, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """``enabled`` of a key that the database knows is undone at the second start.

    To write ``true`` where the field was absent counts: it changes the hash, so the next start takes it.
    """
    condition = _database_matters(plan, ref)
    if condition is None or old.get("enabled") is new.get("enabled"):
        return
    if new.get("enabled") is False:
        if new.get("blacklisted_models") == ["*"]:
            return
        message = "is off after the next start only: the start after it brings the database's state back"
        plan.warn("disable_undone", ref, condition + message, f"to keep it off: keys disable {label(ref)}")
        return
    row = plan.knowledge.row_of(ref.provider, name=ref.name, key_id=ref.id)
    if row is None or row.entry.get("enabled") is False:
        if row is not None:
            message = "is on after the next start only: the database has it disabled, and that comes back"
        else:
            message = (
                "may be on after the next start only: where the database has it disabled, that comes back"
            )
        plan.warn("enable_undone", ref, condition + message, "to keep it on: enable it in the web page")


def warn_renamed(plan: Plan, ref: EntryRef, new: Mapping[str, Any]) -> None:
    """A key renamed to ``new`` without the id of its row lives on under both names."""
    condition = _database_matters(plan, ref)
    if condition is None:
        return
    row = plan.knowledge.row_of(ref.provider, name=ref.name, key_id=ref.id)
    key_id = new.get("id")
    if row is not None and row.name == new.get("name"):
        return  # a renaming that no start has seen is taken back
    if row is not None and row.key_id == key_id:
        message = f"is served as {row.name} too until the start after the next one"
        plan.warn("rename_both_names_once", ref, message, "change clients that name the key before then")
        return
    if row is None and key_id:
        return
    message = "the old name stays live beside the new one: the entry does not have the id of its database row"
    renamed = f"{ref.provider}/{new.get('name')}"
    hint = f"give it that id before the next start: keys update {renamed} --id ID (the web page shows it)"
    plan.warn("rename_doubles", ref, condition + message, hint)
