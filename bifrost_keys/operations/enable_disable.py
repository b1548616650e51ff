"""Turn keys off so that they stay off, and on again."""

from __future__ import annotations

from collections.abc import Sequence

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.fields import as_gateway_reads
from bifrost_keys.operations.changeset import Plan, run_plan
from bifrost_keys.operations.restart_effects import warn_enabled_change
from bifrost_keys.operations.results import ChangeReport
from bifrost_keys.operations.selectors import find_each, label
from bifrost_keys.stores.config_file.document import EntryRef
from bifrost_keys.stores.protocol import Store

_EVERYTHING = ["*"]


def disable_keys(
    store: Store,
    selectors: Sequence[str],
    *,
    temporary: bool = False,
    release: str | None = None,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Turn these keys off, all or none of them.

    Where the gateway may keep a database, ``enabled: false`` alone is undone at the second start, so
    every model is blacklisted too; ``temporary`` leaves that out. Raises ConflictError naming a narrower
    blacklist, which would be lost.
    """

    def decide(plan: Plan) -> None:
        lasting = not temporary and plan.knowledge.keeps_database and not plan.knowledge.file_wins
        for ref in find_each(plan.document, selectors):
            _disable(plan, ref, lasting=lasting)

    return run_plan(store, decide, release=release, overwrite_web=overwrite_web, dry_run=dry_run)


def enable_keys(
    store: Store,
    selectors: Sequence[str],
    *,
    release: str | None = None,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Turn these keys on, all or none; a blacklist of everything goes only with ``enabled: false``."""

    def decide(plan: Plan) -> None:
        for ref in find_each(plan.document, selectors):
            _enable(plan, ref)

    return run_plan(store, decide, release=release, overwrite_web=overwrite_web, dry_run=dry_run)


def _disable(plan: Plan, ref: EntryRef, *, lasting: bool) -> None:
    old = plan.document.load(ref)
    new = {**old, "enabled": False}
    blacklist = old.get("blacklisted_models")
    if lasting and blacklist and blacklist != _EVERYTHING:
        listed = (
            ", ".join(str(model) for model in blacklist) if isinstance(blacklist, list) else "of another type"
        )
        raise ConflictError(
            f"{label(ref)} has a blacklist ({listed}), which would be lost: "
            "only a blacklist of everything keeps the key off",
            code="blacklist_lost",
            hint="keys disable --temporary, or clear it first: "
            f"keys update {label(ref)} --clear blacklisted_models",
        )
    if lasting:
        new["blacklisted_models"] = _EVERYTHING
    if plan.put(ref, new, action="disabled", meant=frozenset({"blacklist-all"})):
        warn_enabled_change(plan, ref, old, new)


def _enable(plan: Plan, ref: EntryRef) -> None:
    old = plan.document.load(ref)
    was_off = as_gateway_reads(old).get("enabled") is False
    new = {**old, "enabled": True} if was_off else dict(old)
    if was_off and old.get("blacklisted_models") == _EVERYTHING:
        del new["blacklisted_models"]
    if plan.put(ref, new, action="enabled"):
        warn_enabled_change(plan, ref, old, new)
        return
    row = plan.knowledge.row_of(ref.provider, name=ref.name, key_id=ref.id)
    if row is not None and row.entry.get("enabled") is False:
        message = (
            "is enabled in the file, but disabled in the gateway's web page: the file cannot change that"
        )
        plan.warn("disabled_in_web", ref, message, "to turn it on: enable it in the web page")
