"""keys list, keys get and keys providers."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from bifrost_keys.cli.output.changes import key_table, label, list_table
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session, is_terminal
from bifrost_keys.errors import NotFoundError, UsageError
from bifrost_keys.gateway.providers import BUILT_IN, PROVIDERS, Provider, built_in, closest
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.operations.list import Filters, get_key, list_keys
from bifrost_keys.operations.results import KeyView


def list_(
    session: Session,
    provider: Annotated[
        str | None, typer.Argument(metavar="PROVIDER", help="Only this provider's.", show_default=False)
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="Only keys that may serve it.", show_default=False),
    ] = None,
    enabled: Annotated[
        bool | None,
        typer.Option("--enabled/--disabled", help="Only enabled, or only disabled keys.", show_default=False),
    ] = None,
) -> int:
    """List the keys, secrets masked.

    Example: keys list openai --enabled
    """
    document = session.store().read(lenient=True)
    views = list(list_keys(document, provider, Filters(model, enabled)))
    if session.output == "json":
        emit_json({"keys": [{"provider": view.provider, **view.key} for view in views], "total": len(views)})
    elif session.output == "name":
        emit("".join(label(view.provider, view.key["name"]) + "\n" for view in views))
    elif not session.quiet:
        total = f"{len(views)} key{'' if len(views) == 1 else 's'}"
        emit_table(session, *([list_table(views)] if views else []), total)
    return 0


def get(
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="NAME, PROVIDER/NAME or id.")],
    second: Annotated[str | None, typer.Argument(hidden=True, metavar="")] = None,
    field: Annotated[
        str | None,
        typer.Option("--field", metavar="FIELD", help="Print this field alone.", show_default=False),
    ] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="With --field: print a secret one too.")] = False,
) -> int:
    """Show one key with every field and the places that refer to it.

    Example: keys get openai/prod --field weight
    """
    if reveal and field is None:
        raise UsageError("--reveal goes with --field FIELD", code="missing", hint="as --field value --reveal")
    document = session.store().read(lenient=True)
    if second is not None:
        known = document.provider_name(name)
        there = known and any(ref.name == second for ref in document.entries(known))
        hint = f"did you mean {known}/{second}?" if there else "a key is named PROVIDER/NAME"
        raise UsageError("unexpected argument", code="unexpected_argument", hint=hint)
    view, entry = get_key(document, name)
    if field is not None:
        from bifrost_keys.operations.field_text import field_text

        text = field_text(view, entry, field, reveal=reveal)
        emit(shown(text) if is_terminal(sys.stdout) else text)
    elif session.output == "json":
        emit_json(_view_json(view))
    elif session.output == "name":
        emit(label(view.provider, view.key["name"]))
    elif not session.quiet:
        emit_table(session, key_table(view.provider, view.key, view.references))
    return 0


def providers(
    session: Session,
    provider: Annotated[
        str | None, typer.Argument(metavar="PROVIDER", help="Only this one.", show_default=False)
    ] = None,
) -> int:
    """List the providers: what a key of each requires, and its own options.

    Example: keys providers azure
    """
    chosen = BUILT_IN if provider is None else (_known(provider),)
    if session.output == "json":
        emit_json({"providers": [_provider_json(each) for each in chosen], "total": len(chosen)})
    elif session.output == "name":
        emit("".join(f"{each.name}\n" for each in chosen))
    elif provider is None:
        head = ("provider", "required", "optional", "value")
        emit_table(session, Columns(head, [_provider_row(each) for each in chosen]))
    else:
        emit_table(session, *_provider_parts(chosen[0]))
    return 0


def _known(name: str) -> Provider:
    found = built_in(name)
    if found is None:
        near = closest(name, PROVIDERS)
        hint = f"did you mean {' or '.join(near)}?" if near else "see keys providers"
        raise NotFoundError("no such built-in provider", code="provider_not_found", hint=hint)
    return found


def _provider_row(each: Provider) -> tuple[str, str, str, str]:
    fields = each.config.fields if each.config is not None else ()
    required = " ".join(field.option for field in fields if field.required)
    optional = " ".join(field.option for field in fields if not field.required)
    return each.name, required, optional, "optional" if each.value_optional else "required"


def _provider_parts(each: Provider) -> list[Any]:
    value = "may be empty" if each.value_optional else "is required"
    later = "; known to later releases than 1.5.1 only" if each.later else ""
    parts: list[Any] = [f"{each.name}: the value {value}{later}"]
    if each.config is not None:
        rows = [
            (field.option, "required" if field.required else "", shown(field.help))
            for field in each.config.fields
        ]
        parts.append(Columns(("option", "", "meaning"), rows))
    return parts


def _provider_json(each: Provider) -> dict[str, Any]:
    fields = each.config.fields if each.config is not None else ()
    return {
        "name": each.name,
        "config_object": each.config.name if each.config is not None else None,
        "config_required": each.config.required if each.config is not None else False,
        "required": [field.name for field in fields if field.required],
        "optional": [field.name for field in fields if not field.required],
        "options": {field.name: field.option for field in fields},
        "value_may_be_empty": each.value_optional,
    }


def _view_json(view: KeyView) -> dict[str, Any]:
    references = [
        {"path": path_text(reference.path), "kind": reference.kind, "checked": reference.checked}
        for reference in view.references
    ]
    return {"provider": view.provider, "key": view.key, "references": references}
