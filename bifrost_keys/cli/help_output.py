"""Print the help of the program and of its commands, as formatted by Typer."""

from __future__ import annotations

import inspect
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import typer

from bifrost_keys.cli.command_line import read_line, spellings
from bifrost_keys.cli.key_options import OWN_PARAMETERS
from bifrost_keys.cli.options import GLOBAL_PANEL
from bifrost_keys.cli.output.screen import screen_of
from bifrost_keys.errors import IOFailureError, UsageError
from bifrost_keys.gateway.providers.table import PROVIDERS

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import CommandHelp, Option, ProgramHelp

# Longer lines are hard to read.
_MOST_COLUMNS: Final = 100


def print_help(command: Any, path: str, words: Sequence[str] = (), *, color: bool = True) -> None:
    """Print the help of a command, or of the whole program, called ``path``, on standard output.

    ``words`` are the rest of the command line: if it names a provider, the options of other providers are
    omitted. Raise IOFailureError if the help cannot be printed.
    """
    from typer import rich_utils

    styled = color and screen_of(sys.stdout, no_color="--no-color" in words).color
    rich_utils.COLOR_SYSTEM = "auto" if styled else None
    rich_utils.MAX_WIDTH = min(shutil.get_terminal_size((80, 24)).columns, _MOST_COLUMNS)
    # Top, right, bottom, left. A single space between columns keeps long options whole at 80 columns.
    rich_utils.STYLE_OPTIONS_TABLE_PADDING = (0, 1, 0, 0)  # type: ignore[assignment]
    if sys.stdout is None:
        raise _not_printed()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    context = typer.Context(command, info_name=path, **command.context_settings)
    option = command.get_help_option(context)
    option.metavar, option.rich_help_panel = "", GLOBAL_PANEL
    _show_one_provider(command, context, words)
    try:
        command.get_help(context)
        sys.stdout.flush()
    except SystemExit:  # Rich exits when the reader has closed the pipe
        raise _not_printed() from None


def command_json(command: Any, name: str) -> CommandHelp:
    """Return the help of a command as data: a description, examples, arguments and options."""
    about, examples = _about(command)
    return {
        "command": name,
        "about": about,
        "examples": examples,
        "arguments": [
            {"name": each.metavar, "required": each.required, "about": each.help}
            for each in command.params
            if not spellings(each)
        ],
        "options": _options(command),
    }


def program_json(program: Any) -> ProgramHelp:
    """What the help of the program says, for programs: what it does, examples, commands and options."""
    about, examples = _about(program)
    return {
        "about": about,
        "examples": examples,
        "commands": {name: each.help for name, each in program.commands.items()},
        "options": _options(program),
    }


def _about(command: Any) -> tuple[str, list[str]]:
    about, _, examples = inspect.cleandoc(command.help or "").partition("\n\nExamples:\n")
    return about, [line.strip() for line in examples.splitlines()]


def _options(command: Any) -> list[Option]:
    return [
        {
            "names": [*spellings(each)],
            "value": each.metavar or None,
            "required": each.required,
            "about": each.help,
        }
        for each in command.params
        if spellings(each) and not each.hidden
    ]


def _show_one_provider(command: Any, context: typer.Context, words: Sequence[str]) -> None:
    """Hide the options of other providers if the line names one, alone or before the name of a key."""
    try:
        arguments = read_line(words, command.get_params(context)).arguments
    except UsageError:
        return
    if not any(parameter.name in OWN_PARAMETERS for parameter in command.params):
        return
    provider = arguments[0].partition("/")[0].lower() if arguments else ""
    names = f"{command.epilog}\n\n" if command.epilog else ""
    if provider not in PROVIDERS:
        command.epilog = f"{names}Add a provider before --help to see only its options."
        return
    command.epilog = f"{names}keys providers lists the other providers and their options."
    for parameter in command.params:
        own = OWN_PARAMETERS.get(parameter.name)
        if own is not None:
            parameter.hidden = provider not in own.providers
            parameter.rich_help_panel = f"Only for {provider}"


def _not_printed() -> IOFailureError:
    return IOFailureError("the help could not be printed", code="output-failed")
