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
# The commands that make what they are about.
_MAKING: Final = frozenset({"create", "set"})


def ask_missing(missing: Sequence[Any], values: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """The values of the parameters that a line lacks, asked for at the terminal.

    Raises UsageError naming them where nobody can be asked, or where one is nothing to ask for.
    """
    error = missing_values(missing, context)
    metavars = [str(each.metavar) for each in missing]
    session = Session.of(GlobalOptions({name: values.get(name) for name in GLOBAL_NAMES}))
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
    """Whether somebody is at the terminal, whose answers are not the config itself."""
    return session.interactive and session.config != "-"


def ask_key(session: Session, missing: UsageError) -> str:
    """A key of the store, chosen from a list, or typed where the store offers none."""
    labels = session.selection.offered_keys()
    if not labels:
        return ask_text("Name of the key: ", missing=missing)
    return choose("Which key?", labels, screen=session.err, missing=missing)


def _provider(session: Session, missing: UsageError, *, making: bool, initial: str | None) -> str:
    """A provider, chosen from a list: of all where a key is made, otherwise of those that are configured.

    Raises what reading the store does: the command would refuse it too, after the question.
    """
    there = session.selection.offered_providers(initial=initial)
    known = [each.name for each in BUILT_IN] if making or not there else []
    names = sorted({*known, *there})
    return choose("Which provider?", names, screen=session.err, missing=missing, meant=MEANT)
