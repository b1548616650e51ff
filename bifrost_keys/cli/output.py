"""What goes to standard output: text, JSON, tables; whole, or a failure that is told."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from bifrost_keys.cli.session import Session, is_terminal
from bifrost_keys.cli.text import shown, shown_json
from bifrost_keys.errors import IOFailureError

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text


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
        raise IOFailureError(said, code="output_failed") from None


def emit_json(value: Any, *, written: bool = False) -> None:
    """One JSON value on standard output; what its encoding does not have stands as JSON escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    if _encodable(text) != text:
        text = json.dumps(value, indent=2)
    emit(shown_json(text), written=written)


def _encodable(text: str) -> str:
    """The text with what standard output's encoding does not have as escapes."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


class Fields(NamedTuple):
    """Labels and texts, a field a line: a table without a frame or a heading."""

    rows: Sequence[tuple[str, str]]


Part: TypeAlias = "Table | Text | Fields | str"


def emit_table(session: Session, *parts: Part, written: bool = False) -> None:
    """Tables and lines for people: in colour and as wide as the terminal, whole and plain elsewhere."""
    on_terminal = is_terminal(sys.stdout)
    plain = [part for part in parts if isinstance(part, (str, Fields))]
    if not on_terminal and len(plain) == len(parts):
        # What Rich would print here has neither width nor colour, and loading it takes as long as the rest.
        lines = [line for part in plain for line in ([part] if isinstance(part, str) else _plain_lines(part))]
        emit("".join(f"{line.rstrip()}\n" for line in lines), written=written)
        return
    from io import StringIO

    from rich.console import Console
    from rich.text import Text

    buffer = StringIO()
    console = Console(
        file=buffer,
        force_terminal=on_terminal and session.color,
        no_color=not (on_terminal and session.color),
        width=_terminal_width() if on_terminal else 100_000,
        markup=False,
        emoji=False,
        highlight=False,
        legacy_windows=False,
    )
    for part in parts:
        shape = Text(part) if isinstance(part, str) else part
        shape = plain_table(None, shape.rows) if isinstance(shape, Fields) else shape
        console.print(shape, soft_wrap=isinstance(part, (str, Text)))
    lines = buffer.getvalue().splitlines()
    emit("\n".join(line.rstrip() for line in lines) + "\n", written=written)


def _plain_lines(fields: Fields) -> Iterator[str]:
    rows = [(shown(name), shown(text)) for name, text in fields.rows]
    width = max((len(name) for name, _ in rows), default=0)
    return (f"{name:<{width}}  {text}" for name, text in rows)


def plain_table(head: Sequence[str] | None, rows: Sequence[Sequence[str]]) -> Table:
    """A table with a heading and a line below it; without a heading two columns, a field a line."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    utf8 = (getattr(sys.stdout, "encoding", None) or "ascii").lower().replace("-", "") == "utf8"
    style = (box.SIMPLE_HEAD if utf8 else box.ASCII2) if head is not None else None
    table = Table(box=style, show_header=head is not None, pad_edge=False, padding=(0, 2, 0, 0))
    for index, name in enumerate(head if head is not None else ("", "")):
        table.add_column(
            name,
            style="bold" if head is None and index == 0 else "",
            no_wrap=name in ("weight", "enabled"),
            overflow="fold",
            justify="right" if name == "weight" else "left",
        )
    for row in rows:
        table.add_row(*(Text(shown(text)) for text in row))
    return table


def _terminal_width() -> int:
    try:
        return max(20, os.get_terminal_size(sys.stdout.fileno()).columns)
    except (OSError, ValueError):
        return 80


def give_up_stdout() -> None:
    """Point standard output at nothing, so that the interpreter's own last flush cannot fail."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
    except OSError:
        return
