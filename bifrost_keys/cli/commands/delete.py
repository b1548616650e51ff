"""keys delete."""

from functools import partial
from typing import Annotated

from bifrost_keys.cli.change_reporting import finish
from bifrost_keys.cli.options import RUN_PANEL, DiffOption, DryRunOption, NamesArgument, flag
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError


def delete(
    session: Session,
    names: NamesArgument,
    yes: Annotated[
        bool, flag("--yes", "Do not ask for confirmation. Required without a terminal.", RUN_PANEL, "-y")
    ] = False,
    if_exists: Annotated[bool, flag("--if-exists", "Ignore keys that do not exist.", RUN_PANEL)] = False,
    prune: Annotated[
        bool,
        flag("--prune", "Remove a provider that has no keys left, unless it has settings.", RUN_PANEL),
    ] = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Delete keys, and report what a running gateway still does with them.

    Examples:
      keys delete openai/old
      keys delete openai/old openai/older --yes
      keys delete groq/ci --if-exists --prune --yes
      keys delete groq --prune
    """
    from bifrost_keys.cli.input.confirmation import confirm_deletion
    from bifrost_keys.operations.delete import delete_keys

    store = session.store(file_only={"--prune": prune})
    delete_each = partial(delete_keys, store, names, if_exists=if_exists, prune=prune)
    asked = not (yes or dry_run)
    if asked:
        planned = delete_each(dry_run=True)
        if (planned.changes or planned.details.pruned) and not session.interactive:
            raise UsageError("delete needs a confirmation", code="yes-missing", hint="use --yes")
        confirm_deletion(session, planned)
    report = delete_each(dry_run=dry_run)
    if asked and not session.format.structured:  # the warnings above the question are not repeated
        report = report._replace(notices=())
    return finish(session, store, report, diff=diff)
