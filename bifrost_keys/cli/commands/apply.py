"""keys apply."""

from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT, finish
from bifrost_keys.cli.input.confirmation import confirm_deletion
from bifrost_keys.cli.input.named import input_name, read_input
from bifrost_keys.cli.options import (
    OPTIONS_PANEL,
    RUN_PANEL,
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
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE|-", help="The desired keys as JSON; - is standard input.", show_default=False
        ),
    ] = None,
    file_option: Annotated[
        list[str] | None,
        value_option(
            "--file",
            "FILE|-",
            "Also read desired keys from this file.",
            OPTIONS_PANEL,
            "-f",
        ),
    ] = None,
    prune: Annotated[
        bool,
        flag("--prune", "Delete the other keys of the providers that FILE mentions.", OPTIONS_PANEL),
    ] = False,
    allow_empty: Annotated[
        bool, flag("--allow-empty", "With --prune: let a provider lose its last key.", OPTIONS_PANEL)
    ] = False,
    replace_secrets: Annotated[
        bool,
        flag(
            "--replace-secrets",
            "At a gateway: send literal secrets even if they look like those that it has.",
            OPTIONS_PANEL,
        ),
    ] = False,
    exit_code: Annotated[
        bool, flag("--exit-code", "With --dry-run: exit 10 if something differs.", OPTIONS_PANEL)
    ] = False,
    yes: Annotated[
        bool,
        flag("--yes", "With --prune: do not ask before keys are deleted.", RUN_PANEL, "-y"),
    ] = False,
    init: InitOption = False,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Create and update the keys in FILE, by name, and change nothing else.

    Examples:
      keys apply desired.json
      keys apply desired.json --prune --dry-run --diff
      keys apply base.json host.json
      keys apply - --dry-run --exit-code -q < desired.json
    """
    from bifrost_keys.gateway.desired_state import parse_desired, together
    from bifrost_keys.operations.apply import ApplyRequest, apply_keys

    sources = [*(files or ()), *(file_option or ())]
    if not sources:
        raise UsageError(
            "no input was given", code="input-missing", hint="add a FILE, or - for standard input"
        )
    if allow_empty and not prune:
        raise UsageError("--allow-empty requires --prune", code="prune-missing")
    store = session.store(
        initial=INITIAL_TEXT if init else None, gateway_only={"--replace-secrets": replace_secrets}
    )
    request = ApplyRequest(
        together([parse_desired(read_input(session, each), source=input_name(each)) for each in sources]),
        prune=prune,
        allow_empty=allow_empty,
        replace_secrets=replace_secrets,
        overwrite_web=overwrite_web,
        diff=diff,
    )
    if prune and session.interactive and not (yes or dry_run):
        confirm_deletion(session, apply_keys(store, request, dry_run=True))
    with progress(session, "apply") as tell:
        report = apply_keys(store, request, dry_run=dry_run, on_progress=tell)
    finish(session, store, report, diff=diff)
    return EXIT_DIFFERENCES if exit_code and dry_run and report.changed else 0
