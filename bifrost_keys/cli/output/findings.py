"""How the findings in files are told: to a person, as lines for editors, as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Line, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.operations.check import Finding

# So many findings of one code are told to a person in each file; in JSON and as names all of them.
_MOST_ALIKE: Final = 20


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


def tell(session: Session, reports: Sequence[Report], *, strict: bool) -> int:
    """Tells every report in the session's form; answers the exit code, warnings count if ``strict``."""
    errors = sum(report.errors for report in reports)
    warnings = sum(len(report.findings) for report in reports) - errors
    if session.output == "json":
        emit_json({"files": [_json(report) for report in reports], "errors": errors, "warnings": warnings})
    elif session.output == "name":
        lines = (
            f"{shown(report.path)}:{finding_line(each)}\n" for report in reports for each in report.findings
        )
        emit("".join(lines))
    elif not session.quiet:
        for report in reports:
            _tell_file(session, report)
        emit(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")
    return int(bool(errors or (strict and warnings)))


def _tell_file(session: Session, report: Report) -> None:
    if not report.findings:
        emit_table(session, f"{shown(report.path)}: ok")
        return
    parts: list[Line | str] = [shown(report.path)]
    told: Counter[str] = Counter()
    for finding in report.findings:
        told[finding.code] += 1
        if told[finding.code] > _MOST_ALIKE:
            continue
        place = f"{finding.line}:{finding.column}" if finding.line is not None else ""
        style = "bold red" if finding.severity == "error" else "yellow"
        where = f" {place} {shown(finding.path)} "
        parts.append(Line([("  ", ""), (finding.severity, style), (where, ""), (f"[{finding.code}]", "dim")]))
        parts.append(shown(f"    {finding.message}"))
        parts += [Line([(shown(f"    {label}: {text}"), "dim")]) for label, text in _rest(finding) if text]
    more = {code: count - _MOST_ALIKE for code, count in told.items() if count > _MOST_ALIKE}
    parts += [f"  {count} more [{code}]: -o name lists them all" for code, count in more.items()]
    emit_table(session, *parts)


def _rest(finding: Finding) -> tuple[tuple[str, str], ...]:
    effect = "" if finding.effect in finding.message else finding.effect
    return ("effect", effect), ("mend", finding.hint)


def finding_line(finding: Finding) -> str:
    """The finding in one line, without its file."""
    place = f"{finding.line}:{finding.column}: " if finding.line is not None else ""
    about = f"{finding.path} {finding.message}".lstrip()  # the file as a whole has no path
    return shown(f"{place}{finding.severity}: {about} [{finding.code}]")


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
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "effect": finding.effect,
        "hint": finding.hint or None,
    }
