"""keys enable."""

from bifrost_keys.cli.change_reporting import finish
from bifrost_keys.cli.options import (
    AllOption,
    DiffOption,
    DryRunOption,
    OverwriteWebOption,
    PatternsArgument,
    chosen,
)
from bifrost_keys.cli.session import Session


def enable(
    session: Session,
    names: PatternsArgument = None,
    every: AllOption = False,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Enable keys again.

    Examples:
      keys enable openai/prod
      keys enable openai/prod openai/backup --dry-run
      keys enable --all
    """
    from bifrost_keys.operations.enable_disable import enable_keys

    store = session.store()
    report = enable_keys(store, chosen(session, names, every), overwrite_web=overwrite_web, dry_run=dry_run)
    return finish(session, store, report, diff=diff)
