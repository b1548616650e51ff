"""Find faults at a gateway outside its keys, and faults of keys that only a gateway finds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from bifrost_keys.gateway.rules.fault import Fault, breach
from bifrost_keys.stores.protocol import Key

if TYPE_CHECKING:
    from bifrost_keys.stores.gateway_api.snapshot import GatewaySnapshot

_FAILED: Final = "list_models_failed"


def gateway_faults(snapshot: GatewaySnapshot) -> Iterator[Fault]:
    """Return references to missing keys, and virtual keys without keys; or a warning if unreadable."""
    known = {key.id for key in snapshot.keys()}
    for path, reference in snapshot.governance:
        for _ in (each for each in reference.key_ids if each not in known):
            hint = "name an existing key, or remove it"
            yield breach("reference-unchecked", path, "refers to a key that does not exist", hint)
        if reference.place == "virtual-key" and not reference.key_ids and not reference.every_key:
            message = f"has no key of {reference.provider}, and denies every request to it"
            yield breach("virtual-key-empty", path, message, "add keys to it in the gateway's web UI")
    if snapshot.references.unread:
        message = f"the references to the keys were not read: {snapshot.references.unread}"
        yield Fault("references-not-read", (), "warning", message)


def served_key_faults(snapshot: GatewaySnapshot, key: Key) -> Iterator[Fault]:
    """Return references of the key that resolve to nothing, and its rejection; paths begin at the key."""
    for name in snapshot.unresolved(key):
        message = "is a reference to a variable that is not set at the gateway, or is empty"
        hint = f"set it there and restart the gateway, or give another value: keys rotate {key.label}"
        yield breach("reference-not-set", tuple(name.split(".")), message, hint)
    if key.fields.get("status") == _FAILED:
        said = key.fields.get("description")
        message = f"is {_FAILED}: the provider rejected the key when the gateway asked for its models"
        hint = f"to replace the secret: keys rotate {key.label}"
        yield breach("list-models-failed", ("status",), f"{message}{f' ({said})' if said else ''}", hint)
