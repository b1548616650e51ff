"""Convert the report of ``keys status`` to JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bifrost_keys.cli.output.messages import warning_json
from bifrost_keys.gateway.secrets.masking import shown_id, shown_name

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract import comparison
    from bifrost_keys.gateway.restart.next_starts import Served
    from bifrost_keys.operations.status import KeyStatus, StatusReport


def status_json(path: str, report: StatusReport, database_text: str) -> comparison.Status:
    """Return the report on the file at ``path``; ``database_text`` describes the database."""
    database = report.database
    return {
        "keys": map(_key_json, report.keys),
        "total": len(report.keys),
        "differences": report.differs,
        "database": {
            "kind": database.kind,
            "path": database.path,
            "guessed": database.guessed,
            "reason": database.reason or None,
            "message": database_text,
        },
        "recipe": report.recipe,
        "left_by": report.left_by,
        "config": {"path": path},
        "warnings": [warning_json(notice) for notice in report.notices],
    }


def _key_json(key: KeyStatus) -> comparison.KeyStatus:
    serves: comparison.Starts | None = None
    if key.starts is not None:
        first, second = key.starts
        serves = {
            "next_start": [_served_json(each) for each in first],
            "start_after": [_served_json(each) for each in second],
        }
    return {
        "provider": shown_name(key.provider),
        "name": key.name,
        "id": shown_id(key.id),
        "state": key.state,
        "fields": list(key.fields),
        "notes": [{"state": note.state, "fields": list(note.fields)} for note in key.notes],
        "by_fields": key.by_fields,
        "next_start": key.next_start,
        "serves": serves,
        "name_in_database": shown_name(key.row_name) if key.row_name is not None else None,
        "recorded_hash": key.recorded,
        "status": key.status or None,
        "description": key.description or None,
    }


def _served_json(served: Served) -> comparison.Served:
    return {"name": shown_name(served.name), "source": served.source, "enabled": served.enabled}
