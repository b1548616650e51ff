"""keys status."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.keys import NOTHING, label, number_of
from bifrost_keys.cli.output.messages import say, say_warnings
from bifrost_keys.cli.output.screen import Screen, Style, short_paths
from bifrost_keys.cli.output.status_json import status_json
from bifrost_keys.cli.output.tables import Cell, Column, Part, Row, Table, footer
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import (
    EXIT_DIFFERENCES,
    AccessDeniedError,
    BifrostKeysError,
    ConfigUnusableError,
    IOFailureError,
    NotFoundError,
)
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.status import NOT_COMPARED, NOTHING_CHANGES, KeyStatus, StatusReport, meaning

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.comparison import Status
    from bifrost_keys.gateway.restart.database_state import DatabaseState

_TESTED: Final[Mapping[str, Style]] = {"success": "green", "list_models_failed": "red"}
# The exit code with --exit-code if the database cannot be read.
_UNREADABLE: Final[Mapping[str, type[BifrostKeysError]]] = {
    "permission": AccessDeniedError,
    "reference": NotFoundError,
    "config-store": ConfigUnusableError,
}


def status(
    session: Session,
    exit_code: Annotated[
        bool, flag("--exit-code", "Exit 10 if the file and the database differ.", OPTIONS_PANEL)
    ] = False,
) -> int:
    """Compare the file with the gateway's own database, and show what its next start will do.

    With --gateway or --live, compare it with the running gateway, as keys diff does.

    Examples:
      keys status
      keys status --exit-code -q
      keys status --live
      keys status --app-dir /app/data -o json
    """
    from bifrost_keys.operations.status import status as compare_all

    store = session.config_store()
    report = compare_all(store.read(lenient=True))
    say_warnings(session, report.notices)
    show(session, _Comparison(store.path, report))
    if report.differs is None and not session.format.structured:
        if exit_code and session.quiet:
            say("error", _database_text(report.database), screen=session.err)
        elif session.screen.columns is None and not session.quiet:  # the table does not show it
            say("note", f"database: {_database_text(report.database)}", screen=session.err)
    return _exit_code(report) if exit_code else 0


class _Comparison(NamedTuple):
    """The keys of a file compared with the rows of the gateway's database."""

    path: str
    report: StatusReport

    def json(self) -> "Status":
        """Return every key with its state, and the database that it was compared with."""
        return status_json(self.path, self.report, _database_text(self.report.database))

    def names(self) -> Iterable[str]:
        """Return the keys that differ."""
        return (label(key.provider, key.name) for key in self.report.keys if key.state != "in-sync")

    def parts(self, screen: Screen) -> Iterable[Part]:
        """Yield the database, a table of the keys, and what the next start will do."""
        if screen.columns is None:
            yield _whole_table(self.report)
            return
        yield footer(f"database: {short_paths(_database_text(self.report.database), screen)}", "dim")
        if self.report.keys:
            columns = (
                Column("key", comfort=20),
                Column("state", comfort=28),
                Column("last test", rank=1, comfort=18),
            )
            yield Table(columns, map(_row, self.report.keys))
        yield from _summary(self.report)


def _row(key: KeyStatus) -> Row:
    tested = Cell(_gateway_text(key) or NOTHING, _TESTED.get(key.status, ""))
    return Row((Cell(_label(key)), Cell(key.meaning, _style(key)), tested))


def _style(key: KeyStatus) -> Style:
    if key.state == NOT_COMPARED:
        return "dim"
    return "green" if key.state == "in-sync" else "yellow"


def _whole_table(report: StatusReport) -> Table:
    head = ("provider", "name", "state", "next start", "status", "description")
    return Table([Column(name) for name in head], map(_whole_row, report.keys))


def _whole_row(key: KeyStatus) -> Row:
    names = map(shown_name, (key.provider, key.name))
    texts = (*names, key.meaning, key.next_start, key.status, key.description)
    return Row([Cell(text or NOTHING) for text in texts])


def _label(key: KeyStatus) -> str:
    old = f"{shown_name(key.row_name or '')} → " if key.state == "renamed" else ""
    return f"{shown_name(key.provider)}/{old}{shown_name(key.name)}"


def _gateway_text(key: KeyStatus) -> str:
    return f"{key.status}: {key.description}" if key.description else key.status


def _summary(report: StatusReport) -> Iterable[Part]:
    """Yield what the next start does with each kind of key, if the table does not show it, and the total."""
    told = Counter(
        (key.state, key.next_start)
        for key in report.keys
        if key.state != NOT_COMPARED and key.next_start != NOTHING_CHANGES
    )
    if told:
        yield footer("at its next start the gateway", "bold")
        for (state, next_start), count in told.items():
            yield footer(f"  {meaning(state)} ({count}): {next_start}")
    if report.left_by is not None:
        yield footer(f"the database was written by {report.left_by}", "dim")
    synced = sum(key.state == "in-sync" for key in report.keys)
    compared = f"{synced} in sync" if report.differs is not None else "not compared"
    yield footer(f"{number_of(len(report.keys), 'key')}, {compared}", "yellow" if report.differs else "")


def _database_text(database: "DatabaseState") -> str:
    if database.kind == "read":
        return str(database.path)
    if database.kind == "disabled":
        return "switched off in the file, so the file always wins"
    if database.kind == "postgres":
        return "PostgreSQL, which cannot be read from here"
    if database.kind == "absent":
        where = database.path or "none, because the file is a stream"
        return f"none at {where}: the gateway creates it at its first start, unless it has one elsewhere"
    where = f"{database.path} " if database.path else ""
    return f"{where}cannot be read: {database.why}"


def _exit_code(report: StatusReport) -> int:
    if report.differs is not None:
        return EXIT_DIFFERENCES if report.differs else 0
    if report.database.kind == "unreadable":
        return _UNREADABLE.get(report.database.reason, IOFailureError).exit_code
    return NotFoundError.exit_code
