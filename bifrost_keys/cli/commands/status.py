"""keys status."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.changes import label, tell_warnings, warning_json
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session, is_terminal, print_to_stderr
from bifrost_keys.errors import (
    EXIT_DIFFERENCES,
    AccessDeniedError,
    BifrostKeysError,
    ConfigUnusableError,
    IOFailureError,
    NotFoundError,
)
from bifrost_keys.gateway.secrets.masking import shown_id, shown_name
from bifrost_keys.operations.status import NOT_COMPARED, NOTHING_CHANGES, KeyStatus, StatusReport, meaning

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import DatabaseState
    from bifrost_keys.gateway.restart.next_starts import Served

# How a database that cannot be read ends a run that was asked for its exit code.
_UNREADABLE: Final[Mapping[str, type[BifrostKeysError]]] = {
    "permission": AccessDeniedError,
    "reference": NotFoundError,
    "config-store": ConfigUnusableError,
}


def status(
    session: Session,
    exit_code: Annotated[
        bool, flag("--exit-code", "Exit 10 if the file and the database differ.", OPTIONS_PANEL)
    ] = False,
) -> int:
    """Compare the file with the gateway's own database, and show what its next start will do.

    With --gateway or --live, compare it with the running gateway, as keys diff does.

    Examples:
      keys status
      keys status --exit-code -q
      keys status --live
      keys status --app-dir /app/data -o json
    """
    if session.at_gateway:
        from bifrost_keys.cli.commands.diff import diff

        return diff(session, exit_code)
    from bifrost_keys.operations.status import status as compare_all

    store = session.config_store()
    report = compare_all(store.read(lenient=True))
    _print(session, store.path, report)
    return _exit_code(report) if exit_code else 0


def _print(session: Session, path: str, report: StatusReport) -> None:
    if session.output == "json":
        emit_json(_json(path, report))
        return
    tell_warnings(session, report.notices)
    if session.output == "name":
        differing = [key for key in report.keys if key.state != "in-sync"]
        emit("".join(f"{label(key.provider, key.name)}\n" for key in differing))
    elif not session.quiet:
        parts: list[Any] = [_table(report)] if report.keys else []
        emit_table(session, f"database: {shown(_database_text(report.database))}", *parts, _summary(report))
    elif report.differs is None:
        print_to_stderr(shown(f"warning: {_database_text(report.database)}"))


def _table(report: StatusReport) -> Any:
    """On a terminal what fits its width; elsewhere everything."""
    if is_terminal(sys.stdout):
        head: tuple[str, ...] = ("key", "state", "at the gateway")
        rows = [(_label(key), key.meaning, _gateway_text(key)) for key in report.keys]
        return Columns(head, [tuple(map(shown, row)) for row in rows])
    head = ("provider", "name", "state", "next start", "status", "description")
    wide = [
        (
            *map(shown_name, (key.provider, key.name)),
            *(key.meaning, key.next_start, key.status, key.description),
        )
        for key in report.keys
    ]
    return Columns(head, [tuple(map(shown, row)) for row in wide])


def _label(key: KeyStatus) -> str:
    old = f"{shown_name(key.row_name or '')} → " if key.state == "renamed" else ""
    return f"{shown_name(key.provider)}/{old}{shown_name(key.name)}"


def _gateway_text(key: KeyStatus) -> str:
    return f"{key.status}: {key.description}" if key.description else key.status


def _summary(report: StatusReport) -> str:
    """What the next start does with each kind of key, where the table does not say it, and the total."""
    lines = []
    told = Counter(
        (key.state, key.next_start)
        for key in report.keys
        if key.state != NOT_COMPARED and key.next_start != NOTHING_CHANGES
    )
    if told and is_terminal(sys.stdout):
        lines.append("at its next start the gateway")
        lines += [shown(f"  {meaning(state)} ({n}): {next_start}") for (state, next_start), n in told.items()]
    if report.left_by is not None:
        lines.append(f"the database was left by {report.left_by}")
    total = len(report.keys)
    synced = sum(key.state == "in-sync" for key in report.keys)
    compared = f", {synced} in sync" if report.differs is not None else ", not compared"
    lines.append(f"{total} key{'' if total == 1 else 's'}{compared}")
    return "\n".join(lines)


def _database_text(database: DatabaseState) -> str:
    if database.kind == "read":
        return str(database.path)
    if database.kind == "disabled":
        return "switched off in the file: the file is everything"
    if database.kind == "postgres":
        return "PostgreSQL, which cannot be read from here"
    if database.kind == "absent":
        where = database.path or "beside a file that comes from a stream"
        return f"none at {where}: the gateway makes it at its first start, unless it keeps it elsewhere"
    where = f"{database.path} " if database.path else ""
    return f"{where}cannot be read: {database.why}"


def _json(path: str, report: StatusReport) -> dict[str, Any]:
    database = report.database
    return {
        "keys": [_key_json(key) for key in report.keys],
        "total": len(report.keys),
        "differences": report.differs,
        "database": {
            "kind": database.kind,
            "path": database.path,
            "guessed": database.guessed,
            "reason": database.reason or None,
            "message": _database_text(database),
        },
        "recipe": report.recipe,
        "left_by": report.left_by,
        "config": {"path": path},
        "warnings": [warning_json(notice) for notice in report.notices],
    }


def _key_json(key: KeyStatus) -> dict[str, Any]:
    return {
        "provider": shown_name(key.provider),
        "name": shown_name(key.name),
        "id": shown_id(key.id),
        "state": key.state,
        "fields": list(key.fields),
        "notes": [{"state": note.state, "fields": list(note.fields)} for note in key.notes],
        "by_fields": key.by_fields,
        "next_start": key.next_start,
        "starts": [list(map(_served_json, start)) for start in key.starts]
        if key.starts is not None
        else None,
        "name_in_database": key.row_name and shown_name(key.row_name),
        "recorded_hash": key.recorded,
        "status": key.status or None,
        "description": key.description or None,
    }


def _served_json(served: Served) -> dict[str, Any]:
    return {"name": shown_name(served.name), "from": served.source, "enabled": served.enabled}


def _exit_code(report: StatusReport) -> int:
    if report.differs is not None:
        return EXIT_DIFFERENCES if report.differs else 0
    if report.database.kind == "unreadable":
        return _UNREADABLE.get(report.database.reason, IOFailureError).exit_code
    return NotFoundError.exit_code
