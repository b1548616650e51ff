"""Declare options, and the arguments and options that several commands share."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, dataclass_transform

import typer

from bifrost_keys.errors import UsageError

if TYPE_CHECKING:
    from bifrost_keys.cli.session import Session

# Headings in the help; the secret's own panel comes first because its options are declared first.
SECRET_PANEL: Final = "The secret: one of"  # noqa: S105
KEY_PANEL: Final = "The key"
SWITCH_PANEL: Final = "Flags of the key"
OPTIONS_PANEL: Final = "Options"
RUN_PANEL: Final = "Run options"
GLOBAL_PANEL: Final = "Global options"
GATEWAY_PANEL: Final = "At a running gateway"


@dataclass_transform(kw_only_default=True)
class OptionGroup:
    """Options that a command receives as one typed object. Each field of a subclass declares an option.

    The fields are annotated like the parameters of a command, each with its default. A subclass may declare a
    field again, with a different help, in the same position. The type checker reads a subclass as a
    dataclass. It is not one, because generating the methods of the groups of ``create`` would take 3 ms of
    every run.
    """

    def __init__(self, **values: Any) -> None:
        """Store the values of the options; one that is missing has its default."""
        vars(self).update(values)

    @classmethod
    def parameters(cls) -> list[inspect.Parameter]:
        """Return the options of the group, in the order of the help."""
        declared: dict[str, Any] = {}
        for kind in reversed(cls.__mro__):
            fields = inspect.get_annotations(kind)
            declared = {name: declared[name] for name in declared if name not in fields} | fields
        return [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=getattr(cls, name), annotation=annotation
            )
            for name, annotation in declared.items()
        ]


def value_option(name: str, metavar: str, about: str, panel: str, *more: str, default: Any = ...) -> Any:
    """Declare an option that takes a value; ``more`` are its other spellings.

    ``default`` is only for a declaration in the place of the parameter's default, not in its annotation.
    """
    return typer.Option(
        default, name, *more, metavar=metavar, help=about, rich_help_panel=panel, show_default=False
    )


def flag(name: str, about: str, panel: str, *more: str, default: Any = ...) -> Any:
    """Declare an option without a value, or a pair ``--on/--off``; ``default`` is as for ``value_option``."""
    # An empty metavar: the help has no room for a column that says <bool>.
    return typer.Option(
        default, name, *more, metavar="", help=about, rich_help_panel=panel, show_default=False
    )


NameArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="NAME", help="The key: NAME, PROVIDER/NAME or id.", show_default=False)
]
NamesArgument: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="NAME", help="The keys: NAME, PROVIDER/NAME or id. All of them are deleted, or none."
    ),
]
PatternArgument: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help="The key: NAME, PROVIDER/NAME, id, or a quoted pattern such as 'openai/*' for several. "
        "All of them change, or none.",
        show_default=False,
    ),
]
PatternsArgument: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME",
        help="The keys: NAME, PROVIDER/NAME, id, or a quoted pattern such as 'openai/*'. "
        "All of them change, or none.",
        show_default=False,
    ),
]
AllOption: TypeAlias = Annotated[bool, flag("--all", "Select every key, instead of names.", OPTIONS_PANEL)]
DryRunOption: TypeAlias = Annotated[
    bool, flag("--dry-run", "Show what the command would do, and write nothing.", RUN_PANEL)
]
DiffOption: TypeAlias = Annotated[
    bool, flag("--diff", "Show each changed field before and after, secrets masked.", RUN_PANEL)
]
OverwriteWebOption: TypeAlias = Annotated[
    bool,
    flag("--overwrite-web", "Overwrite changes made in the gateway's web UI.", RUN_PANEL),
]
FromFileOption: TypeAlias = Annotated[
    str | None,
    value_option(
        "--from-file",
        "FILE|-",
        "Read the key from a JSON file in the form of the gateway's API. Other options take precedence.",
        KEY_PANEL,
    ),
]
TestOption: TypeAlias = Annotated[
    bool,
    flag(
        "--test",
        "Test the key first, and write nothing if it does not work. A gateway tests it after writing.",
        RUN_PANEL,
    ),
]
InitOption: TypeAlias = Annotated[bool, flag("--init", "Create the config file if there is none.", RUN_PANEL)]


def chosen(session: Session, names: list[str] | None, every: bool) -> list[str]:
    """Return the selectors of the keys to work on, asked for at a terminal if none were given.

    Raise UsageError if names and --all are both given, or if neither is given without a terminal.
    """
    if names and every:
        raise UsageError("names and --all were both given", code="names-and-all", hint="use only one of them")
    if not names and not every:
        from bifrost_keys.cli.input.missing_arguments import ask_key, can_ask

        hint = "name the keys, or use --all"
        missing = UsageError("missing argument NAME", code="argument-missing", hint=hint)
        if not can_ask(session):
            raise missing
        return [ask_key(session, missing)]
    return names or ["*"]
