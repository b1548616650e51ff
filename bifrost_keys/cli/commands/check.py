"""keys check."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bifrost_keys.cli.change_reporting import finish
from bifrost_keys.cli.error_reporting import report
from bifrost_keys.cli.options import OPTIONS_PANEL, DiffOption, DryRunOption, OverwriteWebOption, flag
from bifrost_keys.cli.output.findings import Findings, Report, finding_line
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.session import Session, read_stdin_config
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
from bifrost_keys.gateway.secrets.masking import shown_path
from bifrost_keys.operations.check import Finding, check_document
from bifrost_keys.operations.fix import fix_file
from bifrost_keys.operations.results import ChangeReport

if TYPE_CHECKING:
    from bifrost_keys.stores.config_file.document import Document
    from bifrost_keys.stores.config_file.store import ConfigStore

# A command in a hint; as written it would use the default file.
_COMMAND: Final = re.compile(r"\bkeys (?=(?:check|create|enable|rename|update) )")


def check(
    session: Session,
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="The files to check; - is standard input.", show_default=False),
    ] = None,
    strict: Annotated[bool, flag("--strict", "Exit 1 for warnings too.", OPTIONS_PANEL)] = False,
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
        change = partial(fix_file, overwrite_web=overwrite_web, dry_run=dry_run)
        return _fix(session, files, change, diff=diff, strict=strict)
    if dry_run or diff or overwrite_web:
        raise UsageError("--dry-run, --diff and --overwrite-web require --fix", code="fix-missing")
    if session.at_gateway:
        from bifrost_keys.cli.gateway_check import check_at_gateway

        return check_at_gateway(session, files, strict=strict)
    reports: list[Report] = []
    failures: list[BifrostKeysError] = []
    for name in _named(session, files):
        try:
            report_of = _report(name, session.gateway_release)
            named = tuple(
                _with_commands(each, session, name if files else None) for each in report_of.findings
            )
            reports.append(Report(report_of.path, named))
        except (NotFoundError, AccessDeniedError, IOFailureError) as error:
            if files:
                error.hint = None  # it leads to another file than the one that was named
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
    # In a structured form standard error holds one object and nothing else.
    for error in [_together(failures)] if failures and session.format.structured else failures:
        report(error, session.format, screen=session.err)
    return found.exit_code(strict=strict) or (failures[0].exit_code if failures else 0)


def _together(failures: Sequence[BifrostKeysError]) -> BifrostKeysError:
    """One error for all files that could not be opened."""
    first = failures[0]
    if len(failures) == 1:
        return first
    faults = [Fault(each.code, (), "error", each.message, each.hint or "") for each in failures]
    return type(first)(f"{len(failures)} files could not be checked", code=first.code, faults=faults)


def _named(session: Session, files: Sequence[str] | None) -> list[str]:
    if files:
        if files.count("-") > 1:
            raise UsageError("standard input is asked for twice", code="stdin-twice")
        return list(files)
    return ["-"] if session.config == "-" else [session.location().path]


def _report(name: str, release: str | None) -> Report:
    from bifrost_keys.stores.config_file.store import FileStore
    from bifrost_keys.stores.stream import StreamStore

    path = name
    try:
        if name == "-":
            store: FileStore | StreamStore = StreamStore(read_stdin_config())
        else:
            store = FileStore(name)
        path = store.path
        document = store.read_document()
    except ConfigUnusableError as error:
        code = error.code
        hint = error.hint or ("correct the text" if error.line else "name the config.json itself")
        # The place has columns of its own here; the error's own line begins with it.
        message = re.sub(r"\A.*?:\d+:\d+: ", "", error.message, flags=re.S) if error.line else error.message
        finding = Finding("error", code, "", error.line, error.column, message, effect_of(code), hint)
        return Report(path, (finding,))
    return Report(path, tuple(check_document(document, store.given, release=release)))


def _with_commands(finding: Finding, session: Session, file: str | None) -> Finding:
    """The finding with commands in its hint that are about the file that was checked."""
    if file == "-" or (file is None and session.config == "-"):
        options = ["--config", "-", "--stdout"]
    elif file is not None or session.config is not None:
        options = ["--config", file or session.config or ""]
    else:
        options = ["--app-dir", session.app_dir] if session.app_dir is not None else []
    if not options:
        return finding
    program = f"keys {shlex.join([options[0], shown_path(options[1]), *options[2:]])} "
    return replace(finding, hint=_COMMAND.sub(lambda _: program, finding.hint))


def _fix(
    session: Session,
    files: Sequence[str] | None,
    change: Callable[[ConfigStore], tuple[ChangeReport, Document]],
    *,
    diff: bool,
    strict: bool,
) -> int:
    names = _named(session, files)
    if len(names) != 1 or (files and names == ["-"]):
        raise UsageError(
            "--fix takes one file", code="file-twice", hint="standard input is --config - --stdout"
        )
    if files:
        session.config = names[0]
    store = session.config_store()
    done, after = change(store)
    left = [
        _with_commands(each, session, None)
        for each in check_document(after, store.given, release=session.gateway_release)
    ]
    finish(session, store, done, diff=diff, left=left)
    if not session.quiet and (session.stdout or not session.format.structured):
        for finding in left:
            say("left", finding_line(finding, store.path), screen=session.err)
    return int(any(finding.severity == "error" or strict for finding in left))
