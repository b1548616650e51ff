"""Lay out tables and records for the width of a terminal, or as tab-separated values for a pipe.

Rich would take as long to load as the rest of a run, and breaks words to make a table fit.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.screen import Screen, Style
from bifrost_keys.cli.output.text_width import shortened, shortened_list, text_width, wrapped

# On a narrower terminal, each row is a record with one field per line.
LEAST_TABLE_COLUMNS: Final = 60
_GAP: Final = 2
_LEAST: Final = 8
_UNBOUNDED: Final = 1 << 30


class Cell(NamedTuple):
    """The text of a cell. Of ``items``, the parts of a list, a narrow column shows only some."""

    text: str
    style: Style = ""
    items: tuple[str, ...] = ()

    def fitted(self, columns: int, mark: str) -> str:
        """Return the text in at most this many columns."""
        return (
            shortened_list(self.items, columns, mark) if self.items else shortened(self.text, columns, mark)
        )


class Column(NamedTuple):
    """A column of a table.

    ``rank``: 0 if it is always shown; otherwise, if space is short, the highest rank is dropped first.
    ``comfort``: the width below which another column is dropped instead; None: its text is never cut.
    """

    name: str
    rank: int = 0
    comfort: int | None = None
    right: bool = False


class Row(NamedTuple):
    """A row of a table, with a cell for each column."""

    cells: Sequence[Cell]
    style: Style = ""


class Table(NamedTuple):
    """Rows under a head; ``title`` are the columns that name a row if it is printed as a record.

    The rows may be made while they are printed; those for a terminal are needed at once, for their widths.
    """

    columns: Sequence[Column]
    rows: Iterable[Row]
    title: Sequence[int] = (0,)

    def lines(self, screen: Screen) -> Iterator[str]:
        """Return the lines of the table on this screen."""
        if screen.columns is None:
            return _separated([column.name for column in self.columns], self.rows)
        table = self._replace(rows=list(self.rows))
        widths = _fitting(table, screen.columns) if screen.columns >= LEAST_TABLE_COLUMNS else None
        return _records(table, screen) if widths is None else _rows(table, widths, screen)


class Record(NamedTuple):
    """One thing with one field per line; nothing is omitted.

    An indented record belongs to the text around it and looks the same in a pipe.
    """

    fields: Sequence[tuple[str, Cell]]
    indent: int = 0

    def lines(self, screen: Screen) -> Iterator[str]:
        """Return the lines of the record on this screen."""
        if screen.columns is None and not self.indent:
            rows = [Row((Cell(name), cell)) for name, cell in self.fields]
            return _separated(("field", "value"), rows)
        room = (screen.columns or _UNBOUNDED) - self.indent
        lines = _record_lines(self.fields, screen, room, whole=True)
        return (f"{' ' * self.indent}{text}" for text in lines)


class Line(NamedTuple):
    """A line in pieces, each with its style, wrapped at words on a terminal.

    A line that is ``for_people`` is omitted in a pipe or a file.
    """

    pieces: Sequence[tuple[str, Style]]
    for_people: bool = False

    def lines(self, screen: Screen) -> Iterator[str]:
        """Return the lines on this screen."""
        if screen.columns is None and self.for_people:
            return
        pieces = [(shown(text), style) for text, style in self.pieces]
        plain = "".join(text for text, _ in pieces)
        indent = " " * (len(plain) - len(plain.lstrip(" ")) + _GAP)
        end = 0
        for number, text in enumerate(wrapped(plain, screen.columns or _UNBOUNDED, indent)):
            body = text.removeprefix(indent) if number else text
            start = plain.index(body, end)
            end = start + len(body)
            yield (indent if number else "") + _painted(pieces, start, end, screen)


class Text(NamedTuple):
    """A text that is printed as it is."""

    text: str

    def lines(self, _: Screen) -> Iterator[str]:
        """Return the text's own lines."""
        return iter(self.text.removesuffix("\n").split("\n"))


Part: TypeAlias = Table | Record | Line | Text


def line(text: str, style: Style = "") -> Line:
    """Return a line of text."""
    return Line(((text, style),))


def footer(text: str, style: Style = "") -> Line:
    """Return a line of text for people only, because a program reads the rows."""
    return Line(((text, style),), for_people=True)


def parts_lines(parts: Iterable[Part], screen: Screen) -> Iterator[str]:
    """Yield the lines of the parts on this screen, each with a line end."""
    return (f"{each.rstrip()}\n" for part in parts for each in part.lines(screen))


def parts_text(parts: Iterable[Part], screen: Screen) -> str:
    """Return the parts as text for this screen, with a line end after each line."""
    return "".join(parts_lines(parts, screen))


def _painted(pieces: Sequence[tuple[str, Style]], start: int, end: int, screen: Screen) -> str:
    """Return the characters from ``start`` to ``end`` of the pieces, each in its style."""
    painted, at = "", 0
    for text, style in pieces:
        painted += screen.paint(text[max(0, start - at) : max(0, end - at)], style)
        at += len(text)
    return painted


def _separated(head: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    """Return tab-separated values, with escapes for characters that would end a cell or a row."""
    yield "\t".join(head)
    for row in rows:
        yield "\t".join(shown(cell.text) for cell in row.cells)


def _rows(table: Table, widths: Sequence[tuple[int, int]], screen: Screen) -> Iterator[str]:
    gap = " " * _GAP
    columns = [(table.columns[index], index, width) for index, width in widths]
    yield gap.join(screen.cell(each.name, width, "bold", right=each.right) for each, _, width in columns)
    for row in table.rows:
        cells = [(row.cells[index], width, each.right) for each, index, width in columns]
        yield gap.join(
            screen.cell(_shown(cell).fitted(width, screen.mark), width, cell.style or row.style, right=right)
            for cell, width, right in cells
        )


def _records(table: Table, screen: Screen) -> Iterator[str]:
    for number, row in enumerate(table.rows):
        if number:
            yield ""
        title = "/".join(shown(row.cells[index].text) for index in table.title)
        yield screen.paint(shortened(title, screen.columns or 0, screen.mark), row.style or "bold")
        fields = [
            (column.name, cell)
            for index, (column, cell) in enumerate(zip(table.columns, row.cells, strict=True))
            if index not in table.title
        ]
        for text in _record_lines(fields, screen, (screen.columns or _UNBOUNDED) - _GAP, whole=False):
            yield f"{' ' * _GAP}{text}"


def _record_lines(
    fields: Sequence[tuple[str, Cell]], screen: Screen, room: int, *, whole: bool
) -> Iterator[str]:
    """Yield one field per line; ``whole``: wrapped if necessary, otherwise shortened."""
    names = max((text_width(name) for name, _ in fields), default=0)
    indent = " " * (names + _GAP)
    columns = max(_LEAST, room - len(indent))
    for name, cell in fields:
        cell = _shown(cell)
        # A sentence is wrapped; a name or a list is shortened, so that all records have a similar height.
        sentence = " " in cell.text and not cell.items
        lines = [*wrapped(cell.text, columns)] if whole or sentence else [cell.fitted(columns, screen.mark)]
        for number, text in enumerate(lines):
            label = indent if number else screen.cell(name, len(indent), "bold")
            yield f"{label}{screen.paint(text, cell.style)}"


def _shown(cell: Cell) -> Cell:
    return cell._replace(text=shown(cell.text), items=tuple(map(shown, cell.items)))


def _fitting(table: Table, room: int) -> list[tuple[int, int]] | None:
    """Return the columns that fit, with their widths; None if no table fits."""
    natural = _natural_widths(table)
    left = list(range(len(table.columns)))
    while True:
        floors = {index: _floor(table.columns[index], natural[index], hard=False) for index in left}
        needed = sum(floors.values()) + _GAP * (len(left) - 1)
        if needed <= room:
            break
        droppable = [index for index in left if table.columns[index].rank]
        if not droppable:
            floors = {index: _floor(table.columns[index], natural[index], hard=True) for index in left}
            needed = sum(floors.values()) + _GAP * (len(left) - 1)
            if needed > room:
                return None
            break
        left.remove(max(droppable, key=lambda index: table.columns[index].rank))
    return _widened(floors, natural, room - needed)


def _natural_widths(table: Table) -> list[int]:
    widths = [text_width(column.name) for column in table.columns]
    for row in table.rows:
        for index, cell in enumerate(row.cells):
            widths[index] = max(widths[index], text_width(shown(cell.text)))
    return widths


def _floor(column: Column, natural: int, *, hard: bool) -> int:
    """Return the least width of the column; ``hard``: after every column that can be dropped was."""
    if column.comfort is None:
        return natural
    return min(natural, max(text_width(column.name), min(_LEAST, column.comfort) if hard else column.comfort))


def _widened(floors: dict[int, int], natural: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Return the widths with the free columns distributed to cells that are too narrow."""
    widths = dict(floors)
    while room > 0 and (narrow := [index for index in widths if widths[index] < natural[index]]):
        share = max(1, room // len(narrow))
        for index in narrow:
            more = min(share, natural[index] - widths[index], room)
            widths[index] += more
            room -= more
    return list(widths.items())
