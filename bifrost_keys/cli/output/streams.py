"""What goes to standard output: text, JSON, tables; whole, or a failure that is told."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from bifrost_keys.cli.output.escaping import shown, shown_json
from bifrost_keys.cli.session import Session, is_terminal
from bifrost_keys.errors import IOFailureError

if TYPE_CHECKING:
    from rich.table import Table


def emit(text: str, *, written: bool = False) -> None:
    """Write a result to standard output; raises IOFailureError when it does not get there."""
    whole = text if text.endswith("\n") or not text else text + "\n"
    try:
        sys.stdout.write(_encodable(whole))
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):
        give_up_stdout()
        said = (
            "written: but the result could not be printed" if written else "the result could not be printed"
        )
        raise IOFailureError(said, code="output-failed") from None


def emit_json(value: Mapping[str, Any], *, written: bool = False) -> None:
    """One JSON object on standard output; what its encoding does not have stands as JSON escapes."""
    text = _json_text(value, ensure_ascii=False)
    if _encodable(text) != text:
        text = _json_text(value, ensure_ascii=True)
    emit(shown_json(text), written=written)


def _json_text(value: Mapping[str, Any], *, ensure_ascii: bool) -> str:
    """The object indented; of one with a list that nobody reads to its end, an element a line.

    Python's JSON encoder indents in Python, which takes four times as long.
    """
    long = {name for name, part in value.items() if isinstance(part, list) and len(part) > _MOST_READ}
    if not long:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=2)
    encode = json.JSONEncoder(ensure_ascii=ensure_ascii).encode
    members = []
    for name, part in value.items():
        text = "[\n    " + ",\n    ".join(map(encode, part)) + "\n  ]" if name in long else encode(part)
        members.append(f"  {encode(name)}: {text}")
    return "{\n" + ",\n".join(members) + "\n}"


def _encodable(text: str) -> str:
    """The text with what standard output's encoding does not have as escapes."""
    if text.isascii():
        return text
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


class Columns(NamedTuple):
    """A table with a heading and a line below it; without a heading two columns, a field a line."""

    head: Sequence[str] | None
    rows: Sequence[Sequence[str]]


class Line(NamedTuple):
    """A line in pieces, each with its style on a terminal ("": none)."""

    pieces: Sequence[tuple[str, str]]

    @property
    def plain(self) -> str:
        """The line without its styles."""
        return "".join(text for text, _ in self.pieces)


Part: TypeAlias = Columns | Line | str
# Beyond so many rows nobody reads to the end, and laying them out for eyes takes seconds.
_MOST_READ: Final = 1000


def emit_table(session: Session, *parts: Part, written: bool = False) -> None:
    """Tables and lines for people: in colour and as wide as the terminal, whole and plain elsewhere.

    Elsewhere there is neither width nor colour, so that no table library is needed: loading it takes as long
    as the rest, and a thousand rows in it three times that.
    """
    rows = sum(len(part.rows) for part in parts if isinstance(part, Columns))
    if is_terminal(sys.stdout) and rows <= _MOST_READ:
        text = _fitted(parts, color=session.color)
    else:
        text = "".join(f"{line.rstrip()}\n" for part in parts for line in _plain_lines(part))
    emit(text, written=written)


def _plain_lines(part: Part) -> Iterable[str]:
    if not isinstance(part, Columns):
        return [part if isinstance(part, str) else part.plain]
    rows = [[shown(text) for text in row] for row in part.rows]
    if part.head is None:
        width = max((_width(row[0]) for row in rows), default=0)
        return (f"{_filled(name, width)}  {text}" for name, text in rows)
    widths = [max(map(_width, column)) for column in zip(part.head, *rows, strict=True)]
    rule = ("─" if writes_utf8() else "-") * (sum(widths) + 3 * len(widths) - 3)
    right = [name == "weight" for name in part.head]
    columns = list(zip(widths, right, strict=True))
    lines = (
        "   ".join(_filled(text, *column) for text, column in zip(row, columns, strict=True))
        for row in (part.head, *rows)
    )
    return ["", f" {next(lines)}", f" {rule}", *(f" {line}" for line in lines), ""]


def _filled(text: str, width: int, right: bool = False) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space


def _width(text: str) -> int:
    """How many columns of a terminal the text takes: East Asian wide characters two, accents none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in ("Mn", "Me") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def writes_utf8() -> bool:
    """Whether standard output takes characters beyond ASCII; a closed one does not."""
    return (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "") == "utf8"


def _fitted(parts: Sequence[Part], *, color: bool) -> str:
    """The parts as wide as the terminal, by Rich."""
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    buffer = StringIO()
    console = Console(
        file=buffer,
        force_terminal=color,
        no_color=not color,
        width=_terminal_width(),
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    for part in parts:
        if isinstance(part, Columns):
            console.print(_rich_table(part))
        else:
            pieces = part.pieces if isinstance(part, Line) else [(part, "")]
            console.print(Text.assemble(*pieces), soft_wrap=True)
    return "".join(f"{line.rstrip()}\n" for line in buffer.getvalue().splitlines())


def _rich_table(columns: Columns) -> Table:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    head = columns.head
    style = (box.SIMPLE_HEAD if writes_utf8() else box.ASCII2) if head is not None else None
    table = Table(box=style, show_header=head is not None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, name in enumerate(head if head is not None else ("", "")):
        table.add_column(
            name,
            style="bold" if head is None and index == 0 else "",
            no_wrap=name in ("weight", "enabled"),
            overflow="fold",
            justify="right" if name == "weight" else "left",
        )
    for row in columns.rows:
        table.add_row(*(Text(shown(text)) for text in row))
    return table


def _terminal_width() -> int:
    try:
        columns = os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        columns = 0
    return max(20, columns or 80)  # a terminal may report no size: over a serial line, in some containers


def give_up_stdout() -> None:
    """Point standard output at nothing, so that the interpreter's own last flush cannot fail."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
    except OSError:
        return
