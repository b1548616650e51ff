"""How a function becomes a command: it gets the global options after its name too, and key options.

A parameter of type ``Session`` receives the run's session; one of type ``KeyOptions`` stands for every
option that says what a key is, made from the table of fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any, get_args, get_type_hints

import typer
import typer.main
from typer.core import TyperCommand
from typer.models import OptionInfo

from bifrost_keys.cli.session import GLOBAL_NAMES, GLOBAL_PARAMETERS, Session
from bifrost_keys.errors import NotFoundError, UsageError

Function = Callable[..., int | None]


class Command(TyperCommand):
    """A command whose help is laid out by this program, and whose own options have one value each."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; raises UsageError for an option given twice, of which the last would count.

        That is for what a command does: of the options that every command has the last counts.
        """
        spelled = [argument.partition("=")[0] for argument in args if argument.startswith("--")]
        if len(set(spelled)) < len(spelled):
            given = self.make_parser(ctx).parse_args(list(args))[2]
            for parameter in given:
                if given.count(parameter) > 1 and _has_one_value(parameter):
                    message = f"{parameter.opts[0]} is given twice"
                    raise UsageError(message, code="given_twice", hint="leave one of them out")
        return super().parse_args(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Give the help to the framework, which prints it."""
        from bifrost_keys.cli.help_layout import write_help

        write_help(ctx, formatter)


def _has_one_value(parameter: Any) -> bool:
    """Whether this is an option of a command's own that takes a value, and only one."""
    is_option = parameter.param_type_name == "option" and parameter.name not in GLOBAL_NAMES
    return is_option and not (parameter.multiple or parameter.is_flag)


def make_command(
    function: Function,
    name: str,
    *,
    expand: Callable[[Any], Sequence[inspect.Parameter] | None] = lambda _: None,
    argv: Sequence[str] | None = None,
) -> TyperCommand:
    """The command that calls ``function``; what it returns is the exit code, None for 0.

    ``argv`` is the command line: options that it does not mention are not declared, unless help is asked
    for or something in it is unknown. None declares every option.

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
        given = {**absent, **given}
        session = Session.of(outer, {key: given.pop(key) for key in GLOBAL_NAMES})
        for parameter, (kind, names) in groups.items():
            given[parameter] = kind({key: given.pop(key) for key in names})
        try:
            return function(session, **given) or 0
        except NotFoundError as error:
            if error.code == "key_not_found":  # perhaps in another file than the user thinks of
                error.message += f" in {session.source}"
            session.name_passed_over(error)
            raise

    context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    every = [*own, *GLOBAL_PARAMETERS]
    needed = every if argv is None else mentioned(every, argv)
    absent = {each.name: each.default for each in every if each not in needed}
    declared = [context, *needed]
    run.__signature__ = inspect.Signature(declared)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in declared}
    run.__doc__ = function.__doc__
    app = typer.Typer(add_completion=False)
    app.command(name, cls=Command, context_settings={"help_option_names": ["-h", "--help"]})(run)
    command = typer.main.get_command(app)
    assert isinstance(command, TyperCommand)
    return command


def mentioned(parameters: Sequence[inspect.Parameter], argv: Sequence[str]) -> Sequence[inspect.Parameter]:
    """The parameters that this line needs declared: arguments, required options, and those that it names.

    Declaring an option costs a fifth of a millisecond, and a key has dozens. All of them are needed for
    help, and wherever the line holds an option that none of them is: to say which ones come near it.
    """
    flags = {parameter.name: _flags(parameter) for parameter in parameters}
    known = {flag for found in flags.values() for flag in found}
    named = {word.partition("=")[0] for word in argv if word.startswith("-") and word != "-"}
    if named - known:
        return parameters
    return [
        each
        for each in parameters
        if each.default is inspect.Parameter.empty
        or not flags[each.name]
        or not named.isdisjoint(flags[each.name])
    ]


def _flags(parameter: inspect.Parameter) -> Iterable[str]:
    """The spellings of an option, none for an argument."""
    for declared in get_args(parameter.annotation)[1:]:
        if isinstance(declared, OptionInfo):
            # Typer keeps the first spelling of an annotated option in the place of its default.
            texts = (declared.default, *(declared.param_decls or ()))
            return [flag for text in texts if isinstance(text, str) for flag in text.split("/")]
    return ()
