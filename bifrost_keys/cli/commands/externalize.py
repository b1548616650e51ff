"""keys externalize."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated

from bifrost_keys.cli.change_reporting import finish, require_place
from bifrost_keys.cli.global_values import bad_value
from bifrost_keys.cli.options import (
    OPTIONS_PANEL,
    AllOption,
    DiffOption,
    DryRunOption,
    OverwriteWebOption,
    PatternsArgument,
    chosen,
    value_option,
)
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import ConfigUnusableError, InvalidInputError, UsageError


def externalize(
    session: Session,
    env_file: Annotated[
        str,
        value_option("--env-file", "FILE", "Move the secrets to this environment file.", OPTIONS_PANEL),
    ],
    names: PatternsArgument = None,
    every: AllOption = False,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Move the literal secrets of keys into an environment file and write references instead.

    Examples:
      keys externalize openai/prod --env-file bifrost.env
      keys externalize prod backup --env-file bifrost.env --diff --dry-run
      keys externalize --all --env-file bifrost.env
    """
    from bifrost_keys.operations.externalize import externalize_keys
    from bifrost_keys.stores.env_file import add_variables
    from bifrost_keys.stores.files.open_file import real_path

    if env_file in ("", "-"):
        message = "must be a file, not standard input or output" if env_file else "is empty"
        raise bad_value("--env-file", message, hint="name the environment file")
    require_place(session, dry_run=dry_run)
    store = session.config_store()
    for path, what in ((store.path, "the config itself"), (f"{store.path}.lock", "the lock of the config")):
        with _unusable_is_invalid():
            if real_path(env_file) == path:
                raise UsageError(f"--env-file names {what}")

    def add(variables: Mapping[str, str], *, dry_run: bool) -> Sequence[str]:
        with _unusable_is_invalid():
            return add_variables(
                env_file,
                variables,
                lock_timeout=session.lock_timeout,
                on_wait=session.say_waiting,
                dry_run=dry_run,
            )

    report = externalize_keys(
        store, chosen(session, names, every), add, overwrite_web=overwrite_web, dry_run=dry_run
    )
    return finish(session, store, report, diff=diff)


@contextmanager
def _unusable_is_invalid() -> Iterator[None]:
    """Turn errors about an unusable config into errors about the file of --env-file."""
    try:
        yield
    except ConfigUnusableError as error:
        raise InvalidInputError(error.message, code=error.code, hint=error.hint, field="--env-file") from None
