"""Detect several gateways behind one address that share a database and do not notify each other.

Such nodes serve the keys that each read when it started. A secret that one shows masked is unknown to
another, which would store the mask as the secret.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bifrost_keys.errors import ConflictError, NotFoundError
from bifrost_keys.stores.gateway_api.client import Client
from bifrost_keys.stores.gateway_api.comparison import differing_members
from bifrost_keys.stores.gateway_api.wire import KeyInfo

_FRESH_READS = 2


def check_nodes(
    client: Client,
    provider: str,
    keys_read: Mapping[str, Sequence[KeyInfo]],
    *,
    provider_names: Collection[str],
    node_ok: bool = False,
) -> None:
    """Raise ConflictError ``nodes-disagree`` if several nodes respond differently, before the first write.

    ``keys_read`` are the keys of each provider that was read, ``provider`` is the one to be changed,
    ``provider_names`` are all that the gateway lists. ``node_ok``: the user says that the address is one
    node. Nodes that agree are not detected.
    """
    if node_ok or not client.info.persistent:
        return
    for name in provider_names:
        if name not in keys_read and not _serves(client, name):
            raise _disagree(f"the provider {client.label(name)} is listed and not served")
    if provider not in keys_read:
        return
    for _ in range(_FRESH_READS):
        other = client.fresh()
        try:
            difference = _difference(keys_read[provider], other.keys(provider))
        except NotFoundError:
            difference = "the provider is not served"
        finally:
            other.session.transport.close()
        if difference:
            raise _disagree(f"two reads of the keys of {client.label(provider)} differ: {difference}")


def _serves(client: Client, provider: str) -> bool:
    try:
        client.keys(provider)
    except NotFoundError:
        return False
    return True


def _difference(one: Sequence[KeyInfo], other: Sequence[KeyInfo]) -> str:
    """Return the difference in words, without any value; empty if there is none."""
    if [key.id for key in one] != [key.id for key in other]:
        return "the keys"
    members = (
        member for left, right in zip(one, other, strict=True) for member in differing_members(left, right)
    )
    return next(members, "")


def _disagree(why: str) -> ConflictError:
    error = ConflictError(
        f"the address leads to more than one gateway: {why}",
        code="nodes-disagree",
        hint="use the address of one node, and restart the others after the change; or use --node-ok",
    )
    error.applied = False
    return error
