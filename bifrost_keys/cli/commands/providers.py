"""keys providers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import Columns, emit, emit_json, emit_table
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import NotFoundError
from bifrost_keys.gateway.providers import BUILT_IN, PROVIDERS, Provider, built_in, closest
from bifrost_keys.gateway.secrets.detection import quoted_argument


def providers(
    session: Session,
    provider: Annotated[
        str | None,
        typer.Argument(metavar="PROVIDER", help="Show this provider only.", show_default=False),
    ] = None,
) -> int:
    """List the providers, what a key of each requires, and the options of their own.

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
        message = f"no built-in provider named {quoted_argument(name)}"
        raise NotFoundError(message, code="provider_not_found", hint=hint)
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
