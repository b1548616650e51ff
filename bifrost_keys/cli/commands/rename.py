"""keys rename."""

from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import finish
from bifrost_keys.cli.options import (
    DiffOption,
    DryRunOption,
    NameArgument,
    OverwriteWebOption,
)
from bifrost_keys.cli.session import Session


def rename(
    session: Session,
    name: NameArgument,
    new: Annotated[str, typer.Argument(metavar="NEW", help="The new name.")],
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Rename a key, and every reference to its name, in one write.

    Examples:
      keys rename openai/prod primary
      keys rename prod primary --diff --dry-run
    """
    from bifrost_keys.operations.rename import rename_key

    store = session.store()
    report = rename_key(store, name, new, overwrite_web=overwrite_web, dry_run=dry_run)
    return finish(session, store, report, diff=diff)
