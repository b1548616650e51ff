"""Arguments and options that several commands share, each declared once."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import typer

# Headings in the help; the secret's own panel comes first because its options are declared first.
RUN_PANEL: Final = "This run"
KEY_PANEL: Final = "The key"

NameArgument: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="NAME, PROVIDER/NAME or id.")]
NamesArgument: TypeAlias = Annotated[
    list[str], typer.Argument(metavar="NAME", help="NAME, PROVIDER/NAME or id; several are all or nothing.")
]
DryRunOption: TypeAlias = Annotated[
    bool,
    typer.Option("--dry-run", help="Decide everything, say it, write nothing.", rich_help_panel=RUN_PANEL),
]
DiffOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--diff", help="Show each changed field before and after, secrets masked.", rich_help_panel=RUN_PANEL
    ),
]
OverwriteWebOption: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--overwrite-web",
        help="Even if that undoes what was changed in the web page.",
        rich_help_panel=RUN_PANEL,
    ),
]
FromFileOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--from-file",
        metavar="FILE|-",
        help="A key as the gateway's API takes it (JSON).",
        show_default=False,
        rich_help_panel=KEY_PANEL,
    ),
]
InitOption: TypeAlias = Annotated[
    bool, typer.Option("--init", help="Create the file when it is missing.", rich_help_panel=RUN_PANEL)
]
AddAliasOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--add-alias",
        metavar="FROM=TO",
        help="Add an alias, or change the target of this one; the others stay.",
        show_default=False,
        rich_help_panel=KEY_PANEL,
    ),
]
RemoveAliasOption: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--remove-alias",
        metavar="FROM",
        help="Remove an alias; the others stay.",
        show_default=False,
        rich_help_panel=KEY_PANEL,
    ),
]
