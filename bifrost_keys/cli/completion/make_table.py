"""Generate the table for completion: ``python -m bifrost_keys.cli.completion.make_table``.

It contains the commands and options declared with Typer, so that completion need not load Typer.
"""

from __future__ import annotations

import os
from typing import Any, Final

from bifrost_keys.cli.commands.help import TOPICS
from bifrost_keys.cli.key_options import OWN_OPTIONS
from bifrost_keys.cli.main import ALIASES, COMMANDS, load_command, program
from bifrost_keys.gateway.fields.table import BOOKKEEPING, CONFIG_OBJECTS, KEY_FIELDS
from bifrost_keys.gateway.providers.table import BUILT_IN
from bifrost_keys.operations.clear import NEVER_CLEARED

_FIELDS: Final = (
    *KEY_FIELDS,
    *dict.fromkeys(name for config in CONFIG_OBJECTS for name, _ in config.members()),
)
_KEPT: Final = {
    *NEVER_CLEARED,
    *BOOKKEEPING,
    *(name for config in CONFIG_OBJECTS for name, field in config.members() if field.required),
}
_CLEARABLE: Final = tuple(name for name in _FIELDS if name not in _KEPT)
# The kind of an option's or argument's value: by its spelling, else by the command and its name in the help.
_BY_SPELLING: Final = {
    "--value-env": "variables",
    "--name": "text",
    "--field": f"choice:{'|'.join(_FIELDS)}",
    "--clear": f"choice:{'|'.join(_CLEARABLE)}",
}
_BY_METAVAR: Final = {
    "PATH": "files",
    "FILE": "files",
    "FILE|-": "files",
    "DIR": "folders",
    "MODEL": "models",
    "NAME": "keys",
    "PROVIDER/NAME": "full-keys",
    "PROVIDER": "file-providers",
    "PROVIDER|NAME": "file-providers-and-keys",
}
_ANY_PROVIDER: Final = ("create", "providers")
_HEADER: Final = '''"""The commands and options, for completion; see ``make_table``.

An option has its spellings, the kind of its value ("" for a flag), whether it may be repeated, the providers
to which it is limited, and its description. A command has its description, its arguments (the kind, and
whether it may be repeated), and the names of its options in ``OPTIONS``.
"""

# ruff: noqa: E501
# fmt: off
Option = tuple[tuple[str, ...], str, bool, tuple[str, ...], str]
Command = tuple[str, tuple[tuple[str, bool], ...], tuple[str, ...]]
'''


def table_text() -> str:
    """Return the text of the module ``table``, from the commands as they are now."""
    options: dict[str, Any] = {}
    commands = {}
    for name in COMMANDS:
        command = load_command(name)
        about = (command.help or "").partition("\n")[0]
        places = tuple((_kind(each, name), each.nargs < 0) for each in _those(command, "argument"))
        commands[name] = about, places, _noted(_those(command, "option"), name, options)
    before = _noted(_those(program(), "option"), "", options)
    return "".join(
        (
            _HEADER,
            _mapping("OPTIONS: dict[str, Option]", options),
            f"BEFORE_COMMAND: tuple[str, ...] = {before!r}\n",
            _mapping("COMMANDS: dict[str, Command]", commands),
            f"ALIASES: dict[str, str] = {ALIASES!r}\n",
            f"PROVIDERS: tuple[str, ...] = {tuple(provider.name for provider in BUILT_IN)!r}\n",
        )
    )


def _mapping(declared: str, members: dict[str, Any]) -> str:
    lines = "".join(f"    {name!r}: {value!r},\n" for name, value in members.items())
    return f"{declared} = {{\n{lines}}}\n"


def _those(command: Any, kind: str) -> list[Any]:
    """Yield the arguments or options that the help shows; hidden ones only improve an error message."""
    return [each for each in command.params if each.param_type_name == kind and not each.hidden]


def _noted(found: list[Any], command: str, options: dict[str, Any]) -> tuple[str, ...]:
    """Return the places of these options among all ``options``, to which new ones are added."""
    places = []
    help_option = (("--help", "-h"), "", False, (), "Show this message and exit.")
    for option in (*(_option(each, command) for each in found), help_option):
        place, number = option[0][0], 1
        while options.setdefault(place, option) != option:
            number += 1
            place = f"{option[0][0]} {number}"
        places.append(place)
    return tuple(places)


def _option(option: Any, command: str) -> tuple[tuple[str, ...], str, bool, tuple[str, ...], str]:
    owners = {own.field.option: own.providers for own in OWN_OPTIONS}
    name = option.opts[0]
    spellings = (*option.opts, *option.secondary_opts)
    kind = "" if option.is_flag else _kind(option, command)
    own = owners.get(name) or owners.get(name.removesuffix("-file")) or ()
    return spellings, kind, option.multiple, own, option.help or ""


def _kind(parameter: Any, command: str) -> str:
    metavar = (parameter.metavar or "").removeprefix("[").removesuffix("]")
    if parameter.opts[0] in _BY_SPELLING:
        return _BY_SPELLING[parameter.opts[0]]
    if metavar == "TOPIC|COMMAND":
        return f"choice:{'|'.join((*TOPICS, *COMMANDS))}"
    if metavar == "PROVIDER" and command in _ANY_PROVIDER:
        return "providers"
    if "|" in metavar and metavar.islower():
        return f"choice:{metavar}"
    return _BY_METAVAR.get(metavar, "text")


def main() -> None:
    """Rewrite the table beside this module."""
    place = os.path.join(os.path.dirname(__file__), "table.py")
    text = table_text()  # this module reads the old table
    with open(place, "w", encoding="utf-8") as table:
        table.write(text)


if __name__ == "__main__":
    main()
