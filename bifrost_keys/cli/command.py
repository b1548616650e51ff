"""Turn a function into a command: Typer declares its options, and this program checks their values.

A parameter of type ``Session`` receives the run's session, which is built from the global options. A
parameter whose type is an ``OptionGroup`` adds all options of the group.

The modules of commands and of options do not postpone annotations: each would be compiled again in every run,
which took 3 % of ``create``.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import typer
import typer.main
from typer.core import TyperCommand

from bifrost_keys.cli.command_line import (
    UnknownOptionError,
    line_values,
    read_line,
    refuse_mistyped_options,
    refuse_second,
)
from bifrost_keys.cli.global_options import GLOBAL_NAMES, GlobalOptions
from bifrost_keys.cli.options import OptionGroup
from bifrost_keys.cli.output.messages import say_beside
from bifrost_keys.cli.output.screen import is_terminal
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import BifrostKeysError, NotFoundError, UsageError

if TYPE_CHECKING:
    from bifrost_keys.stores.protocol import Notice

Function = Callable[..., int | None]
CONTEXT_SETTINGS: Final = {"help_option_names": ["-h", "--help"]}


class Command(TyperCommand):
    """A command that receives the values of its options as text."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the words after the command's name. Raise UsageError if the line is invalid.

        Typer would build an adapter of Pydantic's for each option, given or not, to validate its value, even
        if the option has a ``parser``. Values are passed on as typed instead, which takes a third off
        ``list``.
        """
        parameters = self.get_params(ctx)
        try:
            line = read_line(args, parameters)
        except UnknownOptionError as error:
            from bifrost_keys.cli.usage_hints import unknown_option_hint  # only for errors

            error.hint = unknown_option_hint(error.name, ctx)
            raise
        except UsageError as error:
            error.hint = error.hint or f"see {ctx.command_path} --help"
            raise
        refuse_second(line.options, but=GLOBAL_NAMES)
        refuse_mistyped_options(line.options, parameters)
        values, rest = line_values(line, parameters)
        missing = [each for each in parameters if each.required and each.name not in values]
        if missing:
            values.update(_asked(missing, values, ctx))
        if rest:
            from bifrost_keys.cli.usage_hints import unexpected_argument  # only for errors

            raise unexpected_argument(rest[0], args, line, ctx)
        ctx.params = {each.name: values.get(each.name, each.default) for each in self.params}
        return []


def _asked(missing: Sequence[Any], values: Mapping[str, Any], context: Any) -> Mapping[str, Any]:
    """Return the missing values, asked for at the terminal; raise UsageError if there is none."""
    if not (is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        from bifrost_keys.cli.usage_hints import missing_values  # only for errors

        raise missing_values(missing, context)
    from bifrost_keys.cli.input.missing_arguments import ask_missing

    return ask_missing(missing, values, context)


def make_command(
    function: Function,
    name: str,
    *,
    epilog: str | None = None,
    shown: Iterable[str] = GLOBAL_NAMES,
    at_gateway: Callable[[], Function] | None = None,
) -> TyperCommand:
    """Return the command that calls ``function``, whose result is the exit code (None for 0).

    ``shown`` are the global options that apply to the command. It accepts the others too, but its help omits
    them. ``at_gateway`` loads the function, with the same parameters, that is called for a gateway.
    """
    signature, groups = flattened(function)

    def run(**given: Any) -> int:
        session = Session(GlobalOptions(**{each: given.pop(each) for each in GLOBAL_NAMES}))
        made = {
            parameter: group(**{each: given.pop(each) for each in names})
            for parameter, (group, names) in groups.items()
        }
        notices: Sequence[Notice] = ()
        try:
            chosen = at_gateway() if at_gateway is not None and session.selection.is_gateway else function
            code = chosen(session, **made, **given) or 0
            notices = session.passed_over()
            return code
        except BifrostKeysError as error:
            if isinstance(error, NotFoundError):
                _name_place(session, error)
            session.selection.place_hints(error)
            error.notices = session.selection.placed([*error.notices, *session.close()])
            raise
        finally:
            if notices := [*notices, *session.close()]:
                say_beside(session, notices)

    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__doc__ = function.__doc__
    app = typer.Typer(add_completion=False)
    app.command(name, cls=Command, epilog=epilog, context_settings=CONTEXT_SETTINGS)(run)
    command = typer.main.get_command(app)
    assert isinstance(command, TyperCommand)
    for parameter in command.params:
        if parameter.name in GLOBAL_NAMES:
            parameter.hidden = parameter.name not in shown  # type: ignore[attr-defined]
    return command


def _name_place(session: Session, error: NotFoundError) -> None:
    """Add to an error the file in which something is missing: the user may mean another one."""
    if error.code == "key-not-found":
        error.message += f" in {session.source}"
    session.selection.name_passed_over(error)


def flattened(
    function: Function,
) -> tuple[inspect.Signature, Mapping[str, tuple[type[OptionGroup], list[str]]]]:
    """Return the signature with each group replaced by its options, the global ones last.

    The second value maps each parameter that is a group to the group and the names of its options.
    """
    options: list[inspect.Parameter] = []
    groups: dict[str, tuple[type[OptionGroup], list[str]]] = {}
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        kind = parameter.annotation
        if kind is Session:
            continue
        if isinstance(kind, type) and issubclass(kind, OptionGroup):
            members = kind.parameters()
            groups[parameter.name] = kind, [member.name for member in members]
            options += members
        else:
            options.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
    return inspect.Signature([*options, *GlobalOptions.parameters()]), groups
