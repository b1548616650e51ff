"""keys path."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, NamedTuple

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import Document, show, show_document
from bifrost_keys.cli.output.keys import NOTHING
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.tables import Cell, Column, Part, Row, Table, footer
from bifrost_keys.cli.selection import Whereabouts, creation
from bifrost_keys.cli.session import Session

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import GatewayPath, Path


def path(
    session: Session,
    explain: Annotated[
        bool,
        flag("--explain", "Show which rule selected the file, and which paths were tried.", OPTIONS_PANEL),
    ] = False,
) -> int:
    """Print the path of the config.json that is used, or the address and release of the gateway.

    Examples:
      keys path
      keys path --explain
      keys path --live
    """
    found = session.selection.whereabouts()
    if explain:
        show(session, _Explained(found))
    else:
        show_document(session, Document(shown(found.text), found.told))
    if not found.exists and not session.quiet and not session.format.structured:
        told = f"the file does not exist; {creation(session.selection.program)}"
        say("note", told, screen=session.err)
    return 0


class _Explained(NamedTuple):
    """The place of the keys, with the places that were tried."""

    found: Whereabouts

    def json(self) -> "Path | GatewayPath":
        """Return the place of the keys, and each place that was tried with its result."""
        told = self.found.told.copy()
        told["tried"] = [
            {"rule": place.rule, "path": place.path or None, "result": place.why}
            for place in self.found.tried
        ]
        return told

    def names(self) -> Iterable[str]:
        """Return the place of the keys."""
        return [shown(self.found.text)]

    def parts(self, _: Screen) -> Iterable[Part]:
        """Yield a table of the places, in the order in which they are tried."""
        yield footer(self.found.text, "bold")
        rows = [
            Row((Cell(place.rule), Cell(place.path or NOTHING), Cell(place.why)))
            for place in self.found.tried
        ]
        yield Table((Column("rule"), Column("path", comfort=24), Column("result", comfort=24)), rows)
