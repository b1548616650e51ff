"""Arguments and options that several commands share, each declared once."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

NameArgument: TypeAlias = Annotated[str, typer.Argument(metavar="NAME", help="NAME, PROVIDER/NAME or id.")]
NamesArgument: TypeAlias = Annotated[
    list[str], typer.Argument(metavar="NAME…", help="NAME, PROVIDER/NAME or id; several are all or nothing.")
]
DryRunOption: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Decide everything, say it, write nothing.")
]
DiffOption: TypeAlias = Annotated[
    bool, typer.Option("--diff", help="Show each changed field before and after, secrets masked.")
]
OverwriteWebOption: TypeAlias = Annotated[
    bool, typer.Option("--overwrite-web", help="Even if that undoes what was changed in the web page.")
]
FromFileOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--from-file",
        metavar="FILE|-",
        help="A key as the gateway's API takes it (JSON).",
        show_default=False,
    ),
]
