"""keys import."""

from __future__ import annotations

from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT, finish
from bifrost_keys.cli.named_input import input_name, read_input
from bifrost_keys.cli.session import Session
from bifrost_keys.cli.shared_options import DiffOption, DryRunOption, InitOption, OverwriteWebOption


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
    )
    report = import_keys(store, request, dry_run=dry_run)
    return finish(session, store, report, diff=diff)
