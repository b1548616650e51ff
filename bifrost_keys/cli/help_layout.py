"""The help of a command as plain text: every option whole, whatever the width of the terminal.

Typer's own layout cuts an option that is long, and gives a third of the line to the types of flags.
"""

from __future__ import annotations

import inspect
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from bifrost_keys.cli.session import GLOBAL_PANEL, allows_style, is_terminal

Row = tuple[str, str]
_HELP_ROW: Final[Row] = ("-h, --help", "Show this message and exit.")
_LEAST_COLUMNS, _MOST_COLUMNS = 40, 100
# The widest first column; what is wider has a line of its own.
_WIDEST: Final = 32


def help_text(
    command: Any, path: str, *, commands: Mapping[str, Sequence[Row]] | None = None, styled: bool = False
) -> str:
    """What ``command``, called as ``path``, is for and takes; ``commands`` are those of a group, by heading.

    ``styled``: for a terminal, with bold headings.
    """
    columns = max(_LEAST_COLUMNS, min(shutil.get_terminal_size((80, 24)).columns, _MOST_COLUMNS))
    lines = [f"{_heading('Usage:', styled)} {_usage(command, path, group=commands is not None)}", ""]
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        wrapped = [paragraph] if paragraph.startswith("Example: ") else textwrap.wrap(paragraph, columns)
        lines += [*wrapped, ""]
    for sections in (list((commands or {}).items()), list(_sections(command))):
        width = min(_WIDEST, max((len(left) for _, rows in sections for left, _ in rows), default=0))
        for heading, rows in sections:
            lines += [_heading(heading, styled)]
            lines += [line for row in rows for line in _row_lines(row, width, columns)]
            lines += [""]
    return "\n".join(lines[:-1])


def wants_style(stream: Any, argv: Sequence[str]) -> bool:
    """Whether this stream shows styles, and nobody declined them."""
    return is_terminal(stream) and allows_style(os.environ) and "--no-color" not in argv


def write_help(context: Any, formatter: Any, commands: Mapping[str, Sequence[Row]] | None = None) -> None:
    """Give the help of the context's command to the framework's ``formatter``, which prints it."""
    styled = wants_style(sys.stdout, context.find_root().command.argv or ())
    formatter.write(help_text(context.command, context.command_path, commands=commands, styled=styled))


def _usage(command: Any, path: str, *, group: bool) -> str:
    if group:
        return f"{path} [OPTIONS] COMMAND [ARGUMENTS]"
    places = [_place(each) for each in _those(command, "argument")]
    return " ".join([path, "[OPTIONS]", *places])


def _place(argument: Any) -> str:
    name = _argument_name(argument)
    return name if argument.required else f"[{name}]"


def _argument_name(argument: Any) -> str:
    return f"{argument.metavar or argument.name.upper()}{'…' if argument.nargs < 0 else ''}"


def _those(command: Any, kind: str) -> list[Any]:
    return [each for each in command.params if each.param_type_name == kind and not each.hidden]


def _sections(command: Any) -> Iterable[tuple[str, Sequence[Row]]]:
    """Arguments first, options of all commands last, the others in the order of their declaration."""
    arguments = [(_argument_name(each), each.help or "") for each in _those(command, "argument")]
    if arguments:
        yield "Arguments", arguments
    panels: dict[str, list[Row]] = {"Options": []}
    for option in _those(command, "option"):
        panels.setdefault(option.rich_help_panel or "Options", []).append(_option_row(option))
    last = panels.pop(GLOBAL_PANEL, [])
    yield from ((heading, rows) for heading, rows in panels.items() if rows)
    yield GLOBAL_PANEL, [*last, _HELP_ROW]


def _option_row(option: Any) -> Row:
    names = ", ".join(sorted(option.opts, key=len))
    if option.secondary_opts:
        names += f" / {', '.join(option.secondary_opts)}"
    if not option.is_flag:
        names += f" {option.metavar or option.name.upper()}"
    return names, option.help or ""


def _row_lines(row: Row, width: int, columns: int) -> list[str]:
    left, right = row
    lines = textwrap.wrap(right, columns - width - 4, break_long_words=False, break_on_hyphens=False) or [""]
    margin = " " * (width + 4)
    first = [f"  {left:<{width}}  {lines[0]}"] if len(left) <= width else [f"  {left}", margin + lines[0]]
    return [line.rstrip() for line in [*first, *(margin + line for line in lines[1:])]]


def _heading(text: str, styled: bool) -> str:
    return f"\x1b[1m{text}\x1b[0m" if styled else text
