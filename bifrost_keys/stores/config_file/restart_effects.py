"""What a gateway with a database does with an edit of the file at its next starts, said with the edit.

A key that left the file stays live, ``enabled`` is taken back at the second start, a renamed key is served
under both names once, or for ever. Each was seen on running gateways of releases 1.5.1 and 1.6.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.providers.table import rules_for
from bifrost_keys.gateway.restart.drift import as_loaded, is_off, web_edits
from bifrost_keys.gateway.restart.next_starts import Forecast
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.unused import alias_rule, key_rule, provider_rule
from bifrost_keys.stores.config_file import web_guard
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.config_file.web_guard import row_of
from bifrost_keys.stores.protocol import Added, Admission, Change, Kept, Key, Notice, Removed, Replaced

_IF: Final = "if the gateway keeps a database (not switched off in this file), "
# Where the gateway looks for keys by itself while its file has no providers (releases 1.5.1 to 2.2.6).
_DETECTED: Final = frozenset(
    f"env.{provider}_{kind}" for provider in ("OPENAI", "ANTHROPIC", "MISTRAL") for kind in ("API_KEY", "KEY")
)


def admit(snapshot: FileSnapshot, change: Change, *, overwrite_web: bool) -> Admission:
    """The change as the file will have it, with what the gateway will do with it.

    Raises ConflictError where the next start would lose something that people did in the web UI, or where
    that cannot be checked, unless ``overwrite_web``.
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
    """Whether a gateway may go on using a key that leaves the file, after every restart."""
    gateway = snapshot.gateway
    return gateway.may_undo and (not gateway.seen or row_of(snapshot, key) is not None)


def without_providers(snapshot: FileSnapshot) -> Notice:
    """What the gateway does with a file that loses its last provider."""
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
        key = Key(provider, -1, fields["id"], name, lambda: fields)
        after = snapshot.next_starts.of(key)
        notices += web_guard.refuse_confusion(key, None, after)
    return fields, [*notices, *_first_provider(snapshot, change)]


def _first_provider(snapshot: FileSnapshot, change: Added) -> list[Notice]:
    gateway = snapshot.gateway
    if snapshot.providers or change.fields.get("value") in _DETECTED or gateway.file_wins:
        return []
    if gateway.may_undo and gateway.database.providers:
        return []  # the gateway looks for keys only while it knows of no provider at all
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
        message = (
            f"the next start replaces what differs in the database ({', '.join(replaced)}) by the file's"
        )
        notices.append(_notice("web-changes-overwritten", key, message))
    if edits.hidden:
        message = (
            "has a secret that the database encrypts: whether it was changed in the web UI is not known, "
        )
        message += "and the next start takes the file's"
        notices.append(_notice("secret-not-compared", key, message))
    renamed = new.get("name") != old.get("name")
    if renamed:
        new = web_guard.refuse_taken_name(snapshot, key, new)
    elif new.get("id") and new["id"] != old.get("id"):
        web_guard.refuse_id(snapshot, key, new["id"])
    if snapshot.gateway.may_undo:
        notices += _effects(snapshot, key, new, renamed=renamed)
    return new, [*notices, *_unused(snapshot, key, new)]


def _effects(snapshot: FileSnapshot, key: Key, new: Mapping[str, Any], *, renamed: bool) -> list[Notice]:
    if not snapshot.gateway.seen:
        return [*_unseen_rename(key, new, renamed=renamed), *_unseen_enabled(key, new)]
    starts = snapshot.next_starts
    changed = Key(key.provider, key.position, _text(new.get("id")), _text(new.get("name")), lambda: new)
    after = starts.of(changed)
    if after.outcome != "served":
        return web_guard.refuse_confusion(changed, starts.of(key), after)
    notices = _rename_effects(snapshot, key, changed, after) if renamed else []
    notices += _enabled_effects(changed, after, as_loaded(new, empty_models_allow_all=False))
    known = key.provider.lower() in {provider.lower() for provider in snapshot.gateway.database.providers}
    if after.row is None and known and row_of(snapshot, key) is None:
        message = (
            "is not in the gateway's database: the next start adds it, even if it was deleted in the web UI"
        )
        notices.append(_notice("key-comes-back", changed, message))
    return notices


def _rename_effects(snapshot: FileSnapshot, key: Key, changed: Key, after: Forecast) -> list[Notice]:
    """A renamed key is served under both names once; without the id of its row for ever."""
    row = row_of(snapshot, key)
    if row is None or row.name == changed.name:
        return []  # the database does not know the key, or a renaming that no start has seen is taken back
    if after.row is not None and after.row.key_id == row.key_id:
        if key.provider.lower() in snapshot.next_starts.retaken:
            return []
        message = f"is served as {shown_name(row.name)} too until the start after the next one, "
        message += "and gets two shares of the traffic"
        hint = "change clients that name the key before then"
        return [_notice("rename-both-names-once", key, message, hint)]
    message = "the old name stays live beside the new one: the entry does not have the id of its database row"
    return [_notice("rename-doubles", key, message, _id_hint(changed))]


def _unseen_rename(key: Key, new: Mapping[str, Any], *, renamed: bool) -> list[Notice]:
    if not renamed or key.name is None:
        return []
    name = shown_name(str(new.get("name")))
    if new.get("id"):
        message = f"{_IF}it serves {key.label} too until the start after the next one"
        hint = f"it does not start if its database has another key that is named {name}"
        return [_notice("rename-both-names-once", key, message, hint)]
    changed = Key(key.provider, key.position, None, str(new.get("name")), lambda: new)
    message = f"{_IF}the old name stays live beside the new one: the entry has no id"
    return [_notice("rename-doubles", key, message, _id_hint(changed))]


def _id_hint(changed: Key) -> str:
    return f"give it that id before the next start: keys update {changed.label} --id ID (the web UI shows it)"


def _enabled_effects(changed: Key, after: Forecast, entry: Mapping[str, Any]) -> list[Notice]:
    """``enabled`` is the file's at the next start, and the row's again at the start after it."""
    now, later = after.first[0].enabled, after.second[0].enabled
    if after.first[0].source == "database":
        return _disabled_in_web(changed, entry, after)
    if now is None or now is later or is_off(entry):
        return []
    if not now:
        message = "is off after the next start only: the start after it brings the database's state back"
        return [_notice("disable-undone", changed, message, f"to keep it off: keys disable {changed.label}")]
    message = "is on after the next start only: the database has it disabled, and that comes back"
    return [_notice("enable-undone", changed, message, "to keep it on: enable it in the web UI")]


def _unseen_enabled(key: Key, new: Mapping[str, Any]) -> list[Notice]:
    """To write ``true`` where the field was absent counts: it changes the hash of the entry."""
    if key.fields.get("enabled") is new.get("enabled") or is_off(new):
        return []
    if new.get("enabled") is False:
        message = "is off after the next start only: the start after it brings the database's state back"
        return [_notice("disable-undone", key, _IF + message, f"to keep it off: keys disable {key.label}")]
    message = "may be on after the next start only: where the database has it disabled, that comes back"
    return [_notice("enable-undone", key, _IF + message, "to keep it on: enable it in the web UI")]


def _unused(snapshot: FileSnapshot, key: Key, new: Mapping[str, Any]) -> list[Notice]:
    """An edit of a key that the gateway does not use at all, and will not use after it."""
    settings = snapshot.provider_settings(key.provider)
    rules, file_wins = rules_for(key.provider, settings), snapshot.gateway.file_wins
    # Where the file is the source of truth the gateway keeps a provider that it would drop otherwise.
    rule = provider_rule(key.provider, settings) if rules is None or not file_wins else None
    rule = rule or key_rule(as_gateway_reads(new), rules)
    if rule is None and not file_wins:
        others = [each for each in snapshot.keys_with_aliases(key.provider) if each.position != key.position]
        rule = alias_rule(((other.label, as_gateway_reads(other.fields)) for other in others), rules)
    if rule is None:
        return []
    return [_notice("key-unused", key, f"is not used by the gateway: {rule.reason}")]


def _deleted(snapshot: FileSnapshot, key: Key) -> list[Notice]:
    """A deleted key stays live when the database knows it."""
    if not stays_live(snapshot, key):
        return []
    message = "left config.json, but the gateway goes on using it after every restart: "
    message += "its database still has the key and its secret"
    if not snapshot.gateway.seen:
        message = _IF + "it goes on using the key after every restart: the database still has its secret"
    elif key.provider.lower() in snapshot.next_starts.retaken:
        message = "left config.json, but only the next start does not serve it: the start after it does, "
        message += "because the gateway's database still has the key and its secret"
    hint = f"to end it: keys --gateway URL delete {key.label}, or delete it in the gateway's web UI; "
    hint += "if the secret leaked, revoke it at the provider first"
    return [_notice("delete-stays-live", key, message, hint)]


def _kept(snapshot: FileSnapshot, key: Key) -> list[Notice]:
    """A key that is in the file as it should be, while the gateway has something else."""
    gateway, row = snapshot.gateway, row_of(snapshot, key)
    if row is None or not gateway.may_undo:
        return []
    entry = as_loaded(key.fields, empty_models_allow_all=snapshot.empty_models_allow_all)
    after = snapshot.next_starts.of(key)
    if after.outcome != "served":
        return []
    if after.first[0].source == "file":
        return _enabled_effects(key, after, entry)
    fields = [field for field in web_edits(entry, row).fields if field not in ("name", "enabled")]
    notices = []
    if fields:
        keeps = "keeps" if after.first[0].source == "database" else "may keep"
        message = f"is so in the file already, but the gateway {keeps} other values ({', '.join(fields)})"
        hint = "they were changed in the web UI: change them there"
        notices.append(_notice("web-changes-kept", key, message, hint))
    return notices + _disabled_in_web(key, entry, after)


def _disabled_in_web(key: Key, entry: Mapping[str, Any], after: Forecast) -> list[Notice]:
    """A key that the file has on and the database off: a start that keeps the row keeps that."""
    if entry.get("enabled") is False or after.first[0].enabled is not False:
        return []
    message = "is enabled in the file, but disabled in the gateway's database: the file cannot change that"
    return [_notice("disabled-in-web", key, message, "to turn it on: enable it in the web UI")]


def _notice(code: str, key: Key, message: str, hint: str = "") -> Notice:
    return Notice(code, message, hint, key.provider, key.name)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
