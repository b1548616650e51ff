"""keys update."""

from typing import Annotated

from bifrost_keys.cli.change_reporting import finish, left_out_notices
from bifrost_keys.cli.key_options import FieldOptions, KeyChanges
from bifrost_keys.cli.options import (
    KEY_PANEL,
    RUN_PANEL,
    AllOption,
    DiffOption,
    DryRunOption,
    FromFileOption,
    OverwriteWebOption,
    PatternArgument,
    chosen,
    value_option,
)
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError


def update(
    session: Session,
    options: KeyChanges,
    own: FieldOptions,
    name: PatternArgument = None,
    every: AllOption = False,
    clear: Annotated[
        list[str] | None,
        value_option("--clear", "FIELD", "Remove an optional field; repeat for more.", KEY_PANEL),
    ] = None,
    key_id: Annotated[
        str | None, value_option("--id", "ID", "Give the key an id if it has none.", KEY_PANEL)
    ] = None,
    if_hash: Annotated[
        str | None,
        value_option("--if-hash", "HASH", "Refuse the change if the key's hash is not HASH.", RUN_PANEL),
    ] = None,
    from_file: FromFileOption = None,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Change the given fields of a key and no others.

    Examples:
      keys update openai/prod --weight 0.5
      keys update openai/prod --model gpt-4o --model gpt-4o-mini
      keys update openai/prod --add-model o3 --remove-model gpt-4o
      keys update openai/prod --add-alias fast=gpt-4o-mini --diff --dry-run
      keys update 'openai/*' --weight 1
      keys update azure/eu --endpoint https://new.openai.azure.com
      keys update openai/prod --clear blacklisted_models
    """
    from bifrost_keys.cli.input.key import alias_pairs, basics_first, read_key
    from bifrost_keys.operations.selectors import find_keys
    from bifrost_keys.operations.update import Patch, update_key

    (selector,) = chosen(session, [name] if name is not None else None, every)
    store = session.store(file_only={"--if-hash": if_hash is not None})
    with basics_first(lambda: find_keys(store.read(), [selector], patterns=True)):
        key = read_key(session, options, own, from_file=from_file)
    body_name = key.fields.pop("name", None)
    if body_name is not None and any(
        each.name != body_name for each in find_keys(store.read(), [selector], patterns=True)
    ):
        raise UsageError(
            "update does not change the name of a key", code="name-not-changed", hint="see keys rename"
        )
    if key_id is not None:
        key.fields["id"] = key_id
    patch = Patch(
        key.fields,
        key.own,
        add_models=options.add_model or (),
        remove_models=options.remove_model or (),
        add_aliases=alias_pairs(options.add_alias or (), key.faults),
        remove_aliases=options.remove_alias or (),
        clear=clear or (),
        if_hash=if_hash,
        faults=key.faults,
        body=key.body,
    )
    report = update_key(store, selector, patch, overwrite_web=overwrite_web, dry_run=dry_run)
    return finish(session, store, report, left_out_notices(key.left_out), diff=diff)
