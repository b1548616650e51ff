"""Find out what a write did if its response does not say so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.errors import BifrostKeysError, NotFoundError
from bifrost_keys.stores.gateway_api import write_errors
from bifrost_keys.stores.gateway_api.client import Client
from bifrost_keys.stores.gateway_api.comparison import differing_members, unmet_members
from bifrost_keys.stores.gateway_api.wire import KeyInfo


def key_or_none(client: Client, key: KeyInfo) -> KeyInfo | None:
    """Return the key as it is now, None if it does not exist."""
    try:
        return client.key(key.provider, key.id)
    except NotFoundError:
        return None


def look_again(client: Client, answered: KeyInfo, label: str) -> KeyInfo:
    """Return the key after a change that the gateway confirmed; an error says that it was applied."""
    try:
        now = key_or_none(client, answered)
    except BifrostKeysError as error:
        raise write_errors.not_looked_at(label, error) from None
    if now is None:
        raise write_errors.not_shown(label, deleted=False)
    return now


def updated_key(
    client: Client, before: KeyInfo, wanted: Mapping[str, Any], failure: BifrostKeysError, label: str
) -> KeyInfo:
    """Return the key after a PUT without a clear response, if it took effect; else raise ``failure``."""
    what = f"the change of {label}"
    try:
        now = key_or_none(client, before)
    except BifrostKeysError:
        raise write_errors.cannot_be_told(what, failure) from None
    if now is None:
        raise write_errors.deleted_meanwhile(label, applied=None)
    if not unmet_members(wanted, before):
        # The change cannot be seen, for example if the new secret has the mask of the old one.
        raise write_errors.cannot_be_told(what, failure)
    unmet = unmet_members(wanted, now)
    if not unmet:
        return now
    if not differing_members(before, now):
        raise write_errors.not_in_effect(label, failure)
    raise write_errors.changed_meanwhile(label, unmet, applied=None)


def created_key(client: Client, provider: str, key_id: str, failure: BifrostKeysError, label: str) -> KeyInfo:
    """Return the key after a POST without a clear response, by the id chosen here; as ``updated_key``."""
    try:
        return client.key(provider, key_id)
    except NotFoundError:
        raise write_errors.not_stored(label, failure) from None
    except BifrostKeysError:
        raise write_errors.cannot_be_told(f"the new key {label}", failure) from None
