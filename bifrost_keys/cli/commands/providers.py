"""keys providers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

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
from bifrost_keys.gateway.secrets.masking import shown_name

if TYPE_CHECKING:
    from bifrost_keys.stores.gateway_api.snapshot import ProviderState


def providers(
    session: Session,
    provider: Annotated[
        str | None,
        typer.Argument(metavar="PROVIDER", help="Show this provider only.", show_default=False),
    ] = None,
) -> int:
    """List the providers: what a key of each requires, its own options, and since which release it is known.

    At a gateway, show which are configured there, in which state, and the custom ones too.

    Examples:
      keys providers
      keys providers azure
      keys providers --live
    """
    chosen = BUILT_IN if provider is None else (_known(provider),)
    states = _states(session)
    if session.output == "json":
        told = [_provider_json(each) | _state_json(states, each.name) for each in chosen]
        told += [_custom_json(each) for each in _custom(states, provider)]
        emit_json({"providers": told, "total": len(told)})
    elif session.output == "name":
        names = [*(each.name for each in chosen), *(each.name for each in _custom(states, provider))]
        emit("".join(f"{shown(shown_name(name))}\n" for name in names))
    elif provider is None:
        head: tuple[str, ...] = ("provider", "since", "value", "required")
        rows: list[tuple[str, ...]] = [_provider_row(each) for each in chosen]
        if states is not None:
            head = (*head, "at the gateway")
            rows = [(*row, _state_text(states.get(row[0]))) for row in rows]
            customs = _custom(states, provider)
            rows += [(shown(shown_name(each.name)), "", "", "", _state_text(each)) for each in customs]
        emit_table(session, Columns(head, rows))
    else:
        parts = _provider_parts(chosen[0])
        if states is not None:
            parts.append(f"at the gateway: {_state_text(states.get(chosen[0].name)) or 'not configured'}")
        emit_table(session, *parts)
    return 0


def _states(session: Session) -> Mapping[str, ProviderState] | None:
    """The providers that a gateway has, by their names; None for a run that is about no gateway."""
    if not session.at_gateway:
        return None
    return {each.name: each for each in session.gateway_store().read().provider_states()}


def _custom(states: Mapping[str, ProviderState] | None, provider: str | None) -> list[ProviderState]:
    """The gateway's providers that are not built in, where all of them are shown."""
    if states is None or provider is not None:
        return []
    return [each for each in states.values() if built_in(each.name) is None]


def _state_text(state: ProviderState | None) -> str:
    """Such as "active", or "active, list_models_failed: …"; empty for a provider that is not configured."""
    if state is None:
        return ""
    said = f": {state.description}" if state.description else ""
    noted = f", {state.status}{said}" if state.status != "unknown" else ""
    return shown(f"{state.state}{noted}{', custom' if state.custom else ''}")


def _state_json(states: Mapping[str, ProviderState] | None, name: str) -> dict[str, Any]:
    """What a gateway has of a built-in provider; nothing for a run that is about no gateway."""
    if states is None:
        return {}
    found = states.get(name)
    if found is None:
        return {"configured": False}
    return {
        "configured": True,
        "state": found.state,
        "status": found.status,
        "description": found.description,
    }


def _custom_json(state: ProviderState) -> dict[str, Any]:
    name = shown_name(state.name)
    return {"name": name, "custom": state.custom, **_state_json({name: state}, name)}


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
