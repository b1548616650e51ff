"""keys apply."""

from __future__ import annotations

from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT, finish
from bifrost_keys.cli.named_input import input_name, read_input
from bifrost_keys.cli.options import (
    OPTIONS_PANEL,
    DiffOption,
    DryRunOption,
    InitOption,
    OverwriteWebOption,
    flag,
    value_option,
)
from bifrost_keys.cli.output.progress import progress
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import EXIT_DIFFERENCES, UsageError


def apply(
    session: Session,
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|-", help="The keys to have, as JSON; - is standard input.", show_default=False
        ),
    ] = None,
    file_option: Annotated[
        str | None,
        value_option("--file", "FILE|-", "Read the keys to have from this file.", OPTIONS_PANEL, "-f"),
    ] = None,
    prune: Annotated[
        bool,
        flag("--prune", "Delete the other keys of the providers that FILE mentions.", OPTIONS_PANEL),
    ] = False,
    allow_empty: Annotated[
        bool, flag("--allow-empty", "With --prune: let a provider lose its last key.", OPTIONS_PANEL)
    ] = False,
    exit_code: Annotated[bool, flag("--exit-code", "Exit 10 if something differs.", OPTIONS_PANEL)] = False,
    init: InitOption = False,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Give the file these keys: create and update them by name, and change nothing else.

    Examples:
      keys apply desired.json
      keys apply desired.json --prune --dry-run --diff
      keys apply - --dry-run --exit-code -q < desired.json
    """
    from bifrost_keys.gateway.desired_state import parse_desired
    from bifrost_keys.operations.apply import ApplyRequest, apply_keys

    if (file is None) is (file_option is None):
        said = "two inputs were given" if file is not None else "no input was given"
        raise UsageError(said, code="one_input", hint="name one FILE, or - for standard input")
    if allow_empty and not prune:
        raise UsageError("--allow-empty goes with --prune", code="needs_prune")
    store = session.store(initial=INITIAL_TEXT if init else None)
    source = file or file_option or ""
    desired = parse_desired(read_input(session, source), source=input_name(source))
    request = ApplyRequest(
        desired,
        prune=prune,
        allow_empty=allow_empty,
        overwrite_web=overwrite_web,
        diff=diff,
    )
    with progress(session, "apply") as tell:
        report = apply_keys(store, request, dry_run=dry_run, on_progress=tell)
    finish(session, store, report, diff=diff)
    return EXIT_DIFFERENCES if exit_code and report.changed else 0
