"""keys apply, keys import and keys export: many keys at once."""

from __future__ import annotations

import json
from typing import Annotated, Final

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT, finish
from bifrost_keys.cli.output.changes import label, tell_warnings, warning_json
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.progress import progress
from bifrost_keys.cli.output.streams import emit, emit_json
from bifrost_keys.cli.session import Session, print_to_stderr
from bifrost_keys.cli.shared_options import DiffOption, DryRunOption, InitOption, OverwriteWebOption
from bifrost_keys.errors import EXIT_DIFFERENCES, UsageError
from bifrost_keys.operations.results import Notice

MAX_INPUT_BYTES: Final = 64 * 1024 * 1024


def apply(
    session: Session,
    file: Annotated[
        str | None,
        typer.Argument(metavar="FILE|-", help="The wanted keys as JSON; - is standard input."),
    ] = None,
    file_option: Annotated[
        str | None, typer.Option("-f", "--file", metavar="FILE|-", help="The same.", show_default=False)
    ] = None,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Delete the other keys of the providers that FILE mentions."),
    ] = False,
    allow_empty: Annotated[
        bool, typer.Option("--allow-empty", help="With --prune: a provider may lose its last key.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 10 when there are differences.")
    ] = False,
    init: InitOption = False,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Make the file have these keys: create and update by name, and touch nothing else.

    Example: keys apply desired.json --prune --dry-run --exit-code
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
        release=session.gateway_release,
        diff=diff,
    )
    with progress(session, "apply") as tell:
        report = apply_keys(store, request, dry_run=dry_run, on_progress=tell)
    finish(session, store, report, diff=diff)
    return EXIT_DIFFERENCES if exit_code and report.changed else 0


def read_input(session: Session, source: str) -> bytes:
    """The bytes of a named input, at most 64 MiB; ``-`` is standard input, which only one may read."""
    from bifrost_keys.stores.files.bounded_input import read_file, read_stdin

    if source == "-":
        session.claim_stdin("-")
        return read_stdin(limit=MAX_INPUT_BYTES)
    return read_file(source, limit=MAX_INPUT_BYTES)


def input_name(source: str) -> str:
    """How messages call an input that was read."""
    return "standard input" if source == "-" else source


def import_(
    session: Session,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A .env file; - is standard input.")],
    prefix: Annotated[
        str,
        typer.Option("--prefix", metavar="TEXT", help="Only variables that begin so.", show_default=False),
    ] = "",
    literal: Annotated[
        bool, typer.Option("--literal", help="Copy the secrets instead of referring to the variables.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Update keys that are there and differ.")
    ] = False,
    init: InitOption = False,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Make a key of each well-known variable in a .env file, as a reference to the variable.

    Example: keys import .env --prefix OPENAI_
    """
    from bifrost_keys.operations.import_env import ImportRequest, import_keys, parse_variables

    store = session.store(initial=INITIAL_TEXT if init else None)
    request = ImportRequest(
        parse_variables(read_input(session, file), source=input_name(file)),
        prefix=prefix,
        literal=literal,
        replace=replace,
        overwrite_web=overwrite_web,
        release=session.gateway_release,
    )
    report = import_keys(store, request, dry_run=dry_run)
    return finish(session, store, report, diff=diff)


def export(
    session: Session,
    provider: Annotated[
        str | None, typer.Argument(metavar="PROVIDER", help="Only this provider's.", show_default=False)
    ] = None,
    env: Annotated[
        bool, typer.Option("--env", help="The variables that the file refers to, as a .env template.")
    ] = False,
    reveal: Annotated[bool, typer.Option("--reveal", help="With the literal secrets.")] = False,
) -> int:
    """Print the keys as apply reads them; literal secrets are left out.

    Example: keys export | keys apply --prune - --config other.json
    """
    from bifrost_keys.operations.export import export_keys, referenced_variables

    document = session.store().read()
    if env:
        found = referenced_variables(document, provider)
        emit("".join(f"# {shown(', '.join(places))}\n{name}=\n" for name, places in found.items()))
        return 0
    exported = export_keys(document, provider, reveal=reveal)
    if session.output == "name":
        keys = ((name, key) for name, its in exported.data["providers"].items() for key in its["keys"])
        emit("".join(f"{label(name, key.get('name'))}\n" for name, key in keys))
        return 0
    emit_json(exported.data)
    if exported.left_out:
        message = f"literal secrets were left out of {', '.join(exported.left_out)}"
        hint = "apply keeps those that the file has; --reveal prints them"
        _tell(session, Notice("secrets_left_out", message, hint))
    return 0


def _tell(session: Session, notice: Notice) -> None:
    """A warning beside a result that has no place for it: on standard error, with JSON as JSON."""
    if session.output == "json":
        print_to_stderr(json.dumps({"warnings": [warning_json(notice)]}))
    else:
        tell_warnings(session, [notice])
