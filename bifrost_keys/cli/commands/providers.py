"""keys providers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.keys import NOTHING
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.tables import Cell, Column, Part, Record, Row, Table, footer
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import NotFoundError
from bifrost_keys.gateway.fields.table import Field
from bifrost_keys.gateway.providers.endpoints import tested_by
from bifrost_keys.gateway.providers.names import provider_hint
from bifrost_keys.gateway.providers.table import BUILT_IN, PROVIDERS, Provider, built_in
from bifrost_keys.gateway.releases import Release, release_text
from bifrost_keys.gateway.secrets.detection import quoted_argument
from bifrost_keys.gateway.secrets.masking import shown_name

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import GatewayProvider, Providers
    from bifrost_keys.cli.output.contract.program import Provider as ProviderJson
    from bifrost_keys.stores.protocol import ProviderState


def providers(
    session: Session,
    provider: Annotated[
        str | None,
        typer.Argument(metavar="PROVIDER", help="Show this provider only.", show_default=False),
    ] = None,
) -> int:
    """List the providers, what their keys require, their options, and the release that added them.

    With a gateway, also show which providers are configured there, with their state, and custom providers.

    Examples:
      keys providers
      keys providers azure
      keys providers -v
      keys providers --live
    """
    chosen = BUILT_IN if provider is None else (_known(provider),)
    states = session.selection.provider_states()
    found = _Providers(
        chosen,
        states,
        _custom(states, provider),
        in_detail=provider is not None,
        with_tests=session.verbose,
    )
    show(session, found)
    return 0


class _Providers(NamedTuple):
    """The built-in providers and the ``custom`` ones of a gateway, or one of them ``in_detail``.

    ``states`` are the gateway's, None without a gateway. ``with_tests``: the table shows how ``keys test``
    asks each provider.
    """

    providers: Sequence[Provider]
    states: "Mapping[str, ProviderState] | None"
    custom: "Sequence[ProviderState]"
    in_detail: bool
    with_tests: bool

    def json(self) -> "Providers":
        """Return the providers and their number."""
        told: list[ProviderJson | GatewayProvider] = []
        told += [_provider_json(each, self.states) for each in self.providers]
        told += [_custom_json(each) for each in self.custom]
        return {"providers": told, "total": len(told)}

    def names(self) -> Iterable[str]:
        """Return the names of the providers."""
        return (shown(shown_name(name)) for name in self._names())

    def parts(self, _: Screen) -> Iterable[Part]:
        """Yield a table of the providers, or of the options of one."""
        if self.in_detail:
            (provider,) = self.providers
            state = _state_text(self.states.get(provider.name)) if self.states is not None else None
            yield _record(provider, state)
            return
        columns = [
            Column("provider"),
            Column("since", rank=2),
            Column("secret"),
            Column("required options", rank=1, comfort=20),
        ]
        rows = [_provider_cells(each) for each in self.providers]
        rows += [[Cell(shown_name(each.name)), *[Cell(NOTHING, "dim")] * 3] for each in self.custom]
        if self.states is not None:
            columns.append(Column("at the gateway", comfort=20))
            texts = [_state_text(self.states.get(name)) for name in self._names()]
            rows = [[*row, Cell(text or NOTHING)] for row, text in zip(rows, texts, strict=True)]
        if self.with_tests:
            columns.append(Column("keys test asks", comfort=40))
            tests = [tested_by(name) or NOTHING for name in self._names()]
            rows = [[*row, Cell(text)] for row, text in zip(rows, tests, strict=True)]
        yield Table(columns, [Row(cells) for cells in rows])
        yield footer("keys providers PROVIDER shows the options of one", "dim")

    def _names(self) -> list[str]:
        return [*(each.name for each in self.providers), *(each.name for each in self.custom)]


def _custom(states: "Mapping[str, ProviderState] | None", provider: str | None) -> "list[ProviderState]":
    """Return the gateway's providers that are not built in, if all providers are shown."""
    if states is None or provider is not None:
        return []
    return [each for each in states.values() if built_in(each.name) is None]


def _state_text(state: "ProviderState | None") -> str:
    """Return a text such as "active" or "active, list_models_failed: …"; empty if not configured."""
    if state is None:
        return ""
    said = f": {state.description}" if state.description else ""
    noted = f", {state.status}{said}" if state.status != "unknown" else ""
    return f"{state.state}{noted}{', custom' if state.custom else ''}"


def _custom_json(state: "ProviderState") -> "GatewayProvider":
    return {
        "name": shown_name(state.name),
        "custom": state.custom,
        "configured": True,
        "state": state.state,
        "status": state.status,
        "description": state.description,
    }


def _known(name: str) -> Provider:
    found = built_in(name)
    if found is None:
        hint = provider_hint(name, PROVIDERS) or "see keys providers"
        message = f"no built-in provider named {quoted_argument(name)}"
        raise NotFoundError(message, code="provider-not-found", hint=hint)
    return found


def _members(each: Provider) -> list[tuple[str, Field]]:
    """Yield the fields of the config object that have an option, named as in JSON."""
    members = each.config.members() if each.config is not None else ()
    return [(name, field) for name, field in members if field.option]


def _provider_cells(each: Provider) -> list[Cell]:
    required = tuple(field.option for name, field in _members(each) if _is_required(each, name))
    cells = [Cell(each.name), Cell(release_text(each.since)), Cell(_value(each))]
    return [*cells, Cell(" ".join(required) or NOTHING, "" if required else "dim")]


def _is_required(each: Provider, name: str) -> bool:
    """Return whether every key needs the field; not for a field that only an optional object needs."""
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


def _record(each: Provider, state: str | None) -> Record:
    """Return one provider with one option per line; ``state`` is None without a gateway."""
    secret = "may be empty" if _value(each) == "optional" else "required"
    if each.config is not None and each.config.instead_of_value:
        secret += ", or " + " ".join(f.option for n, f in _members(each) if n in each.config.instead_of_value)
    fields = [("provider", each.name), ("since", f"release {release_text(each.since)}"), ("secret", secret)]
    if each.base_since is not None:
        fields.append(("custom", "a custom provider may build on it"))
    if state is not None:
        fields.append(("at the gateway", state or "not configured"))
    fields.append(("keys test", tested_by(each.name) or "cannot ask from here"))
    needs = [(field, _needed(each, name, field)) for name, field in _members(each)]
    fields += [(field.option, f"{needed}: {field.help}") for field, needed in needs]
    if any(needed == "with others" for _, needed in needs):
        fields.append(("with others", "required once another option of the same object is given"))
    return Record([(name, Cell(text)) for name, text in fields])


def _needed(each: Provider, name: str, field: Field) -> str:
    since = _since(each, name)
    if field.required:
        where = name.rpartition(".")[0]
        return "required" if not where and _is_required(each, name) else "with others"
    return f"since {release_text(since)}" if since > each.since else "optional"


def _since(each: Provider, name: str) -> Release:
    """Return the release that added the field, or an object around it, or the provider."""
    assert each.config is not None
    parts = name.split(".")
    around = [each.config.field(".".join(parts[:end])) for end in range(1, len(parts) + 1)]
    return max(each.config.since, *(field.since for field in around if field is not None))


def _provider_json(each: Provider, states: "Mapping[str, ProviderState] | None") -> "ProviderJson":
    """Return a built-in provider, with its state at a gateway; ``states`` is None without one."""
    members = _members(each)
    told: ProviderJson = {
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
        "tested_by": tested_by(each.name),
        "instead_of_value": list(each.config.instead_of_value) if each.config is not None else [],
    }
    if states is not None:
        told["configured"] = each.name in states
    if states is not None and (state := states.get(each.name)) is not None:
        told["state"] = state.state
        told["status"] = state.status
        told["description"] = state.description
    return told
