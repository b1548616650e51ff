"""Print the help of the program and its commands: formatted by Typer, or in plain lines if it is narrow."""

from __future__ import annotations

import inspect
import io
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperGroup

from bifrost_keys.cli.command_line import read_line, spellings
from bifrost_keys.cli.key_options import own_parameters
from bifrost_keys.cli.options import GLOBAL_PANEL, OPTIONS_PANEL
from bifrost_keys.cli.output.pages import show_long
from bifrost_keys.cli.output.screen import screen_of
from bifrost_keys.cli.output.streams import emit
from bifrost_keys.cli.output.tables import Line, Part, Text, line, parts_text
from bifrost_keys.cli.output.text_width import wrapped
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.providers.table import PROVIDERS

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import CommandHelp, Option, ProgramHelp

# Typer's mark for a required argument in the usage line; others are in [brackets].
_BRACES: Final = re.compile(r"\{([A-Z|/]+)\}")
# Longer lines are hard to read.
_MOST_COLUMNS: Final = 100
# On a narrower screen the columns of Typer's tables would cut the names of options.
_LEAST_COLUMNS: Final = 80
# The options in the help of the whole program; the help of a command shows all of its own.
_PROGRAM_OPTIONS: Final = frozenset({"config", "app_dir", "output", "gateway", "version"})


def print_help(command: Any, path: str, words: Sequence[str] = (), *, color: bool = True) -> None:
    """Print the help of a command, or of the whole program, called ``path``, on standard output.

    ``words`` are the rest of the command line: if it names a provider, the options of other providers are
    omitted. Raise IOFailureError if the help cannot be printed, ReaderGone if nobody
    reads it.
    """
    screen = screen_of(sys.stdout, no_color="--no-color" in words or not color)
    columns = min(shutil.get_terminal_size((80, 24)).columns, _MOST_COLUMNS)
    context = typer.Context(command, info_name=path, **command.context_settings)
    for each in command.params:
        if not spellings(each):
            each.display_type_rich = _no_type  # every argument is text
    option = command.get_help_option(context)
    option.metavar, option.rich_help_panel = "", GLOBAL_PANEL
    if isinstance(command, TyperGroup):
        _show_first_options(command)
    else:
        _show_one_provider(command, context, words)
    if columns < _LEAST_COLUMNS:
        text = parts_text(_plain(command, context, columns), screen._replace(columns=columns))
    else:
        text = _formatted(command, context, columns, styled=screen.color)
    text = _BRACES.sub(r"\1", text)
    if screen.columns is None:
        emit(text)
    else:
        show_long(text)


def _formatted(command: Any, context: typer.Context, columns: int, *, styled: bool) -> str:
    """Return the help as Typer formats it."""
    from typer import rich_utils

    rich_utils.COLOR_SYSTEM = "auto" if styled else None
    rich_utils.FORCE_TERMINAL = styled
    rich_utils.MAX_WIDTH = columns
    # Top, right, bottom, left. A single space between columns keeps long options whole at 80 columns.
    rich_utils.STYLE_OPTIONS_TABLE_PADDING = (0, 1, 0, 0)  # type: ignore[assignment]
    rich_utils.STYLE_HELPTEXT = ""  # the examples, which must not be dim
    rich_utils.REQUIRED_SHORT_STRING = rich_utils.REQUIRED_LONG_STRING = ""  # the usage line shows it
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    buffer = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="backslashreplace", newline="")
    with redirect_stdout(buffer):
        command.get_help(context)
    buffer.flush()
    text = buffer.buffer.getvalue().decode(encoding)
    return "".join(f"{each.rstrip()}\n" for each in text.splitlines())


def _no_type(**_: Any) -> None:
    return None


def _plain(command: Any, context: typer.Context, columns: int) -> Iterable[Part]:
    """Yield the help in lines that fit any width: each option, and below it what it does."""
    yield Line((("Usage: ", "bold"), (command.get_usage(context).partition(": ")[2], "")))
    about, _, examples = inspect.cleandoc(command.help or "").partition("\n\nExamples:\n")
    yield line("")
    yield from (line(each) for each in wrapped(" ".join(about.split()), columns))
    if examples:
        yield from (line(""), line("Examples:", "bold"))
        yield Text(examples)  # left whole, so that it can be copied
    sections: dict[str, list[tuple[str, str, str]]] = {}
    for each in getattr(command, "commands", {}).values():
        sections.setdefault(each.rich_help_panel, []).append((each.name, "", each.help or ""))
    for each in command.get_params(context):
        if not getattr(each, "hidden", False):
            names = ", ".join(spellings(each)) or str(each.metavar)
            panel = (
                (getattr(each, "rich_help_panel", None) or OPTIONS_PANEL) if spellings(each) else "Arguments"
            )
            value = f" {each.metavar}" if spellings(each) and each.metavar else ""
            sections.setdefault(panel, []).append((names, value, each.help or ""))
    for heading, rows in sections.items():
        yield from (line(""), line(heading, "bold"))
        for names, value, said in rows:
            yield Line((("  ", ""), (names, "bold cyan"), (value, "yellow")))
            yield from (line(f"      {each}") for each in wrapped(said, columns - 6))
    if command.epilog:
        yield from (each for text in command.epilog.split("\n\n") for each in (line(""), line(text)))


def _show_first_options(command: Any) -> None:
    """Hide what would push the commands off the first screen."""
    for parameter in command.params:
        parameter.hidden = parameter.name not in _PROGRAM_OPTIONS
    command.epilog = "keys COMMAND --help shows every option of a command, keys help lists the help pages."


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
    """Return the help of the program as data: a description, examples, commands and options."""
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
    owned = own_parameters()
    if not any(parameter.name in owned for parameter in command.params):
        return
    provider = arguments[0].partition("/")[0].lower() if arguments else ""
    names = f"{command.epilog}\n\n" if command.epilog else ""
    if provider not in PROVIDERS:
        command.epilog = f"{names}Add a provider before --help to see only its options."
        return
    command.epilog = f"{names}keys providers lists the other providers and their options."
    for parameter in command.params:
        own = owned.get(parameter.name)
        if own is not None:
            parameter.hidden = provider not in own.providers
            parameter.rich_help_panel = f"Only for {provider}"
