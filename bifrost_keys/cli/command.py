"""How a function becomes a command: it gets the global options after its name too, and key options.

A parameter of type ``Session`` receives the run's session; one of type ``KeyOptions`` stands for every
option that says what a key is, made from the table of fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

import typer
import typer.main
from typer.core import TyperCommand

from bifrost_keys.cli.session import GLOBAL_NAMES, GLOBAL_PARAMETERS, Session

Function = Callable[..., int | None]


def make_command(
    function: Function,
    name: str,
    *,
    expand: Callable[[Any], Sequence[inspect.Parameter] | None] = lambda _: None,
    hidden: bool = False,
    epilog: str | None = None,
) -> TyperCommand:
    """The command that calls ``function``; what it returns is the exit code, None for 0.

    ``expand`` names the options that a parameter's type stands for; the parameter is then made by
    calling the type with a mapping of their values.
    """
    hints = get_type_hints(function, include_extras=True)
    own: list[inspect.Parameter] = []
    groups: dict[str, tuple[Any, frozenset[str]]] = {}
    for parameter in inspect.signature(function).parameters.values():
        annotation = hints[parameter.name]
        expanded = expand(annotation)
        if expanded is not None:
            groups[parameter.name] = annotation, frozenset(option.name for option in expanded)
            own += expanded
        elif annotation is not Session:
            own.append(parameter.replace(annotation=annotation, kind=inspect.Parameter.KEYWORD_ONLY))

    def run(**given: Any) -> int:
        context: typer.Context = given.pop("ctx")
        outer = context.parent.params if context.parent is not None else {}
        session = Session.of(outer, {key: given.pop(key) for key in GLOBAL_NAMES})
        for parameter, (kind, names) in groups.items():
            given[parameter] = kind({key: given.pop(key) for key in names})
        return function(session, **given) or 0

    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    declared = [context, *own, *GLOBAL_PARAMETERS]
    run.__signature__ = inspect.Signature(declared)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in declared}
    run.__doc__ = function.__doc__
    app = typer.Typer(add_completion=False, rich_markup_mode="rich")
    app.command(
        name,
        hidden=hidden,
        epilog=epilog,
        context_settings={"help_option_names": ["-h", "--help"]},
    )(run)
    command = typer.main.get_command(app)
    assert isinstance(command, TyperCommand)
    return command
