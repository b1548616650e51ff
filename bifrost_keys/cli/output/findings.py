"""Print the findings in files: for people, as lines for editors, or as JSON."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.keys import number_of
from bifrost_keys.cli.output.many import first_of_each
from bifrost_keys.cli.output.screen import Screen, Style, short_path
from bifrost_keys.cli.output.tables import Line, Part, line
from bifrost_keys.gateway.rules.catalog import CODES, Effect

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.findings import CheckedFile
    from bifrost_keys.cli.output.contract.findings import Finding as FindingJson
    from bifrost_keys.cli.output.contract.findings import Findings as FindingsJson
    from bifrost_keys.operations.check import Finding

_LONGEST_LABEL: Final = 60
# Shown only if they say more than the finding itself.
_TELLING: Final[frozenset[Effect]] = frozenset({"stops", "drops", "unused", "mixes"})


class Report(NamedTuple):
    """The findings in one file; ``typed`` is its path as it was given, empty for the default file."""

    path: str
    findings: "tuple[Finding, ...]"
    typed: str = ""

    def place(self, screen: Screen) -> str:
        """Return the name of the file for lines: as it was typed, so that an editor finds it too."""
        return self.typed or short_path(self.path, screen)

    @property
    def errors(self) -> int:
        """The number of errors."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def verdict(self) -> Literal["ok", "warning", "error"]:
        """``error``, ``warning`` or ``ok``."""
        return "error" if self.errors else "warning" if self.findings else "ok"


class Findings(NamedTuple):
    """The findings in all files."""

    reports: Sequence[Report]

    @property
    def errors(self) -> int:
        """The number of errors."""
        return sum(report.errors for report in self.reports)

    @property
    def warnings(self) -> int:
        """The number of warnings."""
        return sum(len(report.findings) for report in self.reports) - self.errors

    def exit_code(self, *, strict: bool) -> int:
        """1 if there are errors or, if ``strict``, warnings; otherwise 0."""
        return int(bool(self.errors or (strict and self.warnings)))

    def json(self) -> "FindingsJson":
        """Return every finding of every file."""
        files = [_json(report) for report in self.reports]
        return {"files": files, "errors": self.errors, "warnings": self.warnings}

    def names(self) -> Iterable[str]:
        """Yield each finding as a line for editors."""
        return (
            finding_line(each, report.typed or report.path)
            for report in self.reports
            for each in report.findings
        )

    def parts(self, screen: Screen) -> Iterable[Part]:
        """Yield the findings of each file, and their number."""
        for report in self.reports:
            yield from _file_lines(report, report.place(screen))
        style: Style = "red" if self.errors else "yellow" if self.warnings else "green"
        yield line(f"{number_of(self.errors, 'error')}, {number_of(self.warnings, 'warning')}", style)


def _file_lines(report: Report, place: str) -> Iterable[Part]:
    if not report.findings:
        yield Line(((f"{place}: ", ""), ("ok", "green")))
    first, more = first_of_each(report.findings)
    for finding in first:
        yield from _lines(finding, place)
    for code, count in more.items():
        yield line(f"  {count} more [{code}]: -o name lists them all")


def _lines(finding: "Finding", path: str) -> Iterable[Part]:
    style: Style = "bold red" if finding.severity == "error" else "bold yellow"
    place, about = _place(finding, path), f": {_about(finding)} "
    yield Line(((place, ""), (finding.severity, style), (about, ""), (f"[{finding.code}]", "dim")))
    code = CODES.get(finding.code)
    # The text after a colon in a message already says what the gateway does.
    said = code is None or code.effect not in _TELLING or ": " in finding.message
    if not said:
        yield line(f"    {finding.effect}", "dim")
    if finding.hint:
        yield Line((("    fix: ", "cyan"), (finding.hint, "")))


def finding_line(finding: "Finding", path: str) -> str:
    """Return the finding as a line for editors: ``file:line:column: severity: …``."""
    return f"{_place(finding, path)}{finding.severity}: {_about(finding)} [{finding.code}]"


def _place(finding: "Finding", path: str) -> str:
    """Return where the finding is; a fault of the whole file has no line."""
    where = f"{finding.line}:{finding.column}:" if finding.line is not None else ""
    return shown(f"{path}:{where} ")


def _about(finding: "Finding") -> str:
    sentence = f"{finding.subject} {finding.message}".lstrip()
    return shown(f"{_shortened(finding.key)}: {sentence}" if finding.key else sentence)


def _shortened(label: str) -> str:
    """Return the label, cut so that the sentence after it has room."""
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


def _json(report: Report) -> "CheckedFile":
    return {
        "path": report.path,
        "verdict": report.verdict,
        "findings": map(finding_json, report.findings),
    }


def finding_json(finding: "Finding") -> "FindingJson":
    """Return the finding for programs."""
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
