"""How the findings in files are reported: to a person, as lines for editors, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.many import first_of_each
from bifrost_keys.cli.output.streams import Line, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.gateway.rules.catalog import CODES, Effect
from bifrost_keys.operations.check import Finding

_LONGEST_LABEL: Final = 60
# What the gateway does, where that says more than the finding itself.
_TELLING: Final[frozenset[Effect]] = frozenset({"stops", "drops", "unused", "mixes"})


@dataclass(frozen=True)
class Report:
    """The findings in one file."""

    path: str
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many of them are errors."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def verdict(self) -> str:
        """``error``, ``warning`` or ``ok``."""
        return "error" if self.errors else "warning" if self.findings else "ok"


def show(session: Session, reports: Sequence[Report], *, strict: bool) -> int:
    """Show every report in the session's form; returns the exit code: ``strict`` counts warnings too."""
    errors = sum(report.errors for report in reports)
    warnings = sum(len(report.findings) for report in reports) - errors
    if session.output == "json":
        emit_json({"files": [_json(report) for report in reports], "errors": errors, "warnings": warnings})
    elif session.output == "name":
        lines = (f"{finding_line(each, report.path)}\n" for report in reports for each in report.findings)
        emit("".join(lines))
    elif not session.quiet:
        for report in reports:
            _show_file(session, report)
        emit(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return int(bool(errors or (strict and warnings)))


def _show_file(session: Session, report: Report) -> None:
    if not report.findings:
        emit_table(session, f"{shown(report.path)}: ok")
        return
    first, more = first_of_each(report.findings)
    parts = [line for finding in first for line in _lines(finding, report.path)]
    parts += [f"  {count} more [{code}]: -o name lists them all" for code, count in more.items()]
    emit_table(session, *parts)


def _lines(finding: Finding, path: str) -> list[Line | str]:
    style = "bold red" if finding.severity == "error" else "yellow"
    place, about = _place(finding, path), f": {_about(finding)} "
    first = [(place, ""), (finding.severity, style), (about, ""), (f"[{finding.code}]", "dim")]
    code = CODES.get(finding.code)
    # What follows a colon in a message is what the gateway does, or says at least as much.
    said = code is None or code.effect not in _TELLING or ": " in finding.message
    rest = ([] if said else [finding.effect]) + ([f"fix: {finding.hint}"] if finding.hint else [])
    return [Line(first), *(Line([(shown(f"    {text}"), "dim")]) for text in rest)]


def finding_line(finding: Finding, path: str) -> str:
    """The finding in one line, as editors read it: ``file:line:column: severity: …``."""
    return f"{_place(finding, path)}{finding.severity}: {_about(finding)} [{finding.code}]"


def _place(finding: Finding, path: str) -> str:
    """Where it is: a fault of the whole file has no line."""
    where = f"{finding.line}:{finding.column}:" if finding.line is not None else ""
    return shown(f"{path}:{where} ")


def _about(finding: Finding) -> str:
    sentence = f"{finding.subject} {finding.message}".lstrip()
    return shown(f"{_shortened(finding.key)}: {sentence}" if finding.key else sentence)


def _shortened(label: str) -> str:
    """A label that leaves room for the sentence after it."""
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _json(report: Report) -> dict[str, Any]:
    return {
        "path": report.path,
        "verdict": report.verdict,
        "findings": [finding_json(each) for each in report.findings],
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """The finding in its JSON form."""
    return {
        "severity": finding.severity,
        "code": finding.code,
        "path": finding.path,
        "key": finding.key,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "effect": finding.effect,
        "hint": finding.hint or None,
    }
