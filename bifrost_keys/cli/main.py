"""Find the command of a command line, run it, and report its errors."""

import inspect
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from functools import partial
from importlib import import_module
from typing import Annotated, Any, Final, NamedTuple

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from bifrost_keys.cli.command import CONTEXT_SETTINGS, Function, make_command
from bifrost_keys.cli.command_line import UnknownOptionError, as_text, read_line, spellings
from bifrost_keys.cli.error_reporting import guarded
from bifrost_keys.cli.global_options import (
    ANY_OUTPUT,
    ANYWHERE,
    CHANGING,
    CHANGING_ANYWHERE,
    CONNECTION,
    READING,
    GlobalOptions,
)
from bifrost_keys.cli.global_values import wanted_output
from bifrost_keys.cli.options import GLOBAL_PANEL, flag
from bifrost_keys.cli.output.formats import FORMATS
from bifrost_keys.cli.output.screen import is_terminal
from bifrost_keys.cli.output.streams import emit, json_text
from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.secrets.detection import shown_argument

_KEYS, _CHECKS, _BULK, _SETUP = "Keys", "Check and inspect", "Many keys at once", "Setup and help"


class Entry(NamedTuple):
    """The location of a command, its heading in the help, and the global options that apply to it.

    ``at_gateway`` is the command that does the same at a gateway, if that is another one.
    """

    module: str
    function: str
    heading: str
    options: frozenset[str] = CHANGING_ANYWHERE
    aliases: tuple[str, ...] = ()
    at_gateway: str = ""


# In the order of the help.
COMMANDS: Final[Mapping[str, Entry]] = {
    "create": Entry("create", "create", _KEYS, aliases=("add", "new")),
    "list": Entry("list", "list_", _KEYS, ANYWHERE | {"verbose"}, ("ls",)),
    "get": Entry("get", "get", _KEYS, ANYWHERE, ("show", "view", "describe")),
    "update": Entry("update", "update", _KEYS, aliases=("edit",)),
    "set": Entry("set", "set_", _KEYS),
    "rotate": Entry("rotate", "rotate", _KEYS),
    "rename": Entry("rename", "rename", _KEYS, aliases=("mv",)),
    "enable": Entry("enable", "enable", _KEYS),
    "disable": Entry("disable", "disable", _KEYS),
    "delete": Entry("delete", "delete", _KEYS, aliases=("rm", "remove")),
    "check": Entry("check", "check", _CHECKS, CHANGING | CONNECTION, aliases=("validate", "lint")),
    "test": Entry("test", "test", _CHECKS, ANYWHERE),
    "hash": Entry("hash", "hash_", _CHECKS, READING | CONNECTION | {"gateway_release"}),
    "status": Entry("status", "status", _CHECKS, READING | {"gateway_release"}, at_gateway="diff"),
    "diff": Entry("diff", "diff", _CHECKS, ANYWHERE),
    "explain": Entry("explain", "explain", _CHECKS, ANYWHERE),
    "apply": Entry("apply", "apply", _BULK),
    "import": Entry("import_env", "import_", _BULK),
    "export": Entry("export", "export", _BULK, ANYWHERE),
    "externalize": Entry("externalize", "externalize", _BULK, CHANGING),
    "init": Entry("init", "init", _SETUP, READING | {"lock_timeout"}),
    "path": Entry("path", "path", _SETUP, ANYWHERE),
    "providers": Entry("providers", "providers", _SETUP, ANY_OUTPUT | CONNECTION | {"verbose"}),
    "help": Entry("help", "help_", _SETUP, ANY_OUTPUT),
    "version": Entry("version", "version", _SETUP, frozenset({"output"})),
    "completion": Entry("completion", "completion", _SETUP, frozenset()),
}
ALIASES: Final[Mapping[str, str]] = {
    alias: name for name, entry in COMMANDS.items() for alias in entry.aliases
}
_HELP: Final = frozenset({"-h", "--help"})
_VERSION: Final = frozenset({"--version", "-V"})
# Click would start shell completion if a variable with this name were set; no variable can have it.
_NO_VARIABLE: Final = "="


def main(argv: Sequence[str], *, final: bool = False) -> int:
    """Run the program and return its exit code; ``final`` says that the process ends after this run."""
    output = wanted_output(argv, os.environ)
    return guarded(lambda: _run(as_text(argv), output), output=output, given=argv, final=final)


def _run(words: Sequence[str], output: str) -> int:
    before, name, behind = split(words)
    if name is None:
        return _without_command(before, output)
    # If an option is given before and after the command's name, the later one counts.
    arguments = [*before, *behind]
    command = load_command(name)
    if _asks(arguments, _HELP):
        from bifrost_keys.cli.help_output import command_json, print_help

        if FORMATS[output].structured:
            emit(json_text(command_json(command, name)))
        else:
            print_help(command, f"keys {name}", arguments)
        return 0
    code = command.main(arguments, f"keys {name}", _NO_VARIABLE, standalone_mode=False)
    return code if isinstance(code, int) else 0


def split(words: Sequence[str]) -> tuple[list[str], str | None, list[str]]:
    """Return the options before the command's name, the name, and the words after it.

    An alias in ``words`` is replaced by the name of the command; the name is None if there is none. Raise
    UsageError for an unknown command, and for an option of a command before its name.
    """
    behind = list(words)
    if not behind or behind[0].startswith("-"):
        try:
            behind = read_line(behind, program_options(), to_first_argument=True).arguments
        except UnknownOptionError as error:
            error.hint = _hint_before_command(error.name, words)
            raise
    before = list(words[: len(words) - len(behind)])
    if not behind and _asks(before, _VERSION):
        return [word for word in before if word not in _VERSION], "version", []
    if not behind:
        return before, None, []
    name = ALIASES.get(behind[0], behind[0])
    if name not in COMMANDS:
        from bifrost_keys.cli.commands.help import TOPICS
        from bifrost_keys.cli.suggestions import meant_command

        topic = f"did you mean keys help {behind[0]}?" if behind[0] in TOPICS else None
        raise UsageError(
            f"unknown command {shown_argument(behind[0])}",
            code="command-unknown",
            hint=topic or meant_command(behind[0], [*COMMANDS, *ALIASES]) or "see keys --help",
        )
    return before, name, behind[1:]


def _hint_before_command(name: str, words: Sequence[str]) -> str:
    from bifrost_keys.cli.completion.table import COMMANDS as TABLE
    from bifrost_keys.cli.completion.table import OPTIONS
    from bifrost_keys.cli.suggestions import meant_option

    command = next((word for word in words if ALIASES.get(word, word) in COMMANDS), None)
    places = TABLE[ALIASES.get(command, command)][2] if command is not None else ()
    if any(name in OPTIONS[place][0] for place in places):
        return f"put it after the command: keys {command} … {name}"
    known = [each for parameter in program_options() for each in spellings(parameter)]
    return meant_option(name, known) or "see keys --help"


def _without_command(before: Sequence[str], output: str) -> int:
    """Print the help if requested. No arguments at all are an error, with the help at a terminal."""
    from bifrost_keys.cli.help_output import print_help, program_json

    if _asks(before, _HELP):
        if FORMATS[output].structured:
            emit(json_text(program_json(program())))
        else:
            print_help(program(), "keys", before)
        return 0
    if before or FORMATS[output].structured or not is_terminal(sys.stderr):
        message = "no command was given"
        if len(before) > 1 and before[-2].startswith("-") and ALIASES.get(before[-1], before[-1]) in COMMANDS:
            message += f": {before[-1]} is the value of {before[-2]}"
        raise UsageError(message, code="command-missing", hint="see keys --help")
    with redirect_stdout(sys.stderr):
        print_help(program(), "keys")
    return UsageError.exit_code


def load_command(name: str) -> TyperCommand:
    """Import the module of the command with this name, and return the command."""
    entry = COMMANDS[name]
    epilog = f"Other names: {', '.join(entry.aliases)}." if entry.aliases else None
    other = partial(_function, entry.at_gateway) if entry.at_gateway else None
    return make_command(_function(name), name, epilog=epilog, shown=entry.options, at_gateway=other)


def _function(name: str) -> Function:
    entry = COMMANDS[name]
    found: Function = getattr(import_module(f"bifrost_keys.cli.commands.{entry.module}"), entry.function)
    return found


def program() -> TyperGroup:
    """Return the program as a group of commands for its help, without loading any command."""
    from bifrost_keys.cli.completion.table import COMMANDS as TABLE

    app = typer.Typer(add_completion=False, context_settings=CONTEXT_SETTINGS)

    def keys(**_: Any) -> None:
        """Manage the provider keys of a Bifrost gateway safely in its config.json.

        Examples:
          keys create openai --value-env OPENAI_API_KEY
          keys list
          keys update openai/prod --weight 0.5 --dry-run
          keys help create
        """

    def command() -> None: ...

    version = inspect.Parameter(
        "version",
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, flag("--version", "Print the version.", GLOBAL_PANEL, "-V")],
    )
    keys.__signature__ = inspect.Signature([*GlobalOptions.parameters(), version])  # type: ignore[attr-defined]
    app.callback()(keys)
    for name, entry in COMMANDS.items():
        about = TABLE[name][0] if name in TABLE else ""
        names = f" Other names: {', '.join(entry.aliases)}." if entry.aliases else ""
        app.command(name, help=about + names, rich_help_panel=entry.heading)(command)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def program_options() -> list[Any]:
    """Return the options that may be given before a command's name."""
    group = program()
    return group.get_params(typer.Context(group, **group.context_settings))


def _asks(words: Sequence[str], options: frozenset[str]) -> bool:
    before = words[: words.index("--")] if "--" in words else words
    return not options.isdisjoint(before)
