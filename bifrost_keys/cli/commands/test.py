"""keys test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from bifrost_keys.cli.options import (
    OPTIONS_PANEL,
    AllOption,
    chosen,
    value_option,
)
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.keys import NOTHING, label, number_of
from bifrost_keys.cli.output.progress import progress
from bifrost_keys.cli.output.screen import Screen, Style
from bifrost_keys.cli.output.tables import Cell, Column, Part, Row, Table, footer
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import NotFoundError
from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.selectors import find_keys
from bifrost_keys.operations.test import KeyTest, Status, run_tests
from bifrost_keys.stores.protocol import Key, Snapshot

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.findings import KeyTest as KeyTestJson
    from bifrost_keys.cli.output.contract.findings import Tests as TestsJson

_FAILED: Final = 1
_STYLES: Final[Mapping[Status, Style]] = {
    "success": "green",
    "list_models_failed": "red",
    "not_tested": "yellow",
}


def test(
    session: Session,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="The keys: a provider's, or NAME, PROVIDER/NAME, id, or a quoted pattern such as '*/prod'.",
            show_default=False,
        ),
    ] = None,
    every: AllOption = False,
    env_file: Annotated[
        str | None,
        value_option(
            "--env-file", "FILE", "Take the variables that keys refer to from this file.", OPTIONS_PANEL
        ),
    ] = None,
) -> int:
    """Ask each key's provider whether the key works, as the gateway's own model discovery does.

    Examples:
      keys test openai/prod
      keys test openai
      keys test --all --env-file bifrost.env
    """
    selectors = chosen(session, names, every)
    with progress(session, "test") as tell:
        snapshot = session.store(file_only={"--env-file": env_file is not None}).read(lenient=True)
        keys, tester = _chosen(snapshot, selectors), session.selection.tester(snapshot, env_file)
        results = run_tests(tester, keys, on_progress=tell)
    show(session, _Tests(tuple(results)))
    failed = any(result.status == "list_models_failed" for result in results)
    if not failed and all(result.status == "not_tested" for result in results):
        return NotFoundError.exit_code
    return _FAILED if failed else 0


def _chosen(snapshot: Snapshot, names: Sequence[str]) -> list[Key]:
    """Return the named keys; the name of a provider selects all of its keys."""
    patterns = [f"{name}/*" if _is_provider(snapshot, name) else name for name in names]
    return find_keys(snapshot, patterns, patterns=True)


def _is_provider(snapshot: Snapshot, name: str) -> bool:
    return "/" not in name and (built_in(name) is not None or snapshot.provider_name(name) is not None)


@dataclass(frozen=True)
class _Tests:
    """The results of the tests."""

    results: Sequence[KeyTest]

    @property
    def counts(self) -> Mapping[Status, int]:
        """The number of keys with each status."""
        return {status: sum(each.status == status for each in self.results) for status in _STYLES}

    def json(self) -> "TestsJson":
        """Return every test, and the number of keys with each status."""
        counts = self.counts
        return {
            "keys": [_json(each) for each in self.results],
            "total": len(self.results),
            "success": counts["success"],
            "list_models_failed": counts["list_models_failed"],
            "not_tested": counts["not_tested"],
        }

    def names(self) -> Iterable[str]:
        """Return the keys that work."""
        return (label(each.provider, each.name) for each in self.results if each.status == "success")

    def parts(self, _: Screen) -> Iterable[Part]:
        """Yield a table, and the number of keys that work."""
        columns = (
            Column("key", comfort=24),
            Column("status"),
            Column("models", rank=1, right=True),
            Column("description", comfort=24),
        )
        yield Table(columns, [_row(each) for each in self.results])
        works = "works" if len(self.results) == 1 else "work"
        untested = f", {left} not tested" if (left := self.counts["not_tested"]) else ""
        total = number_of(len(self.results), "key")
        yield footer(f"{self.counts['success']} of {total} {works}{untested}", "dim")


def _row(result: KeyTest) -> Row:
    about = result.description
    if result.not_listed:
        about = f"{about}{'; ' if about else ''}not listed: {', '.join(result.not_listed)}"
    models = NOTHING if result.listed is None else str(result.listed)
    status = Cell(result.status, _STYLES[result.status])
    return Row((Cell(label(result.provider, result.name)), status, Cell(models), Cell(about or NOTHING)))


def _json(result: KeyTest) -> "KeyTestJson":
    return {
        "provider": shown_name(result.provider),
        "name": result.name,
        "status": result.status,
        "description": result.description,
        "models_listed": result.listed,
        "not_listed": list(result.not_listed),
    }
