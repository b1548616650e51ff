"""Disable keys so that they stay disabled, and enable them again."""

from __future__ import annotations

from collections.abc import Sequence

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.references import References
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.operations.planning.plan import Plan, make_change
from bifrost_keys.operations.results import ChangeReport
from bifrost_keys.operations.selectors import find_keys
from bifrost_keys.stores.protocol import Key, Notice, Store

_EVERYTHING = ["*"]


def disable_keys(
    store: Store,
    selectors: Sequence[str],
    *,
    temporary: bool = False,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Turn these keys off, all or none of them.

    If ``enabled: false`` alone may be undone, blacklist every model too, unless ``temporary``. Raise
    ConflictError naming a narrower blacklist, which would be lost.
    """

    def decide(plan: Plan) -> None:
        lasting = not temporary and plan.snapshot.disable_needs_blacklist
        for key in find_keys(plan.snapshot, selectors, patterns=True):
            _disable(plan, key, lasting=lasting)

    return make_change(store, decide, overwrite_web=overwrite_web, dry_run=dry_run)


def enable_keys(
    store: Store, selectors: Sequence[str], *, overwrite_web: bool = False, dry_run: bool = False
) -> ChangeReport:
    """Turn these keys on, all or none of them.

    A blacklist of every model is removed only together with ``enabled: false``.
    """

    def decide(plan: Plan) -> None:
        for key in find_keys(plan.snapshot, selectors, patterns=True):
            _enable(plan, key)

    return make_change(store, decide, overwrite_web=overwrite_web, dry_run=dry_run)


def _disable(plan: Plan, key: Key, *, lasting: bool) -> None:
    new = {**key.fields, "enabled": False}
    blacklist = key.fields.get("blacklisted_models")
    if lasting and blacklist and blacklist != _EVERYTHING:
        listed = (
            ", ".join(str(model) for model in blacklist) if isinstance(blacklist, list) else "of another type"
        )
        raise ConflictError(
            f"{key.label} has a blacklist ({listed}), which would be lost: "
            "only a blacklist of every model keeps the key off",
            code="blacklist-lost",
            hint="keys disable --temporary, or clear it first: "
            f"keys update {key.label} --clear blacklisted_models",
        )
    if lasting:
        new["blacklisted_models"] = _EVERYTHING
    note = "every model is blacklisted too, so that it stays off; keys enable undoes both" if lasting else ""
    if plan.put(key, new, action="disabled", meant=frozenset({"blacklist-all"}), note=note):
        _warn_of_pins(plan, key)


def _warn_of_pins(plan: Plan, key: Key) -> None:
    """Warn about references that pin the key: their requests fail while it is off."""
    references: References = plan.snapshot.references
    if references.unread:
        message = f"the rules and virtual keys that may pin it were not read: {references.unread}"
        plan.notices.append(Notice("references-not-read", message, "", key.provider, key.handle))
    found = references.to(provider=key.provider, name=key.name, id=key.id)
    places = [path_text(each.path) for each in found if "pricing_overrides" not in each.path]
    if places:
        message = f"is pinned by {', '.join(places)}: requests that may use no other key fail while it is off"
        plan.notices.append(Notice("key-disabled-but-pinned", message, "", key.provider, key.handle))


def _enable(plan: Plan, key: Key) -> None:
    was_off = as_gateway_reads(key.fields).get("enabled") is False
    new = {**key.fields, "enabled": True} if was_off else dict(key.fields)
    if was_off and key.fields.get("blacklisted_models") == _EVERYTHING:
        del new["blacklisted_models"]
    plan.put(key, new, action="enabled")
