"""keys rotate."""

from collections.abc import Sequence
from functools import partial

from bifrost_keys.cli.change_reporting import finish, made
from bifrost_keys.cli.key_options import SecretOptions
from bifrost_keys.cli.options import (
    DiffOption,
    DryRunOption,
    NameArgument,
    OverwriteWebOption,
    TestOption,
)
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import InvalidInputError
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.operations.planning.refusals import refuse_faults


def rotate(
    session: Session,
    name: NameArgument,
    source: SecretOptions,
    overwrite_web: OverwriteWebOption = False,
    test: TestOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Give a key a new secret and change nothing else.

    Examples:
      keys rotate openai/prod
      pass show openai/new | keys rotate openai/prod --value-stdin
      keys rotate openai/prod --value-command 'op read op://ops/openai/key'
      keys rotate openai/prod --value-env OPENAI_API_KEY_2 --test
    """
    from bifrost_keys.cli.input.key import basics_first
    from bifrost_keys.cli.input.secret import STAND_IN, ask, read_value, value_faults
    from bifrost_keys.gateway.rules.secret import given_faults
    from bifrost_keys.operations.selectors import find_key
    from bifrost_keys.operations.update import rotate_key

    store = session.store(file_only={"--test with --dry-run": test and dry_run})
    with basics_first(lambda: find_key(store.read(), name)):
        value = read_value(session, source)
        if value is not None:
            _refuse(value, value_faults(source, value))
    rotated = partial(rotate_key, selector=name, overwrite_web=overwrite_web)
    if value is None:
        key = find_key(store.read(), name).label
        if session.interactive:
            rotated(
                store, value=STAND_IN, dry_run=True
            )  # refuse everything else before somebody types a secret
        value = ask(session, "new secret", key)
        _refuse(value, given_faults(value, ("value",)))
    report = made(session, store, partial(rotated, value=value), test=test, dry_run=dry_run)
    return finish(session, store, report, diff=diff)


def _refuse(value: str, faults: Sequence[Fault]) -> None:
    if not value:
        raise InvalidInputError("the new secret is empty", code="value-empty", field="value")
    refuse_faults(faults)
