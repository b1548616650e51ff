"""Delete keys, unless something still refers to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bifrost_keys.errors import AccessDeniedError, ConflictError
from bifrost_keys.gateway.references import References
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.planning.plan import Plan, make_change
from bifrost_keys.operations.results import ChangeReport, Details
from bifrost_keys.operations.selectors import find_keys, refuse_provider_name
from bifrost_keys.stores.protocol import Key, Notice, Snapshot, Store


def delete_keys(
    store: Store,
    selectors: Sequence[str],
    *,
    if_exists: bool = False,
    prune: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Delete these keys, all or none of them.

    ``if_exists``: a missing key is not an error. ``prune``: also remove a provider that loses its last key,
    and a provider without keys that is named itself. Raise ConflictError naming every place that refers to
    one of the keys, because the gateway would not start; UsageError for a provider's name without ``prune``.
    """
    pruned: list[str] = []

    def decide(plan: Plan) -> None:
        providers = [name for name in selectors if prune and plan.snapshot.provider_name(name) is not None]
        named = [name for name in selectors if not prune or plan.snapshot.provider_name(name) is None]
        keys = keys_to_delete(plan.snapshot, named, if_exists=if_exists)
        if keys:
            refuse_referenced(keys, plan.snapshot.references)
        for key in keys:
            plan.remove(key)
        _refuse_other_keys(plan.snapshot, providers, keys)
        pruned.extend(_tidy(plan, keys, providers, prune=prune))

    report = make_change(store, decide, dry_run=dry_run)
    return report._replace(details=Details(pruned=pruned)) if pruned else report


def keys_to_delete(snapshot: Snapshot, selectors: Sequence[str], *, if_exists: bool) -> list[Key]:
    """Return the keys that these selectors name; refuse a provider's name, even if a key has it too."""
    for selector in selectors:
        refuse_provider_name(snapshot, selector)
    return find_keys(snapshot, selectors, missing_allowed=if_exists)


def refuse_referenced(keys: Sequence[Key], references: References) -> None:
    """Raise ConflictError naming every place that refers to one of these keys.

    Raise AccessDeniedError if the references cannot be read.
    """
    if references.unread:
        raise AccessDeniedError(
            f"the references to the key cannot be read: {references.unread}",
            code="references-not-read",
            hint="--unchecked deletes it without checking",
        )
    found = [
        (key.label, reference)
        for key in keys
        for reference in references.to(provider=key.provider, name=key.name, id=key.id)
    ]
    if found:
        places = ", ".join(f"{label} by {path_text(reference.path)}" for label, reference in found)
        stops = any(reference.checked for _, reference in found)
        why = "the gateway would not start" if stops else "they would refer to a missing key"
        raise ConflictError(
            f"referred to {references.where}: {places}",
            code="key-referenced",
            hint=f"change these first: {references.without_key or why}",
        )


def _refuse_other_keys(snapshot: Snapshot, providers: Sequence[str], going: Sequence[Key]) -> None:
    """Raise ConflictError for a provider that has other keys than the ones to be deleted."""
    gone = {(key.provider, key.position) for key in going}
    for provider in providers:
        left = [
            key.label
            for key in snapshot.keys(snapshot.provider_name(provider))
            if (key.provider, key.position) not in gone
        ]
        if left:
            raise ConflictError(
                f"{shown_name(provider)} has keys: {', '.join(left)}",
                code="provider-has-keys",
                hint=f"to delete them with it: keys delete {' '.join(left)} --prune",
            )


def _tidy(plan: Plan, keys: Sequence[Key], providers: Sequence[str], *, prune: bool) -> list[str]:
    """Remove the providers that have no keys left, or say how to; return the removed ones."""
    snapshot = plan.snapshot
    going = Counter(key.provider for key in keys)
    emptied = [provider for provider in going if sum(1 for _ in snapshot.keys(provider)) == going[provider]]
    named = [spelled for name in providers if (spelled := snapshot.provider_name(name)) is not None]
    removed = list(dict.fromkeys([*emptied, *named])) if prune else []
    for provider in removed:
        others = sorted(snapshot.provider_settings(provider))
        if others:
            raise ConflictError(
                f"{shown_name(provider)} has other settings, which --prune would delete: {', '.join(others)}",
                code="provider-has-settings",
                hint="omit --prune",
            )
        plan.changeset.remove_provider(provider)
    for provider in emptied if snapshot.wants_keys and not prune else ():
        name = shown_name(provider)
        hint = (
            "" if snapshot.provider_settings(provider) else f"keys delete {name} --prune removes the provider"
        )
        plan.notices.append(Notice("keys-empty", f"{name} has no keys left in the file", hint, provider))
    return removed
