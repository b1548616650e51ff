"""Keys and changes as a table for people, as JSON for programs, as names for scripts."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, Part, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session, is_terminal, print_to_stderr
from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME
from bifrost_keys.gateway.references import Reference
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.gateway.secrets.masking import masked_message, shown_name

if TYPE_CHECKING:
    from bifrost_keys.operations.results import ChangeReport, KeyChange, KeyView
    from bifrost_keys.stores.protocol import Notice

_EFFECTIVE_TEXT: Final = {
    "next_start": "takes effect at the gateway's next start",
    "not_by_restart": "removed from the file; a gateway with a database serves it until it is deleted there",
    "until_restart": "in effect until the gateway restarts",
    "now": "in effect now",
}
_STARS = re.compile(r"\*{9,}")


def label(provider: str, name: Any) -> str:
    """``provider/name`` of a key, safe to look at."""
    return shown(f"{shown_name(provider)}/{'' if name is None else shown_name(str(name))}")


def tell_warnings(session: Session, notices: Iterable[Notice]) -> None:
    """Each warning on standard error, in two lines; with JSON they are in the result instead."""
    if session.output == "json" and not session.stdout:
        return
    for notice in notices:
        about = f"{label(notice.provider or '', notice.name)}: " if notice.name else ""
        print_to_stderr(shown(f"warning: {about}{notice.message}"))
        if notice.hint:
            print_to_stderr(shown(f"  {notice.hint}"))


def change_json(report: ChangeReport, *, diff: bool = False) -> dict[str, Any]:
    """The JSON form of every change."""
    return {
        "changed": report.changed,
        "dry_run": report.dry_run,
        "changes": [_change_json(change, diff=diff) for change in report.changes],
        "effective": report.receipt.effective,
        **report.receipt.store,
        "warnings": [warning_json(notice) for notice in report.notices],
        **report.details,
    }


def _change_json(change: KeyChange, *, diff: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "action": change.action,
        "changed": change.changed,
        "provider": shown_name(change.provider),
        "key": change.key,
    }
    told.update(change.outcome)
    if change.note:
        told["note"] = change.note
    if change.rewritten:
        told["references"] = list(change.rewritten)
    if diff:
        told["diff"] = [
            {"field": each.path, "before": each.before, "after": each.after} for each in change.differences
        ]
    return told


def warning_json(notice: Notice) -> dict[str, Any]:
    """The JSON form of a warning."""
    return {
        "code": notice.code,
        "message": masked_message(notice.message),
        "hint": masked_message(notice.hint) or None,
        "provider": shown_name(notice.provider) if notice.provider else notice.provider,
        "name": shown_name(notice.name) if notice.name else notice.name,
    }


def render_change(session: Session, report: ChangeReport, *, diff: bool = False) -> None:
    """The outcome of one change in the session's form."""
    written = report.changed and not report.dry_run
    tell_warnings(session, report.notices)
    if session.quiet or session.stdout:
        return
    if session.output == "json":
        emit_json(change_json(report, diff=diff), written=written)
    elif session.output == "name":
        lines = (label(change.provider, change.key["name"]) for change in report.changes)
        emit("".join(line + "\n" for line in lines), written=written)
    elif "plan" in report.details:
        plan = [*_plan_lines(report, diff=diff), _footer(report)]
        emit("".join(f"{line}\n" for line in plan), written=written)
    else:
        tables: list[Part] = []
        for change in report.changes:
            note = shown(f" ({change.note})") if change.note else ""
            tables += [f"{change.action}: {label(change.provider, change.key['name'])}{note}"]
            tables += diff_lines(change) if diff else [key_table(change.provider, change.key)]
            tables += [f"rewritten: {place}" for place in change.rewritten]
        tables += [
            shown(f"deleted: provider {shown_name(name)}") for name in report.details.get("pruned", ())
        ]
        emit_table(session, *tables, _footer(report), written=written)


def _plan_lines(report: ChangeReport, *, diff: bool) -> list[str]:
    """Many changes, a line each, and their count; what stays as it is is only counted."""
    lines: list[str] = []
    for change in report.changes:
        if change.changed:
            lines.append(f"{change.action}: {label(change.provider, change.key['name'])}")
            lines += diff_lines(change) if diff else []
            lines += [f"rewritten: {place}" for place in change.rewritten]
    counts = ", ".join(f"{count} {action}" for action, count in report.details["plan"].items())
    return [*lines, counts]


def diff_lines(change: KeyChange) -> list[str]:
    """The changed fields before and after, one a line; both halves are masked."""
    lines: list[str] = []
    for each in change.differences:
        lines += [shown(f"- {each.path}: {each.before}")] if each.before is not None else []
        lines += [shown(f"+ {each.path}: {each.after}")] if each.after is not None else []
    return lines


def _footer(report: ChangeReport) -> str:
    if not report.changed:
        return f"{shown(report.path)}: nothing to change"
    if report.dry_run:
        return f"{shown(report.path)}: dry run, nothing was written"
    return f"{shown(report.path)}: {_EFFECTIVE_TEXT[report.receipt.effective]}"


def key_table(provider: str, key: Mapping[str, Any], references: Sequence[Reference] = ()) -> Columns:
    """One key, a field a line."""
    rows = [("provider", shown(shown_name(provider))), *key_rows(key)]
    rows += [("referenced by", path_text(reference.path)) for reference in references]
    return Columns(None, rows)


_FIRST_FIELDS: Final = ("name", "id", "value", "models", "weight", "enabled")
# Which have their place in a table; what else stands in an entry follows them.
_ORDERED: Final = frozenset(
    {*_FIRST_FIELDS, "blacklisted_models", "aliases", "use_for_batch_api", "config_hash", *CONFIG_BY_NAME}
)


def key_rows(key: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The fields of a redacted key as label and text, in the order people look for them."""
    rows = [(name, cell(key[name])) for name in _FIRST_FIELDS if name in key]
    if key.get("blacklisted_models"):
        rows.append(("blacklisted_models", cell(key["blacklisted_models"])))
    if key.get("aliases"):
        rows.append(("aliases", _aliases(key["aliases"])))
    if key.get("use_for_batch_api"):
        rows.append(("use_for_batch_api", "true"))
    for name in CONFIG_BY_NAME:
        if isinstance(key.get(name), Mapping):
            rows += _object_rows(key[name], "")
        elif name in key:
            rows.append((name, cell(key[name])))
    rows.append(("hash", cell(key["config_hash"]) if "config_hash" in key else "computed by the gateway"))
    rows += [(name, cell(value)) for name, value in key.items() if name not in _ORDERED]
    return rows


def _object_rows(data: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    """The members of a config object, those inside its objects named with a dot."""
    rows: list[tuple[str, str]] = []
    for name, value in data.items():
        if isinstance(value, Mapping) and not _is_secret_form(value) and "buckets" not in value:
            rows += _object_rows(value, f"{prefix}{name}.")
        else:
            rows.append((f"{prefix}{name}", cell(value)))
    return rows


def _is_secret_form(value: Mapping[str, Any]) -> bool:
    return value.keys() >= {"value", "env_var", "from_env"}


def _aliases(aliases: Any) -> str:
    if not isinstance(aliases, Mapping):
        return cell(aliases)
    return ", ".join(f"{shown(source)} → {_alias(target)}" for source, target in aliases.items())


def _alias(target: Any) -> str:
    """What an alias leads to; of an object the other fields follow in brackets."""
    if not isinstance(target, Mapping):
        return cell(target)
    model = cell(target.get("model_id"))
    others = ", ".join(f"{name} {cell(part)}" for name, part in target.items() if name != "model_id")
    return f"{model} ({others})" if others else model


def cell(value: Any) -> str:
    """One value of a redacted key on one line."""
    if isinstance(value, Mapping):
        if _is_secret_form(value):
            return shown(str(value["env_var"] or value["value"]))
        if set(value) == {"buckets"} and isinstance(value["buckets"], list):
            return ", ".join(_bucket(bucket) for bucket in value["buckets"])
        return shown(", ".join(f"{name} → {cell(part)}" for name, part in value.items()))
    if isinstance(value, list):
        return ", ".join(cell(part) for part in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return shown(str(value)) if value is not None else ""


def _bucket(bucket: Any) -> str:
    if not isinstance(bucket, Mapping):
        return cell(bucket)
    prefix = f"={bucket['prefix']}" if bucket.get("prefix") else ""
    return shown(f"{bucket.get('bucket_name', '')}{prefix}")


def list_table(views: Sequence[KeyView]) -> Columns:
    """Many keys, a key a line; on a terminal the masked middle of a value is shortened."""
    wide = not is_terminal(sys.stdout)
    head = ("provider", "name", "value", "models", "weight", "enabled", *(("id",) if wide else ()))
    rows = []
    for view in views:
        value = cell(view.key["value"])
        row = [
            shown_name(view.provider),
            cell(view.key["name"]),
            value if wide else _STARS.sub("****", value),
        ]
        row += [cell(view.key[name]) for name in ("models", "weight", "enabled")]
        rows.append((*row, cell(view.key["id"])) if wide else tuple(row))
    return Columns(head, rows)
