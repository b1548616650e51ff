"""keys disable."""

from __future__ import annotations

from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import finish
from bifrost_keys.cli.session import Session
from bifrost_keys.cli.shared_options import (
    DiffOption,
    DryRunOption,
    NamesArgument,
    OverwriteWebOption,
)
from bifrost_keys.operations.enable_disable import disable_keys


def disable(
    session: Session,
    names: NamesArgument,
    temporary: Annotated[
        bool, typer.Option("--temporary", help="Only enabled: false, which a gateway with a database undoes.")
    ] = False,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Turn keys off so that they stay off, also at a gateway with a database.

    Example: keys disable openai/prod openai/backup
    """
    store = session.store()
    report = disable_keys(
        store,
        names,
        temporary=temporary,
        overwrite_web=overwrite_web,
        dry_run=dry_run,
    )
    return finish(session, store, report, diff=diff)
