"""The program: its commands, each loaded when it is called, and the boundary around them."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Final

import typer
import typer.main
from typer.core import TyperCommand, TyperGroup

from bifrost_keys.cli.command import make_command
from bifrost_keys.cli.error_reporting import guarded
from bifrost_keys.cli.key_options import expand
from bifrost_keys.cli.output.streams import give_up_stdout
from bifrost_keys.cli.session import GLOBAL_PARAMETERS, is_terminal, print_to_stderr, wanted_output
from bifrost_keys.errors import IOFailureError, UsageError
from bifrost_keys.gateway.providers import closest

# Command, its module and function, in the order of the help.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "create": ("create", "create"),
    "list": ("list", "list_"),
    "get": ("get", "get"),
    "update": ("update", "update"),
    "set": ("set", "set_"),
    "rotate": ("rotate", "rotate"),
    "rename": ("rename", "rename"),
    "enable": ("enable", "enable"),
    "disable": ("disable", "disable"),
    "delete": ("delete", "delete"),
    "check": ("check", "check"),
    "hash": ("hash", "hash_"),
    "status": ("status", "status"),
    "explain": ("explain", "explain"),
    "apply": ("apply", "apply"),
    "import": ("import_env", "import_"),
    "export": ("export", "export"),
    "externalize": ("externalize", "externalize"),
    "init": ("init", "init"),
    "path": ("path", "path"),
    "providers": ("providers", "providers"),
    "help": ("help", "help_"),
    "completion": ("completion", "completion"),
}
# The headings of the help, each before the command that begins its part.
_HEADINGS: Final = {
    "create": "Keys",
    "check": "Is it right?",
    "apply": "Many keys",
    "init": "The file and this program",
}
ALIASES: Final = {"ls": "list", "show": "get", "rm": "delete", "validate": "check"}
# Other programs' names of commands, for suggestions where spelling alone suggests a wrong one.
MEANT: Final[Mapping[str, list[str]]] = {
    "add": ["create"],
    "new": ["create"],
    "remove": ["delete"],
    "del": ["delete"],
    "edit": ["update"],
    "modify": ["update"],
    "mv": ["rename"],
    "version": ["--version"],
}

_HELP: Final = frozenset({"-h", "--help"})
# The framework completes for a shell when a variable of this name is set; no variable can be called so.
_NO_VARIABLE: Final = "="


class Group(TyperGroup):
    """The commands, loaded one at a time; every error leaves through the boundary."""

    argv: Sequence[str] | None = None

    def list_commands(self, ctx: Any) -> list[str]:
        """The commands' names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:
        """The command of this name or hidden alias, or None."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        if name not in self.commands:
            self.add_command(load_command(name, self.argv))
        command = self.commands[name]
        assert isinstance(command, TyperCommand)
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the arguments name; an unknown one is not repeated, it may be a secret."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            near = MEANT.get(args[0]) or closest(args[0], COMMANDS)
            hint = f"did you mean {' or '.join(near)}?" if near else f"see {ctx.command_path} --help"
            raise UsageError("unknown command", code="unknown_command", hint=hint)
        return super().resolve_command(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the program and exit with its code, or answer it when not ``standalone_mode``."""
        argv = list(sys.argv[1:] if args is None else args)
        self.argv = argv
        self.commands.clear()

        output = wanted_output(argv, os.environ)

        def run() -> Any:
            if not argv:
                return self._without_command(output)
            texts = _texts(argv)
            try:
                code = super(Group, self).main(
                    texts, prog_name or "keys", _NO_VARIABLE, False, windows_expand_args, **extra
                )
            except SystemExit:
                # The framework's own way out when the reader of its help is gone; its code is another's here.
                give_up_stdout()
                raise _help_not_printed() from None
            if sys.stdout is None and code == 0 and _HELP.intersection(texts):
                raise _help_not_printed()
            return code

        code = guarded(run, output=output, given=argv, final=standalone_mode)
        if standalone_mode:
            sys.exit(code)
        return code

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Give the help to the framework, which prints it."""
        from bifrost_keys.cli.help_layout import write_help

        write_help(ctx, formatter, command_rows())

    def _without_command(self, output: str) -> int:
        """Wrong use: a person at a terminal is shown what there is, a script is told in a line."""
        if output == "json" or not is_terminal(sys.stderr):
            raise UsageError("no command was given", code="missing_command", hint="see keys --help")
        from bifrost_keys.cli.help_layout import help_text, wants_style

        styled = wants_style(sys.stderr, ())
        print_to_stderr(help_text(self, "keys", commands=command_rows(), styled=styled))
        return UsageError.exit_code


def command_rows() -> dict[str, list[tuple[str, str]]]:
    """The commands by heading, each with its meaning: from completion's table, without loading one."""
    from bifrost_keys.cli.completion.table import COMMANDS as TABLE

    parts: dict[str, list[tuple[str, str]]] = {}
    for name in COMMANDS:
        if name in _HEADINGS:
            part = parts[_HEADINGS[name]] = []
        part.append((name, TABLE[name][0]))
    return parts


def load_command(name: str, argv: Sequence[str] | None = None) -> TyperCommand:
    """The command of this name, its module imported now; with the options that ``argv`` needs, or all."""
    module, function = COMMANDS[name]
    target = getattr(import_module(f"bifrost_keys.cli.commands.{module}"), function)
    command = make_command(target, name, expand=expand, argv=argv)
    command.name = name
    return command


def make_app(argv: Sequence[str] | None = None) -> TyperGroup:
    """The program as Typer's group of commands; the options before a command that ``argv`` needs, or all."""
    app = typer.Typer(
        cls=Group,
        add_completion=False,
        no_args_is_help=False,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    import inspect

    def keys(**_: Any) -> None:
        """Manage the provider keys of a Bifrost gateway safely in its config.json.

        Example: keys create openai --value-env OPENAI_API_KEY
        """

    version = inspect.Parameter(
        "version",
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=_version_option(),
    )
    # A line that begins with the command's name has no option before it.
    declared = [] if argv and argv[0] in (*COMMANDS, *ALIASES) else [version, *GLOBAL_PARAMETERS]
    keys.__signature__ = inspect.Signature(declared)  # type: ignore[attr-defined]
    keys.__annotations__ = {parameter.name: parameter.annotation for parameter in declared}
    app.callback()(keys)
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return group


def _version_option() -> Any:
    """The declaration of ``--version``; the fast path in ``__main__`` answers it before Typer is loaded."""
    from typing import Annotated

    return Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ]


def _help_not_printed() -> IOFailureError:
    return IOFailureError("the help could not be printed", code="output_failed")


def _print_version(wanted: bool) -> None:
    if wanted:
        from bifrost_keys import __version__
        from bifrost_keys.cli.output.streams import emit

        emit(f"bifrost-keys {__version__}")
        raise typer.Exit(0)


def _texts(argv: Sequence[str]) -> list[str]:
    """The arguments as text: bytes that the locale cannot read are UTF-8, or no text and refused.

    Paths stay as they are: any bytes may name a file.
    """
    texts = []
    paths = not {"check", "validate", "apply", "import"}.isdisjoint(argv)
    for before, argument in zip(("", *argv), argv, strict=False):
        option = argument.partition("=")[0] if argument.startswith("--") else before
        is_path = option in ("--config", "--app-dir") or option.endswith("-file") or paths
        odd = any("\ud800" <= c <= "\udfff" for c in argument)
        texts.append(_decoded(argument) if odd and not is_path else argument)
    return texts


def _decoded(argument: str) -> str:
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        from bifrost_keys.errors import InvalidInputError

        raise InvalidInputError("an argument is not valid UTF-8", code="argument-not-text") from None
