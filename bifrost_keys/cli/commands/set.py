"""keys set."""

from __future__ import annotations

import uuid
from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import INITIAL_TEXT, finish, left_out_notices
from bifrost_keys.cli.commands.create import with_secret
from bifrost_keys.cli.key_input import alias_pairs, basics_first, read_key
from bifrost_keys.cli.key_options import KeyOptions
from bifrost_keys.cli.session import Session
from bifrost_keys.cli.shared_options import (
    KEY_PANEL,
    AddAliasOption,
    DiffOption,
    DryRunOption,
    FromFileOption,
    InitOption,
    OverwriteWebOption,
    RemoveAliasOption,
)
from bifrost_keys.errors import InvalidInputError
from bifrost_keys.operations.create import CreateRequest, refuse_provider
from bifrost_keys.operations.selectors import keys_named
from bifrost_keys.operations.update import Patch, set_key


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
    add_alias: AddAliasOption = None,
    remove_alias: RemoveAliasOption = None,
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
    added = alias_pairs(add_alias or (), key.faults)
    # A new key has just the aliases that are given; a key that is there keeps its others.
    aliases = {"aliases": {**key.fields.get("aliases", {}), **added}} if added else {}
    request = CreateRequest(
        provider,
        {**key.fields, **aliases, "name": bare},
        new_id=str(uuid.uuid4()),
        own=key.own,
        overwrite_web=overwrite_web,
        faults=tuple(key.faults),
    )
    if from_file is None and not keys_named(store.read(), provider, bare):
        request = with_secret(session, store, request)
    patch = Patch(
        {name: request.fields[name] for name in request.fields if name in ("value", *key.fields)},
        key.own,
        add_aliases=added,
        remove_aliases=tuple(remove_alias or ()),
        faults=tuple(key.faults),
    )
    report = set_key(store, request, patch, dry_run=dry_run)
    return finish(session, store, report, left_out_notices(key.left_out), diff=diff)
