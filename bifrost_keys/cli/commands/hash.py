"""keys hash."""

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.keys import label
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.tables import Cell, Column, Part, Row, Table, line
from bifrost_keys.cli.session import Session
from bifrost_keys.gateway.secrets.masking import shown_hash, shown_name
from bifrost_keys.operations.hash import HashView, list_hashes

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.keys import Hashes, KeyHash


def hash_(
    session: Session,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="Show these keys only: NAME, PROVIDER/NAME or id.", show_default=False
        ),
    ] = None,
    env: Annotated[
        bool,
        flag("--env", "Resolve references inside config objects from this environment.", OPTIONS_PANEL),
    ] = False,
) -> int:
    """Show each key's hash as the gateway computes it, and the recorded hash.

    Examples:
      keys hash
      keys hash openai/prod azure/eu --env
      keys hash -o json --gateway-release 1.5.1
    """
    snapshot = session.config_store().read(lenient=True)
    basis = snapshot.gateway.basis
    environ = os.environ if env else None
    views = tuple(list_hashes(snapshot, names or (), basis=basis, environ=environ))
    show(session, _Hashes(views))
    return 0


class _Hashes(NamedTuple):
    """The computed and the recorded hash of each key."""

    views: Sequence[HashView]

    def json(self) -> "Hashes":
        """Return the hashes and their number."""
        return {"keys": map(_json, self.views), "total": len(self.views)}

    def names(self) -> Iterable[str]:
        """Return the names that select the keys."""
        return (label(view.provider, view.name) for view in self.views)

    def parts(self, screen: Screen) -> Iterable[Part]:
        """Yield a table."""
        if not self.views and screen.columns is not None:
            yield line("0 keys")
            return
        yield Table(
            (Column("key", comfort=24), Column("hash", comfort=16), Column("recorded")), map(_row, self.views)
        )


def _row(view: HashView) -> Row:
    return Row((Cell(label(view.provider, view.name)), Cell(view.hash), _match(view)))


def _match(view: HashView) -> Cell:
    if view.match:
        return Cell("equal", "green")
    if not view.reproducible:
        return Cell("only the gateway knows it", "dim")
    return Cell("none") if view.match is None else Cell("differs", "yellow")


def _json(view: HashView) -> "KeyHash":
    return {
        "provider": shown_name(view.provider),
        "name": view.name,
        "hash": view.hash,
        "recorded": view.recorded and shown_hash(view.recorded),
        "match": view.match,
        "reproducible": view.reproducible,
    }
