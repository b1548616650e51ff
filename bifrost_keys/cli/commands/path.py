"""keys path."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.change_json import gateway_json
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import Document, show, show_document
from bifrost_keys.cli.output.keys import NOTHING
from bifrost_keys.cli.output.messages import say
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.tables import Cell, Column, Part, Row, Table, footer
from bifrost_keys.cli.session import Session
from bifrost_keys.stores.config_file.locate import Location

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import GatewayPath, Path


def path(
    session: Session,
    explain: Annotated[
        bool,
        flag("--explain", "Show which rule selected the file, and which paths were tried.", OPTIONS_PANEL),
    ] = False,
) -> int:
    """Print the path of the config.json that is used.

    Examples:
      keys path
      keys path --explain
    """
    if session.at_gateway:
        return _gateway(session)
    location = session.location()
    found = _Found(location, os.path.lexists(location.path), explained=explain)
    if explain:
        show(session, found)
    else:
        show_document(session, Document(shown(location.path), found.json()))
    if not found.exists and not session.quiet and not session.format.structured:
        say("note", "the file does not exist; keys init creates it", screen=session.err)
    return 0


@dataclass(frozen=True)
class _Found:
    """The file that was chosen, with the places that were tried if it is ``explained``."""

    location: Location
    exists: bool
    explained: bool

    def json(self) -> Path:
        """The path, the rule that chose it, and whether the file is there."""
        told: Path = {"path": self.location.path, "rule": self.location.rule, "exists": self.exists}
        if self.explained:
            told["tried"] = [
                {"rule": place.rule, "path": place.path or None, "result": place.why}
                for place in self.location.tried
            ]
        return told

    def names(self) -> Iterable[str]:
        """The path."""
        return [shown(self.location.path)]

    def parts(self, _: Screen) -> Iterable[Part]:
        """A table of the places, in the order in which they are tried."""
        yield footer(self.location.path, "bold")
        rows = [
            Row((Cell(place.rule), Cell(place.path or NOTHING), Cell(place.why)))
            for place in self.location.tried
        ]
        yield Table((Column("rule"), Column("path", comfort=24), Column("result", comfort=24)), rows)


def _gateway(session: Session) -> int:
    """Print the address of the gateway, its release, and whether it keeps a database."""
    store = session.gateway_store()
    about = store.read().describe()
    kept = "keeps a database" if about.persistent else "has no database: a restart forgets changes"
    text = f"{store.path}: release {about.release or 'unknown'}, {kept}"
    told: GatewayPath = {"store": gateway_json(about)}
    show_document(session, Document(shown(text), told))
    return 0
