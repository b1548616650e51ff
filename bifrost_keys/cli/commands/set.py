"""keys set."""

import uuid
from functools import partial
from typing import Annotated, Any

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT, finish, left_out_notices, made
from bifrost_keys.cli.key_options import FieldOptions, KeyChanges
from bifrost_keys.cli.options import (
    KEY_PANEL,
    DiffOption,
    DryRunOption,
    FromFileOption,
    InitOption,
    OverwriteWebOption,
    TestOption,
    value_option,
)
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import UsageError


def set_(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="PROVIDER/NAME", help="The key, for example openai/prod.")],
    options: KeyChanges,
    own: FieldOptions,
    key_id: Annotated[
        str | None, value_option("--id", "ID", "The id of a new key; the default is a new uuid.", KEY_PANEL)
    ] = None,
    from_file: FromFileOption = None,
    overwrite_web: OverwriteWebOption = False,
    init: InitOption = False,
    test: TestOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Create a key, or change the given fields if the key exists.

    Examples:
      keys set openai/prod --value-env OPENAI_API_KEY
      keys set openai/prod --value-env OPENAI_API_KEY --weight 2 --model gpt-4o
      keys set groq/ci --value-file /run/secrets/groq --init -o json
    """
    from bifrost_keys.cli.input.key import alias_pairs, basics_first, read_key
    from bifrost_keys.cli.input.key_questions import completed
    from bifrost_keys.operations.create import CreateRequest, refuse_provider
    from bifrost_keys.operations.selectors import keys_named
    from bifrost_keys.operations.update import Patch, set_key

    provider, slash, bare = name.partition("/")
    if not (slash and provider and bare):
        raise UsageError(
            "PROVIDER/NAME must consist of a provider, a slash and a name",
            code="selector-invalid",
            field="PROVIDER/NAME",
            hint="for example openai/prod",
        )
    store = session.store(
        initial=INITIAL_TEXT if init else None, file_only={"--test with --dry-run": test and dry_run}
    )
    with basics_first(lambda: refuse_provider(store, provider)):
        key = read_key(session, options, own, from_file=from_file)
    if key_id is not None:
        key.fields["id"] = key_id
    key.fields.pop("name", None)
    added = alias_pairs(options.add_alias or (), key.faults)
    # A new key gets only the given models and aliases; an existing key keeps its others.
    lists: dict[str, Any] = {}
    if added:
        lists["aliases"] = {**key.fields.get("aliases", {}), **added}
    if options.add_model:
        lists["models"] = [*key.fields.get("models", []), *options.add_model]
    request = CreateRequest(
        provider,
        {**key.fields, **lists, "name": bare},
        new_id=str(uuid.uuid4()),
        own=key.own,
        overwrite_web=overwrite_web,
        faults=key.faults,
    )
    if from_file is None and not keys_named(store.read(), provider, bare):
        request = completed(session, store, request)
    patch = Patch(
        {name: request.fields[name] for name in request.fields if name in ("value", *key.fields)},
        request.own,
        add_models=options.add_model or (),
        remove_models=options.remove_model or (),
        add_aliases=added,
        remove_aliases=options.remove_alias or (),
        faults=key.faults,
        body=key.body,
    )
    change = partial(set_key, request=request, patch=patch)
    report = made(session, store, change, test=test, dry_run=dry_run)
    return finish(session, store, report, left_out_notices(key.left_out), diff=diff)
