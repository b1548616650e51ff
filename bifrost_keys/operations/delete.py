"""Take keys out of the file, never one that something still refers to."""

from __future__ import annotations

from collections.abc import Sequence

from bifrost_keys.errors import ConflictError, UsageError
from bifrost_keys.gateway.providers import built_in
from bifrost_keys.gateway.references import References, find_references
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.operations.changeset import Plan, run_plan
from bifrost_keys.operations.restart_effects import warn_deleted
from bifrost_keys.operations.results import ChangeReport, KeyChange, KeyView, Notice
from bifrost_keys.operations.selectors import find_each, label
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.protocol import Store


def delete_keys(
    store: Store,
    selectors: Sequence[str],
    *,
    if_exists: bool = False,
    prune: bool = False,
    release: str | None = None,
    dry_run: bool = False,
) -> ChangeReport:
    """Delete these keys, all or none of them.

    ``if_exists``: one that is not there is no error. ``prune``: a provider that loses its last key goes
    too. Raises ConflictError naming every place that refers to one of them, because the gateway would
    not start; UsageError for a bare provider's name.
    """

    def decide(plan: Plan) -> None:
        refs = find_keys(plan.document, selectors, if_exists=if_exists)
        references = References(find_references(plan.document.top("governance")))
        refuse_referenced(refs, references)
        for ref in refs:
            remove(plan, ref)
        _tidy(plan, refs, prune=prune)

    return run_plan(store, decide, release=release, dry_run=dry_run)


def find_keys(document: Document, selectors: Sequence[str], *, if_exists: bool = False) -> list[EntryRef]:
    """The keys that these selectors name, each once; with ``if_exists`` without those that are missing."""
    for selector in selectors:
        if "/" not in selector and (built_in(selector) or document.provider_name(selector)):
            raise UsageError(
                "that is the name of a provider, not of a key",
                code="provider_not_key",
                hint="name the key as PROVIDER/NAME",
            )
    return find_each(document, selectors, missing_allowed=if_exists)


def views(document: Document, refs: Sequence[EntryRef]) -> list[KeyView]:
    """What these keys are, redacted: to be shown before somebody confirms."""
    return [KeyView(ref.provider, redacted_entry(document.load(ref))) for ref in refs]


def refuse_referenced(refs: Sequence[EntryRef], references: References) -> None:
    """Raise ConflictError naming every place that refers to one of these keys."""
    places = [
        f"{label(ref)} by {path_text(reference.path)}"
        for ref in refs
        for reference in references.to(provider=ref.provider, name=ref.name, id=ref.id)
    ]
    if places:
        raise ConflictError(
            f"referred to elsewhere in the file: {', '.join(places)}",
            code="referenced",
            hint="change these first: the gateway would not start",
        )


def remove(plan: Plan, ref: EntryRef) -> None:
    """Add the removal of one key to the plan, with what the gateway will still do."""
    plan.rules(ref)
    plan.edit.remove(ref)
    old = plan.document.load(ref)
    gone = plan.differences(old, {})
    plan.changes.append(KeyChange("deleted", True, ref.provider, redacted_entry(old), gone))
    warn_deleted(plan, ref)


def _tidy(plan: Plan, refs: Sequence[EntryRef], *, prune: bool) -> None:
    document = plan.document
    emptied = [
        provider
        for provider in dict.fromkeys(ref.provider for ref in refs)
        if document.entry_count(provider) == sum(ref.provider == provider for ref in refs)
    ]
    for provider in emptied:
        if prune:
            others = sorted(document.provider_settings(provider))
            if others:
                raise ConflictError(
                    f"{provider} has other settings ({', '.join(others)}), which --prune would delete",
                    code="provider_has_settings",
                    hint="leave --prune out",
                )
            plan.edit.remove_provider(provider)
        else:
            message = f"{provider} has no keys left: the gateway's schema reports that, the gateway runs"
            hint = "keys delete --prune removes the provider too"
            plan.notices.append(Notice("keys_empty", message, hint, provider))
    if prune and emptied and len(emptied) == len(document.providers):
        message = "the file has no providers left: the gateway looks for keys in its own environment again"
        plan.notices.append(Notice("providers_empty", message))
