"""keys disable."""

from typing import Annotated

from bifrost_keys.cli.change_reporting import finish
from bifrost_keys.cli.options import (
    RUN_PANEL,
    AllOption,
    DiffOption,
    DryRunOption,
    OverwriteWebOption,
    PatternsArgument,
    chosen,
    flag,
)
from bifrost_keys.cli.session import Session


def disable(
    session: Session,
    names: PatternsArgument = None,
    every: AllOption = False,
    temporary: Annotated[
        bool,
        flag(
            "--temporary",
            "Set only enabled: false, which a gateway with a database undoes at its second start.",
            RUN_PANEL,
        ),
    ] = False,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Disable keys so that they stay disabled, even if the gateway has a database.

    Examples:
      keys disable openai/prod
      keys disable openai/prod openai/backup --diff
      keys disable 'openai/*'
      keys disable openai/prod --temporary
    """
    from bifrost_keys.operations.enable_disable import disable_keys

    store = session.store()
    report = disable_keys(
        store,
        chosen(session, names, every),
        temporary=temporary,
        overwrite_web=overwrite_web,
        dry_run=dry_run,
    )
    return finish(session, store, report, diff=diff)
