"""Check the keys of a running gateway, and the references to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.gateway.providers.table import is_keyless, rules_for
from bifrost_keys.gateway.rules.catalog import effect_of
from bifrost_keys.gateway.rules.duplicate import Duplicates
from bifrost_keys.gateway.rules.fault import Fault, breach, path_text
from bifrost_keys.gateway.rules.key import entry_faults
from bifrost_keys.gateway.rules.weight import weights_overflow
from bifrost_keys.gateway.secrets.masked import Masked, as_rules_see
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.check import Finding
from bifrost_keys.stores.protocol import Key

if TYPE_CHECKING:
    from bifrost_keys.stores.gateway_api.snapshot import GatewaySnapshot

# A gateway's own response contains no misspelled field, and none that is newer than the gateway.
_OF_A_FILE: Final = frozenset(
    {"field-unknown", "config-field-unknown", "field-misplaced", "field-newer", "field-case", "alias-object"}
)
_NOTED: Final = ("status", "description", "config_hash")
_FAILED: Final = "list_models_failed"


def check_gateway(snapshot: GatewaySnapshot) -> list[Finding]:
    """Return every finding at a gateway, errors first, then in its order, references last.

    If the references cannot be read, a warning says so.
    """
    found = [*_keys(snapshot), *_references(snapshot)]
    if snapshot.references.unread:
        message = f"the references to the keys were not read: {snapshot.references.unread}"
        found.append(Finding("warning", "references-not-read", "", None, None, message, "", ""))
    return sorted(found, key=lambda finding: finding.severity != "error")


def _keys(snapshot: GatewaySnapshot) -> Iterator[Finding]:
    duplicates = Duplicates()
    for provider in snapshot.providers:
        settings = snapshot.provider_settings(provider)
        rules, weights = rules_for(provider, settings), []
        for key in () if is_keyless(settings) else snapshot.keys(provider):
            members = {name: value for name, value in key.fields.items() if name not in _NOTED}
            weights.append(members.get("weight"))
            read = as_rules_see(members)
            path = ("providers", provider, "keys", key.position)
            faults = [
                *entry_faults(read, rules, empty_models_allow_all=False, releases=snapshot.releases),
                *duplicates.faults(path, key.label, _without_mask(members, read), rules),
                *_unset(snapshot, key),
                *_failed(key),
            ]
            yield from (_finding(each, key) for each in faults if each.code not in _OF_A_FILE)
        if weights_overflow(weights):
            message = "have weights that add up to more than the gateway can count: it crashes at a request"
            place = ("providers", provider, "keys")
            yield _finding(breach("weights-too-large", place, message, "use smaller weights"))


def _without_mask(members: Mapping[str, Any], read: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the key without its masked secret: two secrets may have the same mask and still differ."""
    return {**read, "value": None} if isinstance(members.get("value"), Masked) else read


def _unset(snapshot: GatewaySnapshot, key: Key) -> Iterator[Fault]:
    for name in snapshot.unresolved(key):
        message = "is a reference to a variable that is not set at the gateway, or is empty"
        hint = f"set it there and restart the gateway, or give another value: keys rotate {key.label}"
        yield breach("reference-not-set", tuple(name.split(".")), message, hint)


def _failed(key: Key) -> Iterator[Fault]:
    if key.fields.get("status") == _FAILED:
        said = key.fields.get("description")
        message = f"is {_FAILED}: the provider rejected the key when the gateway asked for its models"
        hint = f"to replace the secret: keys rotate {key.label}"
        yield breach("list-models-failed", ("status",), f"{message}{f' ({said})' if said else ''}", hint)


def _references(snapshot: GatewaySnapshot) -> Iterator[Finding]:
    known = {key.id for key in snapshot.keys()}
    for path, reference in snapshot.governance:
        for _ in (each for each in reference.key_ids if each not in known):
            hint = "name an existing key, or remove it"
            yield _finding(breach("reference-unchecked", path, "refers to a key that does not exist", hint))
        if reference.place == "virtual-key" and not reference.key_ids and not reference.every_key:
            message = f"has no key of {reference.provider}, and denies every request to it"
            yield _finding(
                breach("virtual-key-empty", path, message, "add keys to it in the gateway's web UI")
            )


def _finding(fault: Fault, key: Key | None = None) -> Finding:
    above = ("providers", key.provider, "keys", key.position) if key is not None else ()
    return Finding(
        fault.severity,
        fault.code,
        path_text((*above, *fault.path)),
        None,
        None,
        fault.message,
        effect_of(fault.code),
        fault.hint,
        shown_name(key.provider) if key is not None else None,
        key.handle if key is not None else None,
        path_text(fault.path),
    )
