"""keys update."""

from __future__ import annotations

from typing import Annotated

import typer

from bifrost_keys.cli.change_reporting import finish, left_out_notices
from bifrost_keys.cli.key_input import alias_pairs, basics_first, read_key
from bifrost_keys.cli.key_options import KeyOptions
from bifrost_keys.cli.session import Session
from bifrost_keys.cli.shared_options import (
    KEY_PANEL,
    RUN_PANEL,
    AddAliasOption,
    DiffOption,
    DryRunOption,
    FromFileOption,
    NameArgument,
    OverwriteWebOption,
    RemoveAliasOption,
)
from bifrost_keys.errors import UsageError
from bifrost_keys.operations.selectors import find_key
from bifrost_keys.operations.update import Patch, update_key


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
    add_alias: AddAliasOption = None,
    remove_alias: RemoveAliasOption = None,
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
        add_aliases=alias_pairs(add_alias or (), key.faults),
        remove_aliases=tuple(remove_alias or ()),
        clear=tuple(clear or ()),
        if_hash=if_hash,
        faults=tuple(key.faults),
    )
    report = update_key(store, name, patch, overwrite_web=overwrite_web, dry_run=dry_run)
    return finish(session, store, report, left_out_notices(key.left_out), diff=diff)
