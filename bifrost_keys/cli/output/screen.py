"""The width and colours of an output stream, and the styles of the output."""

import os
import sys
from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from bifrost_keys.cli.output.text_width import reads_from_right, text_width

Style: TypeAlias = Literal[
    "", "bold", "dim", "red", "green", "yellow", "cyan", "bold red", "bold green", "bold yellow", "bold cyan"
]
_CODES: Final[Mapping[str, str]] = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "cyan": "36",
}
_LEAST_COLUMNS: Final = 20
# Invisible. Keeps the columns in order on a terminal that lays out Hebrew or Arabic itself.
_LEFT_TO_RIGHT_MARK: Final = "\u200e"


class Screen(NamedTuple):
    """A stream as a reader sees it; ``columns`` is None for a pipe or a file."""

    columns: int | None = None
    color: bool = False
    unicode: bool = True

    @property
    def mark(self) -> str:
        """The mark for an omitted part."""
        return "…" if self.unicode else "~"

    def paint(self, text: str, style: Style) -> str:
        """Return the text in this style."""
        if not (self.color and style and text):
            return text
        return f"\x1b[{';'.join(_CODES[part] for part in style.split())}m{text}\x1b[0m"

    def cell(self, text: str, columns: int, style: Style = "", *, right: bool = False) -> str:
        """Return the text in this style, padded to this many columns."""
        space = " " * (columns - text_width(text))
        painted = self.paint(text, style)
        filled = f"{space}{painted}" if right else f"{painted}{space}"
        return f"{filled}{_LEFT_TO_RIGHT_MARK}" if self.unicode and reads_from_right(text) else filled


def screen_of(stream: Any, *, no_color: bool = False) -> Screen:
    """Return the screen behind this standard stream, from its terminal and the environment."""
    terminal = is_terminal(stream)
    color = not no_color and allows_color(os.environ, terminal=terminal)
    return Screen(_columns(stream) if terminal else None, color, writes_utf8(stream))


def allows_color(environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Return whether the environment allows colours on a stream.

    NO_COLOR forbids them; else FORCE_COLOR and CLICOLOR_FORCE enable them even in a pipe; otherwise a
    terminal has them, unless it is a dumb one or CLICOLOR is 0.
    """
    if environ.get("NO_COLOR"):
        return False
    if any(environ.get(name, "") not in ("", "0") for name in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return terminal and environ.get("TERM") != "dumb" and environ.get("CLICOLOR") != "0"


def is_terminal(stream: Any) -> bool:
    """Return whether this standard stream is open and a terminal."""
    try:
        return stream is not None and bool(stream.isatty())
    except ValueError:  # closed
        return False


def writes_utf8(stream: Any = None) -> bool:
    """Return whether a stream, standard output by default, is open and accepts non-ASCII characters."""
    encoding = getattr(sys.stdout if stream is None else stream, "encoding", None) or "ascii"
    return str(encoding).lower().replace("-", "") == "utf8"


def short_path(path: str, screen: Screen) -> str:
    """Return the path for printing: at a terminal, ``~`` is the home directory."""
    home = os.environ.get("HOME", "").rstrip("/")
    if screen.columns is None or not home or not path.startswith(f"{home}/"):
        return path
    return f"~{path[len(home) :]}"


def short_paths(text: str, screen: Screen) -> str:
    """Return the text of a message with ``~`` for the home directory of each path, on a terminal."""
    for before in (" ", "("):
        text = before.join(short_path(part, screen) for part in text.split(before))
    return text


def _columns(stream: Any) -> int:
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return max(_LEAST_COLUMNS, columns or 80)  # a serial line or a container may report no size
