"""keys diff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.change_json import gateway_json
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.keys import NOTHING, label, number_of
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.tables import Cell, Column, Part, Row, Table, footer
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import EXIT_DIFFERENCES
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.operations.diff import KeyDiff, compare_stores
from bifrost_keys.stores.protocol import GatewayFacts

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.comparison import Diff
    from bifrost_keys.cli.output.contract.comparison import KeyDiff as KeyDiffJson


def diff(
    session: Session,
    exit_code: Annotated[
        bool, flag("--exit-code", "Exit 10 if the file and the gateway differ.", OPTIONS_PANEL)
    ] = False,
) -> int:
    """Compare the config file with a running gateway, key by key; no secret is read.

    Examples:
      keys diff --gateway https://gateway.example --token-file token
      keys diff --live --exit-code -q
      keys diff --live --config /app/data/config.json -o json
    """
    stores = session.selection.file_and_gateway()
    file, gateway = stores[0].read(lenient=True), stores[1].read()
    result = _Comparison(tuple(compare_stores(file, gateway)), file.source, gateway.describe())
    show(session, result)
    return EXIT_DIFFERENCES if exit_code and result.differing else 0


@dataclass(frozen=True)
class _Comparison:
    """The keys of a file compared with those of a gateway."""

    found: Sequence[KeyDiff]
    file: str
    gateway: GatewayFacts

    @property
    def differing(self) -> list[KeyDiff]:
        """The keys that differ."""
        return [each for each in self.found if each.state != "in-sync"]

    def json(self) -> "Diff":
        """Return every key with its state, and what was compared."""
        return {
            "keys": [_json(each) for each in self.found],
            "total": len(self.found),
            "differences": bool(self.differing),
            "config": {"path": self.file},
            "store": gateway_json(self.gateway),
        }

    def names(self) -> Iterable[str]:
        """Return the keys that differ."""
        return (label(each.provider, each.name) for each in self.differing)

    def parts(self, screen: Screen) -> Iterable[Part]:
        """Yield a table, and the number of keys that differ."""
        if self.found or screen.columns is None:
            rows = [Row((Cell(label(each.provider, each.name)), *_cells(each))) for each in self.found]
            yield Table((Column("key", comfort=24), Column("state"), Column("fields", comfort=20)), rows)
        count = len(self.differing)
        summary = f"{count} of {number_of(len(self.found), 'key')} differ" if count else "no differences"
        yield footer(summary, "yellow" if count else "green")


def _cells(each: KeyDiff) -> tuple[Cell, Cell]:
    state = each.state.replace("-", " ")
    if each.name_at_gateway is not None:
        state += f" ({shown_name(each.name_at_gateway)} at the gateway)"
    fields = Cell(", ".join(each.fields), "", each.fields)
    if not each.fields:
        fields = Cell("secret looks equal" if each.looks_equal else NOTHING, "dim")
    return Cell(state, "green" if each.state == "in-sync" else "yellow"), fields


def _json(each: KeyDiff) -> "KeyDiffJson":
    return {
        "provider": shown_name(each.provider),
        "name": each.name,
        "state": each.state,
        "fields": list(each.fields),
        "name_at_gateway": shown_name(each.name_at_gateway) if each.name_at_gateway is not None else None,
        "looks_equal": each.looks_equal,
    }
