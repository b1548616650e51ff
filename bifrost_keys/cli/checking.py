"""keys check and keys hash."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import typer

from bifrost_keys.cli.arguments import DiffOption, DryRunOption
from bifrost_keys.cli.files import finish
from bifrost_keys.cli.output import Line, emit, emit_json, emit_table, plain_table
from bifrost_keys.cli.render import label
from bifrost_keys.cli.session import Session, print_to_stderr
from bifrost_keys.cli.text import shown
from bifrost_keys.core.codes import effect_of
from bifrost_keys.errors import ConfigUnusableError, UsageError
from bifrost_keys.operations.check import Finding, check_document
from bifrost_keys.operations.fix import fix_file
from bifrost_keys.operations.hashes import list_hashes

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


def check(
    session: Session,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="The files to check; - is standard input.", show_default=False),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 for warnings too.")] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Mend stale hashes and fields in other case; checks the result.")
    ] = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Tell what the gateway will choke on, lose or never use, before it is restarted.

    Example: keys check config.json --strict
    """
    if fix:
        return _fix(session, files, diff=diff, dry_run=dry_run, strict=strict)
    if dry_run or diff:
        raise UsageError("--dry-run and --diff go with --fix", code="needs_fix")
    return _tell(session, [_report(session, name) for name in _named(session, files)], strict=strict)


def hash_(
    session: Session,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="Only these keys: NAME, PROVIDER/NAME or id.", show_default=False
        ),
    ] = None,
    env: Annotated[
        bool, typer.Option("--env", help="Look references inside config objects up in this environment.")
    ] = False,
) -> int:
    """Show each key's hash as the gateway computes it, beside the recorded one.

    Example: keys hash openai/prod
    """
    from bifrost_keys.operations.knowledge import learn

    store = session.store()
    document = store.read(lenient=True)
    recipe = learn(document, store, release=session.gateway_release).recipe
    environ = os.environ if env else None
    views = list(list_hashes(document, names or (), recipe=recipe, environ=environ))
    if session.output == "json":
        told = [
            {
                "provider": view.provider,
                "name": view.name,
                "hash": view.hash,
                "recorded": view.recorded,
                "match": view.match,
                "reproducible": view.reproducible,
            }
            for view in views
        ]
        emit_json({"keys": told, "total": len(told)})
    elif session.output == "name":
        emit("".join(label(view.provider, view.name) + "\n" for view in views))
    elif not session.quiet:
        rows = [
            (label(view.provider, view.name), view.hash, _match(view.match, view.reproducible))
            for view in views
        ]
        emit_table(session, plain_table(("key", "hash", "recorded"), rows))
    return 0


def _match(match: bool | None, reproducible: bool) -> str:
    if match:
        return "equal"
    if not reproducible:
        return "only the gateway knows it"
    return "none" if match is None else "differs"


def _named(session: Session, files: Sequence[str] | None) -> list[str]:
    if files:
        return list(files)
    return ["-"] if session.config == "-" else [session.location().path]


def _report(session: Session, name: str) -> Report:
    from bifrost_keys.storage.store import FileStore, StreamStore

    try:
        if name == "-":
            from bifrost_keys.cli.session import read_stdin_config

            if session.config != "-":
                session.claim_stdin("-")
            store: FileStore | StreamStore = StreamStore(read_stdin_config())
        else:
            store = FileStore(name)
        document = store.read(lenient=True)
    except ConfigUnusableError as error:
        code = error.code
        hint = error.hint or "correct the text"
        # The place has columns of its own here; the error's own line begins with it.
        message = re.sub(r"\A.*?:\d+:\d+: ", "", error.message, flags=re.S) if error.line else error.message
        finding = Finding("error", code, "", error.line, error.column, message, effect_of(code), hint)
        return Report(name, (finding,))
    return Report(store.path, tuple(check_document(document, store.given)))


def _fix(session: Session, files: Sequence[str] | None, *, diff: bool, dry_run: bool, strict: bool) -> int:
    names = _named(session, files)
    if len(names) != 1 or (files and names == ["-"]):
        raise UsageError(
            "--fix takes one file", code="one_file", hint="standard input is --config - --stdout"
        )
    if files:
        session.config = names[0]
    store = session.store()
    report = fix_file(store, release=session.gateway_release, dry_run=dry_run)
    finish(session, store, report, diff=diff)
    if dry_run or session.stdout:
        return 0
    left = check_document(store.read(lenient=True), store.given)
    for finding in left:
        print_to_stderr(shown(f"left: {_line(finding)}"))
    return int(any(finding.severity == "error" or strict for finding in left))


def _tell(session: Session, reports: Sequence[Report], *, strict: bool) -> int:
    errors = sum(report.errors for report in reports)
    warnings = sum(len(report.findings) for report in reports) - errors
    if session.output == "json":
        emit_json({"files": [_json(report) for report in reports], "errors": errors, "warnings": warnings})
    elif session.output == "name":
        lines = (f"{shown(report.path)}:{_line(each)}\n" for report in reports for each in report.findings)
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


def _line(finding: Finding) -> str:
    place = f"{finding.line}:{finding.column}: " if finding.line is not None else ""
    return shown(f"{place}{finding.severity}: {finding.path} {finding.message} [{finding.code}]")


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _json(report: Report) -> dict[str, Any]:
    return {
        "path": report.path,
        "verdict": report.verdict,
        "findings": [
            {
                "severity": each.severity,
                "code": each.code,
                "path": each.path,
                "line": each.line,
                "column": each.column,
                "message": each.message,
                "effect": each.effect,
                "hint": each.hint or None,
            }
            for each in report.findings
        ],
    }
