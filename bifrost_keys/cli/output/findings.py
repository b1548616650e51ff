"""Print the findings in files: for people, as lines for editors, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.keys import number_of
from bifrost_keys.cli.output.many import first_of_each
from bifrost_keys.cli.output.screen import Screen, Style
from bifrost_keys.cli.output.tables import Line, Part, line
from bifrost_keys.gateway.rules.catalog import CODES, Effect

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.findings import CheckedFile
    from bifrost_keys.cli.output.contract.findings import Finding as FindingJson
    from bifrost_keys.cli.output.contract.findings import Findings as FindingsJson
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
    def verdict(self) -> Literal["ok", "warning", "error"]:
        """``error``, ``warning`` or ``ok``."""
        return "error" if self.errors else "warning" if self.findings else "ok"


@dataclass(frozen=True)
class Findings:
    """What was found in every file."""

    reports: Sequence[Report]

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(report.errors for report in self.reports)

    @property
    def warnings(self) -> int:
        """How many findings are no errors."""
        return sum(len(report.findings) for report in self.reports) - self.errors

    def exit_code(self, *, strict: bool) -> int:
        """1 for errors, ``strict``: for warnings too."""
        return int(bool(self.errors or (strict and self.warnings)))

    def json(self) -> FindingsJson:
        """Every finding of every file."""
        files = [_json(report) for report in self.reports]
        return {"files": files, "errors": self.errors, "warnings": self.warnings}

    def names(self) -> Iterable[str]:
        """Every finding on a line, as editors read it."""
        return (finding_line(each, report.path) for report in self.reports for each in report.findings)

    def parts(self, _: Screen) -> Iterable[Part]:
        """The findings of each file, and how many they are."""
        for report in self.reports:
            yield from _file_lines(report)
        style: Style = "red" if self.errors else "yellow" if self.warnings else "green"
        yield line(f"{number_of(self.errors, 'error')}, {number_of(self.warnings, 'warning')}", style)


def _file_lines(report: Report) -> Iterable[Part]:
    if not report.findings:
        yield Line(((f"{report.path}: ", ""), ("ok", "green")))
    first, more = first_of_each(report.findings)
    for finding in first:
        yield from _lines(finding, report.path)
    for code, count in more.items():
        yield line(f"  {count} more [{code}]: -o name lists them all")


def _lines(finding: Finding, path: str) -> Iterable[Part]:
    style: Style = "bold red" if finding.severity == "error" else "bold yellow"
    place, about = _place(finding, path), f": {_about(finding)} "
    yield Line(((place, ""), (finding.severity, style), (about, ""), (f"[{finding.code}]", "dim")))
    code = CODES.get(finding.code)
    # What follows a colon in a message is what the gateway does, or says at least as much.
    said = code is None or code.effect not in _TELLING or ": " in finding.message
    if not said:
        yield line(f"    {finding.effect}", "dim")
    if finding.hint:
        yield Line((("    fix: ", "cyan"), (finding.hint, "")))


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


def _json(report: Report) -> CheckedFile:
    return {
        "path": report.path,
        "verdict": report.verdict,
        "findings": [finding_json(each) for each in report.findings],
    }


def finding_json(finding: Finding) -> FindingJson:
    """The finding in its JSON form."""
    return {
        "severity": finding.severity,
        "code": finding.code,
        "path": finding.path,
        "provider": finding.provider,
        "name": finding.name,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "effect": finding.effect,
        "hint": finding.hint or None,
    }
