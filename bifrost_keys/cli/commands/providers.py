"""keys providers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import NotFoundError
from bifrost_keys.gateway.fields.table import Field
from bifrost_keys.gateway.providers.names import provider_hint
from bifrost_keys.gateway.providers.table import BUILT_IN, PROVIDERS, Provider, built_in
from bifrost_keys.gateway.releases import Release, release_text
from bifrost_keys.gateway.secrets.detection import quoted_argument


def providers(
    session: Session,
    provider: Annotated[
        str | None,
        typer.Argument(metavar="PROVIDER", help="Show this provider only.", show_default=False),
    ] = None,
) -> int:
    """List the providers: what a key of each requires, its own options, and since which release it is known.

    Examples:
      keys providers
      keys providers azure
    """
    chosen = BUILT_IN if provider is None else (_known(provider),)
    if session.output == "json":
        emit_json({"providers": [_provider_json(each) for each in chosen], "total": len(chosen)})
    elif session.output == "name":
        emit("".join(f"{each.name}\n" for each in chosen))
    elif provider is None:
        head = ("provider", "since", "value", "required")
        emit_table(session, Columns(head, [_provider_row(each) for each in chosen]))
    else:
        emit_table(session, *_provider_parts(chosen[0]))
    return 0


def _known(name: str) -> Provider:
    found = built_in(name)
    if found is None:
        hint = provider_hint(name, PROVIDERS) or "see keys providers"
        message = f"no built-in provider named {quoted_argument(name)}"
        raise NotFoundError(message, code="provider-not-found", hint=hint)
    return found


def _members(each: Provider) -> list[tuple[str, Field]]:
    """The fields of the config object that have an option, named as in JSON."""
    members = each.config.members() if each.config is not None else ()
    return [(name, field) for name, field in members if field.option]


def _provider_row(each: Provider) -> tuple[str, str, str, str]:
    required = " ".join(field.option for name, field in _members(each) if _is_required(each, name))
    return each.name, release_text(each.since), _value(each), required


def _is_required(each: Provider, name: str) -> bool:
    """Whether every key needs the field; one that an optional object needs is not among them."""
    field = each.config.field(name) if each.config is not None else None
    return (
        each.config is not None
        and each.config.required
        and "." not in name
        and bool(field and field.required)
    )


def _value(each: Provider) -> str:
    if each.config is not None and each.config.instead_of_value:
        return "or its options"
    return "optional" if each.value_optional else "required"


def _provider_parts(each: Provider) -> list[Any]:
    value = "may be empty" if _value(each) == "optional" else "is required"
    if each.config is not None and each.config.instead_of_value:
        value += ", or " + " ".join(f.option for n, f in _members(each) if n in each.config.instead_of_value)
    parts: list[Any] = [f"{each.name}, known since release {release_text(each.since)}: the value {value}"]
    if each.base_since is not None:
        parts.append("a custom provider may build on it")
    members = _members(each)
    if members:
        rows = [(f.option, _needed(each, name, f), shown(f.help)) for name, f in members]
        parts.append(Columns(("option", "", "meaning"), rows))
        if any(needed == "with others" for _, needed, _ in rows):
            parts.append("with others: required once another option of the same object is given")
    return parts


def _needed(each: Provider, name: str, field: Field) -> str:
    since = _since(each, name)
    if field.required:
        where = name.rpartition(".")[0]
        return "required" if not where and _is_required(each, name) else "with others"
    return f"since {release_text(since)}" if since > each.since else ""


def _since(each: Provider, name: str) -> Release:
    """Since which release the field is known: that of the provider, of an object around it, or its own."""
    assert each.config is not None
    parts = name.split(".")
    around = [each.config.field(".".join(parts[:end])) for end in range(1, len(parts) + 1)]
    return max(each.config.since, *(field.since for field in around if field is not None))


def _provider_json(each: Provider) -> dict[str, Any]:
    members = _members(each)
    return {
        "name": each.name,
        "since": release_text(each.since),
        "base_type_since": release_text(each.base_since) if each.base_since is not None else None,
        "config_object": each.config.name if each.config is not None else None,
        "config_required": each.config.required if each.config is not None else False,
        "required": [name for name, field in members if field.required],
        "optional": [name for name, field in members if not field.required],
        "options": {name: field.option for name, field in members},
        "options_since": {name: release_text(_since(each, name)) for name, _ in members},
        "value_may_be_empty": each.value_optional,
        "instead_of_value": list(each.config.instead_of_value) if each.config is not None else [],
    }
