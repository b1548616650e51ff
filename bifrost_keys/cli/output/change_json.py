"""Convert a change, and the store in which it was made, to JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bifrost_keys.cli.output.keys import HASH, key_json
from bifrost_keys.cli.output.messages import warning_json
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.stores.protocol import ChangedFile

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.changes import Change, Changes, Config, Gateway
    from bifrost_keys.operations.check import Finding
    from bifrost_keys.operations.results import ChangeReport, Details, KeyChange
    from bifrost_keys.stores.protocol import GatewayFacts


def changes_json(report: ChangeReport, *, diff: bool, left: Sequence[Finding] | None) -> Changes:
    """Return the outcome of a change.

    ``diff``: include each field before and after; ``left`` are the findings that remain after a fix.
    """
    told: Changes = {
        "changed": report.changed,
        "dry_run": report.dry_run,
        "changes": [change_json(change, diff=diff) for change in report.changes],
        "effective": report.receipt.effective,
        "warnings": [warning_json(notice) for notice in report.notices],
    }
    store = report.receipt.store
    if isinstance(store, ChangedFile):
        told["config"] = _config_json(store)
    else:
        told["store"] = gateway_json(store)
    _add_details(told, report.details)
    if left is not None:
        from bifrost_keys.cli.output.findings import finding_json

        told["findings"] = [finding_json(each) for each in left]
    return told


def change_json(change: KeyChange, *, diff: bool) -> Change:
    """Return the outcome for one key."""
    told: Change = {
        "action": change.action,
        "changed": change.changed,
        "provider": shown_name(change.provider),
        "key": key_json(change.key),
    }
    if change.outcome is not None:
        told["applied"] = change.outcome.applied
        told["gateway_status"] = change.outcome.gateway_status
        told["description"] = change.outcome.description
    if change.old_name is not None:
        told["old_name"] = change.old_name
    if change.note:
        told["note"] = change.note
    if change.rewritten:
        told["references"] = list(change.rewritten)
    if diff:
        told["diff"] = [
            {"field": each.path, "before": each.before, "after": each.after}
            for each in change.differences
            if each.path != HASH
        ]
    return told


def gateway_json(facts: GatewayFacts) -> Gateway:
    """Return the description of a running gateway."""
    return {"kind": "gateway", "url": facts.url, "release": facts.release, "persistent": facts.persistent}


def _config_json(file: ChangedFile) -> Config:
    return {"path": file.path, "sha256_before": file.sha256_before, "sha256_after": file.sha256_after}


def _add_details(told: Changes, details: Details) -> None:
    if details.plan is not None:
        plan = details.plan
        told["plan"] = {
            "created": plan["created"],
            "updated": plan["updated"],
            "unchanged": plan["unchanged"],
            "deleted": plan["deleted"],
        }
    if details.pruned is not None:
        told["pruned"] = [shown_name(each) for each in details.pruned]
    if details.unknown is not None:
        told["unknown"] = list(details.unknown)
    if details.skipped is not None:
        told["skipped"] = list(details.skipped)
    if details.variables is not None:
        told["variables"] = list(details.variables)
    if details.added is not None:
        told["added"] = list(details.added)
