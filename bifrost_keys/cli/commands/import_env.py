"""keys import."""

from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT, finish
from bifrost_keys.cli.input.named import input_name, read_input
from bifrost_keys.cli.options import (
    OPTIONS_PANEL,
    DiffOption,
    DryRunOption,
    InitOption,
    OverwriteWebOption,
    flag,
    value_option,
)
from bifrost_keys.cli.session import Session


def import_(
    session: Session,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A .env file; - is standard input.")],
    prefix: Annotated[
        str,
        value_option("--prefix", "TEXT", "Import only variables whose names start with TEXT.", OPTIONS_PANEL),
    ] = "",
    literal: Annotated[
        bool, flag("--literal", "Copy the secrets instead of referring to the variables.", OPTIONS_PANEL)
    ] = False,
    replace: Annotated[bool, flag("--replace", "Update keys that exist and differ.", OPTIONS_PANEL)] = False,
    init: InitOption = False,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Create a key for each well-known variable in a .env file, as a reference to the variable.

    Examples:
      keys import .env
      keys import .env --prefix OPENAI_ --dry-run
      keys import .env --literal --replace
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
