"""keys check."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bifrost_keys.cli.change_reporting import finish
from bifrost_keys.cli.error_reporting import report
from bifrost_keys.cli.hints import with_program
from bifrost_keys.cli.options import OPTIONS_PANEL, DiffOption, DryRunOption, OverwriteWebOption, flag
from bifrost_keys.cli.output.findings import Findings, Report, finding_line
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.selection import Checked
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import (
    AccessDeniedError,
    BifrostKeysError,
    ConfigUnusableError,
    IOFailureError,
    NotFoundError,
    UsageError,
)
from bifrost_keys.gateway.rules.catalog import effect_of
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.operations.results import ChangeReport

if TYPE_CHECKING:
    from bifrost_keys.operations.check import Finding
    from bifrost_keys.stores.config_file.document import Document
    from bifrost_keys.stores.config_file.store import ConfigStore


def check(
    session: Session,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="The files to check; - is standard input.", show_default=False),
    ] = None,
    strict: Annotated[bool, flag("--strict", "Also exit 1 for warnings.", OPTIONS_PANEL)] = False,
    fix: Annotated[
        bool,
        flag(
            "--fix",
            "Fix stale hashes, wrongly cased fields, missing names and old deployments.",
            OPTIONS_PANEL,
        ),
    ] = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
    overwrite_web: OverwriteWebOption = False,
) -> int:
    """Report what the gateway will refuse, lose or never use at its next start.

    Examples:
      keys check
      keys check config.json --strict
      keys check --fix --diff --dry-run
      git show HEAD:config.json | keys check -
      keys check --live --strict
    """
    if fix:
        from bifrost_keys.operations.fix import fix_file

        change = partial(fix_file, overwrite_web=overwrite_web, dry_run=dry_run)
        return _fix(session, files, change, diff=diff, strict=strict)
    if dry_run or diff or overwrite_web:
        raise UsageError("--dry-run, --diff and --overwrite-web require --fix", code="fix-missing")
    reports: list[Report] = []
    failures: list[BifrostKeysError] = []
    for checked in session.selection.to_check(files):
        try:
            reports.append(_report(checked, typed=checked.name if files else ""))
        except (NotFoundError, AccessDeniedError, IOFailureError) as error:
            if files:
                error.hint = None  # it is a link to another file
            failures.append(error)
    return _outcome(session, reports, failures, strict=strict)


def _outcome(
    session: Session, reports: Sequence[Report], failures: Sequence[BifrostKeysError], *, strict: bool
) -> int:
    """Show the findings, then the files that could not be opened; a bad file decides the exit code."""
    if not reports:
        raise failures[0]
    found = Findings(tuple(reports))
    show(session, found)
    # With structured output, standard error contains one object and nothing else.
    for error in [_together(failures)] if failures and session.format.structured else failures:
        report(error, session.format, screen=session.err)
    return found.exit_code(strict=strict) or (failures[0].exit_code if failures else 0)


def _together(failures: Sequence[BifrostKeysError]) -> BifrostKeysError:
    """Return one error for all files that could not be opened."""
    first = failures[0]
    if len(failures) == 1:
        return first
    faults = [Fault(each.code, (), "error", each.message, each.hint or "") for each in failures]
    return type(first)(f"{len(failures)} files could not be checked", code=first.code, faults=faults)


def _report(checked: Checked, *, typed: str) -> Report:
    from bifrost_keys.operations.check import Finding, check_store

    path = checked.name
    try:
        store = checked.store()
        path = store.path
        found = check_store(store)
    except ConfigUnusableError as error:
        code = error.code
        hint = error.hint or ("correct the text" if error.line else "name the config.json itself")
        # The position is in its own fields, so it is removed from the beginning of the message.
        message = re.sub(r"\A.*?:\d+:\d+: ", "", error.message, flags=re.S) if error.line else error.message
        found = [Finding("error", code, (), error.line, error.column, message, effect_of(code), hint)]
    return Report(path, _with_commands(found, checked.program), typed)


def _with_commands(findings: "Iterable[Finding]", program: str) -> "tuple[Finding, ...]":
    """Return the findings with commands in their hints that name the checked file."""
    return tuple(
        each._replace(hint=with_program(each.hint, program)) if each.hint else each for each in findings
    )


def _fix(
    session: Session,
    files: Sequence[str] | None,
    change: "Callable[[ConfigStore], tuple[ChangeReport, Document]]",
    *,
    diff: bool,
    strict: bool,
) -> int:
    from bifrost_keys.operations.check import check_document

    named = session.selection.to_check(files)
    if len(named) != 1 or (files and named[0].name == "-"):
        raise UsageError(
            "--fix takes one file", code="file-twice", hint="standard input is --config - --stdout"
        )
    if files:
        session.config = named[0].name
    store = session.config_store()
    done, after = change(store)
    left = _with_commands(
        check_document(after, store.given, release=session.gateway_release), session.selection.program
    )
    finish(session, store, done, diff=diff, left=left)
    if not session.quiet and not session.format.structured:
        for finding in left:
            say("left", finding_line(finding, store.path), screen=session.err)
    return int(any(finding.severity == "error" or strict for finding in left))
