"""Warnings about changes at a gateway: whether they last, who else can make them, what may undo them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.stores.gateway_api.snapshot import GatewaySnapshot
from bifrost_keys.stores.protocol import Added, Key, Notice, Removed, Replaced

_LISTED: Final = 10


def notices_of(
    snapshot: GatewaySnapshot,
    changes: Sequence[Added | Replaced | Removed],
    *,
    authenticated: bool,
    sent_masks: bool,
) -> list[Notice]:
    """Return the warnings for these changes, each once; none without a change.

    ``authenticated``: a credential was sent. ``sent_masks``: masks were sent back as "unchanged".
    """
    if not changes:
        return []
    info, notices = snapshot.client.info, []
    if not info.persistent:
        message = "the gateway has no database: its next start forgets the change"
        notices.append(Notice("not-persistent", message, "change its config.json, which lasts"))
    if not info.authentication and not authenticated:
        message = (
            "the gateway does not require a credential: anyone who can reach the address can do the same"
        )
        notices.append(Notice("no-authentication", message, "set auth_config at the gateway"))
    if snapshot.client.session.transport.settings.address.unencrypted:
        message = "the credential and the secrets travel unencrypted"
        notices.append(Notice("plain-http", message, "use an https address"))
    if info.stale_masks == "stored" and sent_masks:
        message = (
            "this release of the gateway silently loses a secret that somebody rotates at the same moment"
        )
        hint = "use references, or update the gateway to 1.6.4 or later"
        notices.append(Notice("stale-mask-release", message, hint))
    if snapshot.passed_over_references:
        message = "the references to the key were not read: a virtual key or a rule may be left without it"
        notices.append(Notice("references-not-read", message))
    return [*notices, *_of_next_start(snapshot, changes)] if info.persistent else notices


def _of_next_start(
    snapshot: GatewaySnapshot, changes: Sequence[Added | Replaced | Removed]
) -> Iterator[Notice]:
    """Warn about what a start undoes if the gateway reads a ``config.json`` that lists the keys.

    Observed on gateways of 1.5.1 and 1.6.0: every other change lasts.
    """
    deleted = [change.key for change in changes if isinstance(change, Removed)]
    if deleted:
        command = f"keys delete {' '.join(key.label for key in deleted[:_LISTED])} --config FILE"
        yield _in_file(snapshot, deleted, ("it", "them"), f"do the same there: {command}")
    renamed = [
        change
        for change in changes
        if isinstance(change, Replaced) and change.fields.get("name") != change.key.name
    ]
    if renamed:
        keys, new = [change.key for change in renamed], shown_name(str(renamed[0].fields.get("name")))
        command = f": keys rename {keys[0].label} {new} --config FILE" if len(keys) == 1 else ""
        yield _in_file(snapshot, keys, ("its old name", "their old names"), f"do the same there{command}")


def _in_file(snapshot: GatewaySnapshot, keys: Sequence[Key], what: tuple[str, str], hint: str) -> Notice:
    labels = ", ".join(key.label for key in keys[:_LISTED])
    labels += f" and {len(keys) - _LISTED} more" if len(keys) > _LISTED else ""
    # A gateway shows a hash of the keys that a config.json listed at its start; 1.5.1 only after a restart.
    listed = any(snapshot.info(key).config_hash is not None for key in keys)
    back = f"its next start brings {what[len(keys) > 1]} back"
    if listed:
        message = f"the gateway's config.json lists {labels}, as the config_hash shows: {back}"
    else:
        message = f"if the gateway's config.json lists {labels}, {back}"
    return Notice("may-be-in-file", message, hint)
