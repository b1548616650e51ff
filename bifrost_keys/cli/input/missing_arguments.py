"""Prompt for missing arguments at a terminal: PROVIDER, NAME, NEW."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bifrost_keys.cli.change_reporting import INITIAL_TEXT
from bifrost_keys.cli.command_line import spellings
from bifrost_keys.cli.global_options import GLOBAL_NAMES, GlobalOptions
from bifrost_keys.cli.input.questions import ask_text, choose
from bifrost_keys.cli.session import Session
from bifrost_keys.cli.usage_hints import missing_values
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.providers.names import MEANT
from bifrost_keys.gateway.providers.table import BUILT_IN

_FULL_NAME: Final = "PROVIDER/NAME"
_ASKED: Final = frozenset({"PROVIDER", "NAME", "NEW", _FULL_NAME})
# These commands create the provider or key that they name.
_MAKING: Final = frozenset({"create", "set"})


def ask_missing(missing: Sequence[Any], values: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Return the values of the missing parameters, asked for at the terminal.

    Raise UsageError naming them without a terminal, or if one of them cannot be asked for.
    """
    error = missing_values(missing, context)
    metavars = [str(each.metavar) for each in missing]
    session = Session(GlobalOptions(**{name: values[name] for name in GLOBAL_NAMES if name in values}))
    if not can_ask(session) or any(map(spellings, missing)) or not _ASKED.issuperset(metavars):
        raise error
    asked: dict[str, Any] = {}
    name = str(values.get("name") or "")
    initial = INITIAL_TEXT if values.get("init") else None
    for parameter, metavar in zip(missing, metavars, strict=True):
        if metavar == "PROVIDER":
            making = context.info_name.rpartition(" ")[2] in _MAKING
            answer = _provider(session, error, making=making, initial=initial)
        elif metavar == _FULL_NAME:
            provider = _provider(session, error, making=True, initial=initial)
            answer = f"{provider}/{ask_text(f'Name of the key of {provider}: ', missing=error)}"
        elif metavar == "NEW":
            answer = ask_text(f"New name for {asked.get('name', name)}: ", missing=error)
        else:
            answer = ask_key(session, error)
        asked[parameter.name] = [answer] if parameter.nargs < 0 else answer
    return asked


def can_ask(session: Session) -> bool:
    """Return whether somebody at the terminal can answer, and standard input is not the config itself."""
    return session.interactive and session.config != "-"


def ask_key(session: Session, missing: UsageError) -> str:
    """Return a key, chosen from a list of the store; at a gateway, typed, which needs no second login."""
    labels = session.selection.offered_keys()
    if not labels:
        return ask_text("Name of the key: ", missing=missing)
    return choose("Which key?", labels, screen=session.err, missing=missing)


def _provider(session: Session, missing: UsageError, *, making: bool, initial: str | None) -> str:
    """Return a provider, chosen from those in the file or, for a new key, from all.

    Raise what reading the file raises; the command would fail in the same way after the question.
    """
    there = session.selection.offered_providers(initial=initial)
    known = [each.name for each in BUILT_IN] if making or not there else []
    names = sorted({*known, *there})
    return choose("Which provider?", names, screen=session.err, missing=missing, meant=MEANT)
