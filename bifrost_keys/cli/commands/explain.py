"""keys explain."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.keys import NOTHING, label, value_cell
from bifrost_keys.cli.output.messages import say_warnings, warning_json
from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.tables import Cell, Column, Part, Row, Table, footer
from bifrost_keys.cli.session import Session
from bifrost_keys.operations.explain import Explanation
from bifrost_keys.stores.protocol import Notice

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.findings import Routes

_BAR_CHARACTERS: Final = 20


def explain(
    session: Session,
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="The provider of the request.")],
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model of the request.")],
    batch: Annotated[bool, flag("--batch", "Explain batch and file requests.", OPTIONS_PANEL)] = False,
) -> int:
    """Show which keys the gateway may use for a model, how often, and why it does not use the others.

    Examples:
      keys explain openai gpt-4o
      keys explain openai gpt-4o --batch -o json
    """
    from bifrost_keys.operations.explain import explain as explain_model
    from bifrost_keys.operations.gateway_values import gateway_values

    snapshot = session.store().read(lenient=True)
    answer = explain_model(snapshot, provider, model, batch=batch)
    notices = gateway_values(snapshot, provider)
    say_warnings(session, notices)
    show(session, _Routes(answer, tuple(notices)))
    return 0


class _Routes(NamedTuple):
    """The keys that serve a model, with their share, and the reasons why the others do not."""

    answer: Explanation
    notices: Sequence[Notice] = ()

    def json(self) -> "Routes":
        """Return the keys that serve the model and the others, each by provider and name."""
        answer = self.answer
        return {
            "provider": answer.provider,
            "model": answer.model,
            "batch": answer.batch,
            "keyless": answer.keyless,
            "even": answer.even,
            "candidates": (
                {
                    "provider": answer.provider,
                    "name": key.name,
                    "id": key.id,
                    "weight": key.weight,
                    "share_percent": round(key.share, 4),
                    "model": key.target,
                }
                for key in answer.candidates
            ),
            "excluded": (
                {
                    "provider": answer.provider,
                    "name": key.name,
                    "id": key.id,
                    "rule": key.rule,
                    "reason": key.reason,
                }
                for key in answer.excluded
            ),
            "warnings": [warning_json(notice) for notice in self.notices],
        }

    def names(self) -> Iterable[str]:
        """Return the keys that serve the model."""
        return (label(self.answer.provider, key.name) for key in self.answer.candidates)

    def parts(self, screen: Screen) -> Iterable[Part]:
        """Yield, for people, a table of the keys that serve and one of the others; otherwise one table."""
        answer = self.answer
        if screen.columns is None:
            yield self._all()
            return
        if answer.keyless:
            yield footer(f"{answer.provider} is keyless: requests are sent without a key")
            return
        if answer.candidates:
            yield self._serving(screen)
            if answer.even:
                yield footer("every weight counts as 0: the keys are drawn evenly")
        else:
            kind = "batch requests for " if answer.batch else ""
            yield footer(f"no key of {answer.provider} serves {kind}{answer.model}", "yellow")
        if answer.excluded:
            yield footer("")
            columns = (Column("not used", comfort=20), Column("rule"), Column("because", comfort=24))
            rows = [
                Row((self._key(each.name), Cell(each.rule), Cell(each.reason))) for each in answer.excluded
            ]
            yield Table(columns, rows)

    def _serving(self, screen: Screen) -> Table:
        columns = (
            Column("key", comfort=20),
            Column("share", right=True),
            Column("", rank=2),
            Column("weight", rank=1, right=True),
            Column("asks for", comfort=20),
        )
        mark = "█" if screen.unicode else "#"
        rows = []
        for key in self.answer.candidates:
            bar = Cell(mark * max(1, round(key.share / 100 * _BAR_CHARACTERS)), "green")
            cells = (self._key(key.name), Cell(_percent(key.share)), bar, value_cell(key.weight))
            rows.append(Row((*cells, Cell(key.target))))
        return Table(columns, rows)

    def _all(self) -> Table:
        head = [Column(name) for name in ("key", "share", "weight", "asks for", "rule", "because")]
        return Table(head, self._rows())

    def _rows(self) -> Iterator[Row]:
        empty = Cell(NOTHING)
        for key in self.answer.candidates:
            share, weight = Cell(_percent(key.share)), value_cell(key.weight)
            yield Row((self._key(key.name), share, weight, Cell(key.target), empty, empty))
        for other in self.answer.excluded:
            because = (Cell(other.rule), Cell(other.reason))
            yield Row((self._key(other.name), Cell("0 %"), empty, empty, *because))

    def _key(self, name: str) -> Cell:
        return Cell(label(self.answer.provider, name))


def _percent(share: float) -> str:
    return f"{share:.1f} %" if share % 1 else f"{share:.0f} %"
