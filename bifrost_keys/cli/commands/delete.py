"""keys delete."""

from __future__ import annotations

import sys
from typing import Annotated

from bifrost_keys.cli.change_reporting import finish
from bifrost_keys.cli.options import RUN_PANEL, DiffOption, DryRunOption, NamesArgument, flag
from bifrost_keys.cli.output.changes import cell, label
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.session import Session, print_to_stderr
from bifrost_keys.errors import UsageError
from bifrost_keys.operations.delete import delete_keys, keys_to_delete, views
from bifrost_keys.operations.results import KeyView


def delete(
    session: Session,
    names: NamesArgument,
    yes: Annotated[
        bool, flag("--yes", "Do not ask; needed where there is no terminal.", RUN_PANEL, "-y")
    ] = False,
    if_exists: Annotated[bool, flag("--if-exists", "Ignore keys that do not exist.", RUN_PANEL)] = False,
    prune: Annotated[
        bool,
        flag("--prune", "Remove a provider that loses its last key, unless it has settings.", RUN_PANEL),
    ] = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Remove keys from the file, and say what a running gateway still does with them.

    Examples:
      keys delete openai/old
      keys delete openai/old openai/older --yes
      keys delete groq/ci --if-exists --prune --yes
    """
    store = session.store()
    if not (yes or dry_run):
        _confirm(session, views(keys_to_delete(store.read(), names, if_exists=if_exists)))
    report = delete_keys(store, names, if_exists=if_exists, prune=prune, dry_run=dry_run)
    return finish(session, store, report, diff=diff)


def _confirm(session: Session, found: list[KeyView]) -> None:
    """Ask at the terminal, with each key shown; raises UsageError for no, and where nobody can be asked."""
    if not found:
        return
    if not session.interactive:
        raise UsageError("delete needs a yes", code="needs_yes", hint="give --yes")
    for view in found:
        models = cell(view.key["models"])
        print_to_stderr(
            shown(f"  {label(view.provider, view.key['name'])}  {cell(view.key['value'])}  models {models}")
        )
    sys.stderr.write(f"delete {'this key' if len(found) == 1 else f'these {len(found)} keys'}? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("not deleted", code="declined")
