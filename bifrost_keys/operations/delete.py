"""Remove keys, never one that something still refers to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.references import References
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.operations.plan import Plan, make_change
from bifrost_keys.operations.results import ChangeReport, KeyView
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

    ``if_exists``: one that is not there is no error. ``prune``: a provider that loses its last key goes
    too. Raises ConflictError naming every place that refers to one of them, because the gateway would
    not start; UsageError for a bare provider's name.
    """

    def decide(plan: Plan) -> None:
        keys = keys_to_delete(plan.snapshot, selectors, if_exists=if_exists)
        refuse_referenced(keys, plan.snapshot.references)
        for key in keys:
            plan.remove(key)
        _tidy(plan, keys, prune=prune)

    return make_change(store, decide, dry_run=dry_run)


def keys_to_delete(snapshot: Snapshot, selectors: Sequence[str], *, if_exists: bool) -> list[Key]:
    """The keys that these selectors name; a provider's name is refused even where a key has it too."""
    for selector in selectors:
        refuse_provider_name(snapshot, selector)
    return find_keys(snapshot, selectors, missing_allowed=if_exists)


def views(keys: Iterable[Key]) -> list[KeyView]:
    """What these keys are, redacted: to be shown before somebody confirms."""
    return [KeyView(key.provider, redacted_entry(key.fields)) for key in keys]


def refuse_referenced(keys: Sequence[Key], references: References) -> None:
    """Raise ConflictError naming every place that refers to one of these keys."""
    found = [
        (key.label, reference)
        for key in keys
        for reference in references.to(provider=key.provider, name=key.name, id=key.id)
    ]
    if found:
        places = ", ".join(f"{label} by {path_text(reference.path)}" for label, reference in found)
        stops = any(reference.checked for _, reference in found)
        why = "the gateway would not start" if stops else "they would lead to no key"
        message = f"referred to elsewhere in the file: {places}"
        raise ConflictError(message, code="referenced", hint=f"change these first: {why}")


def _tidy(plan: Plan, keys: Sequence[Key], *, prune: bool) -> None:
    snapshot = plan.snapshot
    emptied = [
        provider
        for provider in dict.fromkeys(key.provider for key in keys)
        if sum(1 for _ in snapshot.keys(provider)) == sum(key.provider == provider for key in keys)
    ]
    for provider in emptied:
        if prune:
            others = sorted(snapshot.provider_settings(provider))
            if others:
                raise ConflictError(
                    f"{provider} has other settings ({', '.join(others)}), which --prune would delete",
                    code="provider_has_settings",
                    hint="leave --prune out",
                )
            plan.changeset.remove_provider(provider)
        else:
            message = f"{provider} has no keys left: the gateway's schema reports that, the gateway runs"
            hint = "keys delete --prune removes the provider too"
            plan.notices.append(Notice("keys_empty", message, hint, provider))
    if prune and emptied and len(emptied) == len(snapshot.providers):
        message = "the file has no providers left: the gateway looks for keys in its own environment again"
        plan.notices.append(Notice("providers_empty", message))
