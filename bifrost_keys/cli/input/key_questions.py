"""Prompt for what a new key needs: required fields and the secret."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from bifrost_keys.cli.error_reporting import fault_text
from bifrost_keys.cli.input.questions import ask_text
from bifrost_keys.cli.input.secret import STAND_IN, ask
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import InvalidInputError, UsageError
from bifrost_keys.gateway.fields.field import Field
from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.gateway.rules.secret import given_faults
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.create import CreateRequest, create_key, needs_value
from bifrost_keys.operations.planning.refusals import refuse_faults
from bifrost_keys.stores.protocol import Store

# A placeholder for a field that is still to be asked for.
_FIELD_STAND_IN: Final = "env.NOT_ASKED_FOR_YET"


def completed(session: Session, store: Store, request: CreateRequest) -> CreateRequest:
    """Return the request with its missing fields: those that the provider requires, then the secret.

    Any other fault is refused before somebody types an answer, and an existing key that stays needs none.
    Raise UsageError for a missing secret without a terminal.
    """
    lacks_value = "value" not in request.fields and _needs_value(store, request)
    fields = dict(_missing_fields(request)) if session.interactive else {}
    if not lacks_value and not fields:
        return request
    if session.interactive:
        tried = create_key(store, _tried(request, fields, lacks_value=lacks_value), dry_run=True)
        if not tried.changed:
            return request
    for name, field in fields.items():
        later = {other: fields[other] for other in fields if other not in request.own and other != name}
        request = _with_field(session, store, request, name, field, later, lacks_value=lacks_value)
    if lacks_value:
        secret = ask(session, "secret", _label(request))
        refuse_faults(given_faults(secret, ("value",)))
        request = request._replace(fields={**request.fields, "value": secret})
    return request


def _missing_fields(request: CreateRequest) -> Iterator[tuple[str, Field]]:
    """Return the fields that every key of the provider needs and that the request lacks."""
    rules = built_in(request.provider)
    if rules is None or rules.config is None or not rules.config.required:
        return
    for field in rules.config.fields:
        if field.required and field.option and not field.fields and field.name not in request.own:
            yield field.name, field


def _with_field(
    session: Session,
    store: Store,
    request: CreateRequest,
    name: str,
    field: Field,
    later: dict[str, Field],
    *,
    lacks_value: bool,
) -> CreateRequest:
    """Return the request with this field, asked for until it is valid; ``later`` are asked for afterwards."""
    missing = UsageError(f"missing {field.option}", code="argument-missing", hint=f"use {field.option}")
    say("", field.help, screen=session.err)
    while True:
        if field.secret:
            text = ask(session, field.option.removeprefix("--").replace("-", " "), _label(request))
        else:
            text = ask_text(f"{field.option} for {shown(_label(request))}: ", missing=missing)
        answered = request._replace(own={**request.own, name: text})
        try:
            create_key(store, _tried(answered, later, lacks_value=lacks_value), dry_run=True)
        except InvalidInputError as error:
            if not error.faults or any(fault.path[-1:] != (name,) for fault in error.faults):
                raise
            for fault in error.faults:
                say("error", fault_text(fault, ()), fault.hint, screen=session.err)
        else:
            return answered


def _tried(request: CreateRequest, fields: dict[str, Field], *, lacks_value: bool) -> CreateRequest:
    """Return the request with placeholders for the fields that are still to be asked for."""
    stand_ins: dict[str, Any] = {
        name: _FIELD_STAND_IN if field.reference else "x" for name, field in fields.items()
    }
    value = {"value": STAND_IN} if lacks_value else {}
    return request._replace(fields={**request.fields, **value}, own={**request.own, **stand_ins})


def _label(request: CreateRequest) -> str:
    name = request.fields.get("name")
    return f"{request.provider}/{shown_name(name)}" if isinstance(name, str) else request.provider


def _needs_value(store: Store, request: CreateRequest) -> bool:
    rules = built_in(request.provider)
    return not rules.value_optional if rules is not None else needs_value(store, request)
