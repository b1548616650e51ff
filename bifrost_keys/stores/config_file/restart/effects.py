"""Predict what a gateway with a database does, at its next starts, with a change of the file.

A key that was removed from the file is still served, ``enabled`` is undone at the second start, and a renamed
key is served under both names, once or for ever. Each was observed on running gateways of releases 1.5.1 and
1.6.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.providers.table import rules_for
from bifrost_keys.gateway.unused import key_rule, provider_rule
from bifrost_keys.stores.config_file.restart import unseen
from bifrost_keys.stores.config_file.restart.notices import key_notice
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Added, Admission, Change, Key, Notice, Replaced

# The variables that the gateway reads by itself while its file has no providers (releases 1.5.1 to 2.2.6).
_DETECTED: Final = frozenset(
    f"env.{provider}_{kind}" for provider in ("OPENAI", "ANTHROPIC", "MISTRAL") for kind in ("API_KEY", "KEY")
)


def admit(snapshot: FileSnapshot, change: Change, *, overwrite_web: bool) -> Admission:
    """Return the change as the file will have it, with notices about its effect on the gateway.

    Raise ConflictError if the next start would undo something that was done in the web UI, or if that cannot
    be checked, unless ``overwrite_web``.
    """
    if snapshot.gateway.seen:
        # Loaded before the lock is taken, and only beside a database.
        from bifrost_keys.stores.config_file.restart import row_effects

        fields, notices = row_effects.admit(snapshot, change, overwrite_web=overwrite_web)
    else:
        fields, notices = unseen.admit(snapshot.gateway, change, overwrite_web=overwrite_web)
    if isinstance(change, Added):
        notices += _first_provider(snapshot, change)
    elif isinstance(change, Replaced):
        notices += _unused(snapshot, change.key, fields)
    return Admission(fields, notices)


def stays_live(snapshot: FileSnapshot, key: Key) -> bool:
    """Return whether a gateway may go on using a key that was removed from the file, after every restart."""
    if not snapshot.gateway.seen:
        return snapshot.gateway.may_undo
    from bifrost_keys.stores.config_file.restart import row_effects

    return row_effects.stays_live(snapshot, key)


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


def _unused(snapshot: FileSnapshot, key: Key, new: Mapping[str, Any]) -> list[Notice]:
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
