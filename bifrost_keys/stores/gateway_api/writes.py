"""Change a key: read it immediately before the write, compare, write once, read it back.

A gateway has no version of a key to compare with, and treats the mask of a secret as "unchanged" only if it
is the current one. Therefore a change is refused if anything changed since it was decided; it is sent on the
very connection of the read, and never twice: if a response does not arrive, the key is read. This cannot
exclude that somebody rotates the secret between the last read and the write.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from bifrost_keys.errors import BifrostKeysError, ConflictError
from bifrost_keys.gateway.secrets.masked import masked_members
from bifrost_keys.stores.gateway_api import replies, write_errors
from bifrost_keys.stores.gateway_api.answers import EMPTY_VALUE, sentence
from bifrost_keys.stores.gateway_api.client import Client, key_path, keys_path
from bifrost_keys.stores.gateway_api.comparison import differing_members, unmet_members
from bifrost_keys.stores.gateway_api.lookup import created_key, key_or_none, look_again, updated_key
from bifrost_keys.stores.gateway_api.replies import Reply
from bifrost_keys.stores.gateway_api.wire import KeyInfo, create_body, update_body
from bifrost_keys.stores.http.transport import Response

# How often a change is started if the connection is lost between its read and its write.
_BEGINNINGS: Final = 3
_LOST: Final = "connection-lost"
_GONE: Final = ("key-not-found", "provider-not-found")


@dataclass(frozen=True)
class Written:
    """The result of a change at the gateway.

    ``key`` is the stored key, from which a further change can begin, or the deleted one. ``gateway_status``
    and ``description``, which is masked, are the provider's response to the key. ``applied`` is always true,
    for uniformity with errors. ``sent_masks``: the body contained masks, so that a release which stores stale
    ones may have destroyed a secret that somebody rotated at that moment.
    """

    key: KeyInfo
    gateway_status: str | None = None
    description: str | None = None
    applied: bool = True
    sent_masks: bool = False

    @property
    def entry(self) -> Mapping[str, Any]:
        """The key in the file's form."""
        return self.key.entry


def update_key(client: Client, before: KeyInfo, wanted: Mapping[str, Any]) -> Written:
    """Give a key the members of a whole entry, in which a ``Masked`` of ``before`` keeps its secret.

    Raise ConflictError if the key changed or was deleted since ``before``, if its name is taken, if the
    result is not as requested, and for a mask that cannot be sent back; InvalidInputError for a value that
    cannot be sent or is refused; UnavailableError, IOFailureError or ServerUnusableError if no response
    confirms the change.
    """
    label = client.label(before.provider, before.name)
    what = f"the change of {label}"
    with write_errors.nothing_sent():
        body = update_body(wanted, before)
        _check_masks(wanted, before, label)
    client.session.sentences.add_entry(wanted)
    reply = _send_as_read(client, before, "PUT", body, label)
    refused = replies.refused(client, reply, what)
    if refused is not None and refused.code in _GONE:
        raise write_errors.deleted_meanwhile(label)
    if refused is not None:
        raise _with_value_hint(refused, reply, wanted)
    answered = replies.answered(client, before.provider, reply, what)
    if isinstance(answered, BifrostKeysError):
        stored = updated_key(client, before, wanted, answered, label)
    else:
        _check(unmet_members(wanted, answered), label, answered=True)
        stored = look_again(client, answered, label)
        _check(unmet_members(wanted, stored), label, answered=False)
    return _written(client, stored, sent_masks=any(True for _ in masked_members(wanted)))


def create_key(
    client: Client, provider: str, wanted: Mapping[str, Any], *, listed_names: Collection[str] | None = None
) -> Written:
    """Create a key, with a new id unless it has one.

    ``listed_names``: every name that the gateway lists, if known. Raise as ``update_key`` does, and
    NotFoundError for a provider that is not configured.
    """
    key_id, name = str(wanted.get("id") or uuid4()), str(wanted.get("name", ""))
    label = client.label(provider, name)
    what = f"the new key {label}"
    with write_errors.nothing_sent():
        _check_masks(wanted, None, label)
        body = create_body(wanted, key_id)
    client.session.sentences.add_entry(wanted)
    reply = replies.send(client, "POST", keys_path(provider), body)
    refused = replies.refused(client, reply, what)
    if isinstance(refused, ConflictError) and listed_names is not None and name not in listed_names:
        refused.hint = (
            "no key of this name is listed: it may be half written and appear at the next start, "
            "or be at another node"
        )
    if refused is not None:
        raise _with_value_hint(refused, reply, wanted)
    answered = replies.answered(client, provider, reply, what)
    if isinstance(answered, BifrostKeysError):
        stored = created_key(client, provider, key_id, answered, label)
    else:
        if answered.id != key_id:
            raise write_errors.not_as_wanted(label, ["id"], answered=True)
        _check(unmet_members(wanted, answered), label, answered=True)
        stored = look_again(client, answered, label)
    _check(unmet_members(wanted, stored), label, answered=False)
    return _written(client, stored, sent_masks=False)


def delete_key(client: Client, before: KeyInfo) -> Written:
    """Delete a key that is unchanged since it was read; raise as ``update_key`` does."""
    label = client.label(before.provider, before.name)
    what = f"the deletion of {label}"
    reply = _send_as_read(client, before, "DELETE", None, label)
    refused = replies.refused(client, reply, what)
    if refused is not None and refused.code in _GONE:
        raise write_errors.deleted_meanwhile(label)
    if refused is not None:
        raise refused
    answered = replies.answered(client, before.provider, reply, what)
    failure = answered if isinstance(answered, BifrostKeysError) else None
    try:
        left = key_or_none(client, before)
    except BifrostKeysError as error:
        if failure is None:
            raise write_errors.not_looked_at(label, error) from None
        raise write_errors.cannot_be_told(what, failure) from None
    if left is None:
        return Written(before)  # the provider's response does not matter any more
    if failure is None:
        raise write_errors.not_shown(label, deleted=True)
    changed = differing_members(before, left)
    if changed:
        raise write_errors.changed_meanwhile(label, changed, applied=None)
    raise write_errors.not_in_effect(label, failure)


# Before the write


def _check_masks(wanted: Mapping[str, Any], before: KeyInfo | None, label: str) -> None:
    """Refuse every mask that the gateway would not recognise as that of the secret in its place."""
    known = {} if before is None else dict(masked_members(before.entry))
    masks = [*masked_members(wanted)]
    foreign = [path for path, masked in masks if path not in known or not masked.shows_as(known[path])]
    if foreign:
        raise write_errors.mask_foreign(label, foreign)
    cut = [path for path, masked in masks if masked.cut]
    if cut:
        raise write_errors.mask_cut(label, cut)


def _send_as_read(client: Client, before: KeyInfo, method: str, body: bytes | None, label: str) -> Reply:
    """Read the key, compare, and write on the same connection; start again if it was lost before."""
    path = key_path(before.provider, before.id)
    for beginning in range(1, _BEGINNINGS + 1):
        with write_errors.nothing_sent():
            now = key_or_none(client, before)
        if now is None:
            raise write_errors.deleted_meanwhile(label)
        changed = differing_members(before, now)
        if changed:
            raise write_errors.changed_meanwhile(label, changed)
        try:
            return replies.send(client, method, path, body, same_connection=True)
        except BifrostKeysError as error:
            if error.code != _LOST:
                raise
            if beginning == _BEGINNINGS:
                error.hint = (
                    "use the address of one gateway that keeps connections open, not of a load balancer"
                )
                raise
    raise AssertionError


# The result


def _check(unmet: tuple[str, ...], label: str, *, answered: bool) -> None:
    if unmet:
        raise write_errors.not_as_wanted(label, unmet, answered=answered)


def _with_value_hint(error: BifrostKeysError, reply: Reply, wanted: Mapping[str, Any]) -> BifrostKeysError:
    """Return the refusal, with a hint if the gateway does not have the variable of a reference."""
    value = wanted.get("value")
    empty = isinstance(reply, Response) and sentence(reply) == EMPTY_VALUE
    if empty and isinstance(value, str) and value.startswith(("env.", "vault.")):
        error.code = "reference-not-set"
        error.hint = (
            "the reference resolves to nothing at the gateway: set the variable there and restart it, or"
            " give another value; until then the key can only be rotated or deleted"
        )
    return error


def _written(client: Client, stored: KeyInfo, *, sent_masks: bool) -> Written:
    return Written(stored, stored.status, client.description(stored), sent_masks=sent_masks)
