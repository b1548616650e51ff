"""keys update, keys set and keys rotate."""

from __future__ import annotations

import uuid
from functools import partial
from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT, finish, left_out_notices
from bifrost_keys.cli.commands.create import with_secret
from bifrost_keys.cli.key_input import basics_first, read_key
from bifrost_keys.cli.key_options import KeyOptions, SecretOptions
from bifrost_keys.cli.secret_input import STAND_IN, ask, read_value
from bifrost_keys.cli.session import Session
from bifrost_keys.cli.shared_options import (
    KEY_PANEL,
    RUN_PANEL,
    DiffOption,
    DryRunOption,
    FromFileOption,
    InitOption,
    NameArgument,
    OverwriteWebOption,
)
from bifrost_keys.errors import InvalidInputError, UsageError
from bifrost_keys.operations.create import CreateRequest, refuse_provider
from bifrost_keys.operations.selectors import find_key, keys_named
from bifrost_keys.operations.update import Patch, rotate_key, set_key, update_key


def update(
    session: Session,
    name: NameArgument,
    options: KeyOptions,
    add_model: Annotated[
        list[str] | None,
        typer.Option(
            "--add-model",
            metavar="MODEL",
            help="Add a model to the list.",
            show_default=False,
            rich_help_panel=KEY_PANEL,
        ),
    ] = None,
    remove_model: Annotated[
        list[str] | None,
        typer.Option(
            "--remove-model",
            metavar="MODEL",
            help="Take a model off the list.",
            show_default=False,
            rich_help_panel=KEY_PANEL,
        ),
    ] = None,
    clear: Annotated[
        list[str] | None,
        typer.Option(
            "--clear",
            metavar="FIELD",
            help="Remove an optional field.",
            show_default=False,
            rich_help_panel=KEY_PANEL,
        ),
    ] = None,
    key_id: Annotated[
        str | None,
        typer.Option(
            "--id",
            metavar="ID",
            help="Give the entry an id where it has none.",
            show_default=False,
            rich_help_panel=KEY_PANEL,
        ),
    ] = None,
    if_hash: Annotated[
        str | None,
        typer.Option(
            "--if-hash",
            metavar="HASH",
            help="Only if the key's hash is still this one.",
            show_default=False,
            rich_help_panel=RUN_PANEL,
        ),
    ] = None,
    from_file: FromFileOption = None,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Change just the given fields of a key.

    Example: keys update openai/prod --weight 0.5 --add-model gpt-4o
    """
    store = session.store()
    with basics_first(lambda: find_key(store.read(), name)):
        key = read_key(session, options.given, from_file=from_file)
    body_name = key.fields.pop("name", None)
    if body_name is not None and body_name != find_key(store.read(), name).name:
        raise UsageError("update does not change the name", code="rename_instead", hint="see keys rename")
    if key_id is not None:
        key.fields["id"] = key_id
    patch = Patch(
        key.fields,
        key.own,
        add_models=tuple(add_model or ()),
        remove_models=tuple(remove_model or ()),
        clear=tuple(clear or ()),
        if_hash=if_hash,
        faults=tuple(key.faults),
    )
    report = update_key(
        store, name, patch, release=session.gateway_release, overwrite_web=overwrite_web, dry_run=dry_run
    )
    return finish(session, store, report, left_out_notices(key.left_out), diff=diff)


def set_(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="PROVIDER/NAME", help="The key, as openai/prod.")],
    options: KeyOptions,
    key_id: Annotated[
        str | None,
        typer.Option(
            "--id",
            metavar="ID",
            help="The id of a new key (a new uuid).",
            show_default=False,
            rich_help_panel=KEY_PANEL,
        ),
    ] = None,
    from_file: FromFileOption = None,
    overwrite_web: OverwriteWebOption = False,
    init: InitOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Create the key, or give the one that is there the given fields.

    Example: keys set openai/prod --value-env OPENAI_API_KEY --weight 2
    """
    provider, slash, bare = name.partition("/")
    if not (slash and provider and bare):
        message = "PROVIDER/NAME must be a provider, a slash and a name"
        raise InvalidInputError(
            message, code="invalid_selector", field="PROVIDER/NAME", hint="as openai/prod"
        )
    store = session.store(initial=INITIAL_TEXT if init else None)
    with basics_first(lambda: refuse_provider(store, provider)):
        key = read_key(session, options.given, from_file=from_file)
    if key_id is not None:
        key.fields["id"] = key_id
    key.fields.pop("name", None)
    request = CreateRequest(
        provider,
        {**key.fields, "name": bare},
        new_id=str(uuid.uuid4()),
        own=key.own,
        overwrite_web=overwrite_web,
        release=session.gateway_release,
        faults=tuple(key.faults),
    )
    if from_file is None and not keys_named(store.read(), provider, bare):
        request = with_secret(session, store, request)
    fields = {member: value for member, value in request.fields.items() if member != "name"}
    patch = Patch(fields, key.own, faults=tuple(key.faults))
    report = set_key(store, request, patch, dry_run=dry_run)
    return finish(session, store, report, left_out_notices(key.left_out), diff=diff)


def rotate(
    session: Session,
    name: NameArgument,
    source: SecretOptions,
    overwrite_web: OverwriteWebOption = False,
    diff: DiffOption = False,
    dry_run: DryRunOption = False,
) -> int:
    """Give a key a new secret and change nothing else.

    Example: pass show openai/new | keys rotate openai/prod --value-stdin
    """
    store = session.store()
    with basics_first(lambda: find_key(store.read(), name)):
        value = read_value(session, source.given)
        _refuse_empty(value)
    rotated = partial(rotate_key, store, name, release=session.gateway_release, overwrite_web=overwrite_web)
    if value is None:
        find_key(store.read(), name)
        if session.interactive:
            rotated(STAND_IN, dry_run=True)  # nobody types a secret for nothing
        value = ask(session, "new secret")
        _refuse_empty(value)
    report = rotated(value, dry_run=dry_run)
    return finish(session, store, report, diff=diff)


def _refuse_empty(value: str | None) -> None:
    if value == "":
        raise InvalidInputError("the new secret is empty", code="value-empty", field="value")
