"""Print help pages: rendered at a terminal, in a pager if longer than the screen; plain text elsewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from typing import Final

from bifrost_keys.cli.output.screen import Screen, is_terminal
from bifrost_keys.cli.output.streams import emit

# Longer lines are hard to read.
_MOST_COLUMNS: Final = 100
# As git does: quit if the text fits the screen, show colours, leave the text on the screen.
_LESS: Final = "FRX"
_EMPTY_LINES: Final = re.compile(r"\n{3,}")


def show_page(markdown: str, screen: Screen) -> None:
    """Show a page that is written in Markdown. Raise IOFailureError if it cannot be printed."""
    if screen.columns is None:
        emit(markdown)
        return
    show_long(rendered(markdown, screen))


def show_long(text: str) -> None:
    """Show a text at a terminal, in the pager if it is longer than the screen.

    Raise IOFailureError when it does not get there.
    """
    command = _pager(os.environ)
    if (
        text.count("\n") < shutil.get_terminal_size().lines
        or not command
        or not is_terminal(sys.stdin)
        or sys.stdout.fileno() != 1  # the pager writes to descriptor 1, which is another stream
        or not _paged(command, text)
    ):
        emit(text)


def rendered(markdown: str, screen: Screen) -> str:
    """Return the page laid out for this screen."""
    from io import StringIO

    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    buffer = StringIO()
    console = Console(
        file=buffer,
        width=min(screen.columns or _MOST_COLUMNS, _MOST_COLUMNS),
        force_terminal=screen.color,
        no_color=not screen.color,
        legacy_windows=False,
        highlight=False,
        # Rich's own style has a black background, which does not suit a light terminal.
        theme=Theme({"markdown.code": "cyan", "markdown.h1": "bold", "markdown.h2": "bold"}),
    )
    console.print(Markdown(markdown, hyperlinks=False, code_theme="ansi_dark"))
    text = "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())
    return _EMPTY_LINES.sub("\n\n", text)  # Rich leaves two around a table


def _pager(environ: Mapping[str, str]) -> list[str]:
    """Return the command of the pager, PAGER or less; empty without one and on a dumb terminal."""
    if environ.get("TERM") == "dumb":
        return []
    try:
        command = shlex.split(environ.get("PAGER", "less"))
    except ValueError:  # an unclosed quote
        return []
    return command if command and shutil.which(command[0]) else []


def _paged(command: list[str], text: str) -> bool:
    """Return whether the pager could show the text, even if the reader quit early."""
    import subprocess

    environ = {**os.environ, "LESS": os.environ.get("LESS", _LESS)}
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, env=environ)  # noqa: S603
    except OSError:
        return False
    try:
        process.communicate(text.encode("utf-8", "replace"))
    except BrokenPipeError:
        process.wait()
    return True
