"""Rules about references to keys: which ones keep the gateway from starting, and which have no effect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.references import (
    ALL_KEYS,
    KnownKey,
    Reference,
    Referrer,
    find_referrers,
    references_in,
    unresolved,
)
from bifrost_keys.gateway.releases import ANY_RELEASE, ReleaseRange
from bifrost_keys.gateway.rules.fault import Fault, breach
from bifrost_keys.gateway.rules.release import FALLBACK_OBJECTS_SINCE

_STOPS: Final = "the gateway does not start"
_UNUSED: Final = {
    "target": "the gateway starts, and the target has no key to use",
    "fallback": "the gateway starts and skips the fallback",
    "override": "the gateway starts, and the override never applies",
}
# The members that name a key by its name and by its id. Only one of the two may be given.
_PAIRS: Final = {
    "target": ("provider_key_name", "key_id"),
    "fallback": ("provider_key_name", "key_id"),
    "override": ("provider_key_name", "provider_key_id"),
}


def reference_faults(
    top: Callable[[str], Any],
    keys: Iterable[KnownKey],
    *,
    database_is_off: bool,
    releases: ReleaseRange = ANY_RELEASE,
) -> Iterator[Fault]:
    """Yield the faults of references to keys; paths begin at the top of the file.

    ``keys`` are those of the file and of the gateway's database, which may be many: those that nothing refers
    to are not kept. ``database_is_off``: the file switches the database off; ``releases`` are the possible
    releases of the gateway.
    """
    places = list(find_referrers(top))
    found = [(place, each) for place in places for each in references_in(place) if each.target]
    targets = {reference.target for _, reference in found}
    meant = [key for key in keys if key.name in targets or key.id in targets] if targets else []
    names = {key.name for key in meant if key.name}
    providers: dict[str, set[str]] = {}
    for key in meant:
        if key.id:
            providers.setdefault(key.id, set()).add(key.provider.lower())
    lost = set(unresolved((reference for _, reference in found), meant))
    for place in places:
        yield from _form_faults(place)
        if place.kind == "fallback" and releases.is_older_than(FALLBACK_OBJECTS_SINCE):
            message = "is an object: releases before 2.2.3 do not start with it"
            yield breach("fallback-object", place.path, message, "use the text provider/model")
    for place, reference in found:
        if database_is_off and reference.kind == "name" and place.kind in _PAIRS:
            message = f"cannot be resolved while config_store is disabled: {_STOPS}"
            hint = f"name the key by its id, in {_PAIRS[place.kind][1]}"
            yield breach("reference-without-database", reference.path, message, hint)
        elif reference in lost:
            yield _unresolved(place, reference, names)
        elif reference.kind == "id":
            yield from _of_other_provider(place, reference, providers[reference.target])


def _form_faults(place: Referrer) -> Iterator[Fault]:
    """Yield the faults of the object itself, independent of the keys."""
    if place.kind == "virtual-key":
        yield from _keys_faults(place)
    if place.kind in ("virtual-key", "profile"):
        listed = place.listed("key_ids")
        if ALL_KEYS in listed and len(listed) > 1:
            message = f'must not contain "*" with other entries: {_STOPS}'
            hint = 'use "*" alone for every key, or the ids without it'
            yield breach("reference-all-mixed", place.path_of("key_ids"), message, hint)
    pair = _PAIRS.get(place.kind)
    if pair is None:
        return
    by_name, by_id = (place.text(name).strip() for name in pair)
    if by_name and by_id:
        message = f"must not be combined with {pair[1]}: {_STOPS}"
        yield breach("reference-doubled", place.path_of(pair[0]), message, "keep one of the two")
    if by_name and pair[1] == "key_id" and not place.text("provider"):
        message = f"is missing, but provider_key_name is given: {_STOPS}"
        yield breach("reference-incomplete", place.path_of("provider"), message, "name the provider")


def _keys_faults(place: Referrer) -> Iterator[Fault]:
    for index, item in enumerate(place.listed("keys")):
        if not isinstance(item, Mapping):
            continue
        if not {"key_id", "name"} & {fold(name) for name, value in item.items() if value}:
            message = f"does not name a key, by key_id or by name: {_STOPS}"
            path = (*place.path_of("keys"), index)
            yield breach("reference-incomplete", path, message, "give it a key_id or a name")


def _unresolved(place: Referrer, reference: Reference, names: set[str]) -> Fault:
    hint = "name an existing key, or remove the reference"
    if reference.kind == "id" and reference.target in names:
        hint = "it contains a key's name: use the key's id"
    if reference.dangling == "stops":
        return breach("reference-unresolved", reference.path, f"does not resolve to a key: {_STOPS}", hint)
    if reference.dangling == "unused":
        message = f"does not resolve to a key: {_UNUSED[place.kind]}"
        return breach("reference-unchecked", reference.path, message, hint)
    message = "does not resolve to a key that is known here; only an enterprise gateway reads it"
    return breach("reference-enterprise", reference.path, message, hint)


def _of_other_provider(place: Referrer, reference: Reference, owners: set[str]) -> Iterator[Fault]:
    """Yield a fault for an id of another provider's key: ids resolve at any provider, but it is not used."""
    provider = place.text("provider_name" if place.kind == "profile" else "provider").lower()
    if provider and provider not in owners:
        message = f"is the id of a key of {' and '.join(sorted(owners))}, which {provider} cannot use"
        yield breach("reference-other-provider", reference.path, message, "name a key of this provider")
