"""keys list."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from bifrost_keys.cli.global_values import bad_value
from bifrost_keys.cli.options import OPTIONS_PANEL, flag, value_option
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.keys import key_json, key_record, list_table, number_of
from bifrost_keys.cli.output.messages import say_warnings, warning_json
from bifrost_keys.cli.output.screen import Screen, short_path
from bifrost_keys.cli.output.tables import Part, footer, line
from bifrost_keys.cli.session import Session
from bifrost_keys.gateway.secrets.masking import shown_name, shown_path
from bifrost_keys.operations.list import SORTED_BY, Filters, ListedKeys, list_keys
from bifrost_keys.operations.results import KeyView
from bifrost_keys.stores.protocol import Notice, Snapshot

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.keys import KeyList, ListedKey


def list_(
    session: Session,
    provider: Annotated[
        str | None,
        typer.Argument(metavar="PROVIDER", help="List the keys of this provider only.", show_default=False),
    ] = None,
    model: Annotated[
        str | None,
        value_option("--model", "MODEL", "List only the keys that may serve this model.", OPTIONS_PANEL),
    ] = None,
    enabled: Annotated[
        bool | None,
        flag("--enabled/--disabled", "List only the enabled keys, or only the disabled ones.", OPTIONS_PANEL),
    ] = None,
    sort: Annotated[
        str | None,
        value_option(
            "--sort",
            "|".join(SORTED_BY),
            "Sort by this field, instead of the order of the file; the greatest weight comes first.",
            OPTIONS_PANEL,
        ),
    ] = None,
) -> int:
    """List the keys, with secrets masked.

    Examples:
      keys list
      keys list openai --enabled
      keys list --model gpt-4o --sort weight
      keys list -o name | xargs keys disable --dry-run
    """
    if sort is not None and sort not in SORTED_BY:
        raise bad_value("--sort", f"must be {', '.join(SORTED_BY[:-1])} or {SORTED_BY[-1]}")
    snapshot = session.store().read(lenient=True)
    views = list_keys(snapshot, provider, Filters(model, enabled))
    views = views.sorted(sort) if sort is not None else views
    notices = _gateway_values(snapshot, provider, model=model, enabled=enabled) + session.passed_over()
    say_warnings(session, notices)
    show(session, _Listing(views, snapshot.source, tuple(notices), verbose=session.verbose))
    return 0


def _gateway_values(
    snapshot: Snapshot, provider: str | None, *, model: str | None, enabled: bool | None
) -> list[Notice]:
    """Return notices about the values of the running gateway, for the fields of the filters."""
    fields = {"enabled"} if enabled is not None else set()
    fields |= {"models", "blacklisted_models"} if model is not None else set()
    if not fields:
        return []
    from bifrost_keys.operations.gateway_values import gateway_values

    return [each for each in gateway_values(snapshot, provider, fields) if each.code == "gateway-differs"]


class _Listing(NamedTuple):
    """The keys of a store; ``verbose``: each with every field."""

    views: ListedKeys
    source: str
    notices: Sequence[Notice] = ()
    verbose: bool = False

    def json(self) -> "KeyList":
        """Return the keys and their number."""
        told: KeyList = {
            "keys": map(_key_json, self.views),
            "total": len(self.views),
        }
        if self.notices:
            told["warnings"] = [warning_json(each) for each in self.notices]
        return told

    def names(self) -> Iterable[str]:
        """Return the names that select the keys."""
        return (shown(view.label) for view in self.views)

    def parts(self, screen: Screen) -> Iterable[Part]:
        """Yield a table, and the place of the keys."""
        if self.verbose and screen.columns is not None:
            yield from self._records()
        elif self.views or screen.columns is None:
            yield list_table(self.views)
        count = number_of(len(self.views), "key")
        yield footer(f"{count} in {short_path(shown_path(self.source), screen)}", "dim")
        if not self.views:
            yield footer("keys create PROVIDER adds one")

    def _records(self) -> Iterable[Part]:
        for view in self.views:
            yield line(view.label, "bold")
            yield key_record(view.provider, view.key, indent=2)


def _key_json(view: KeyView) -> "ListedKey":
    return {"provider": shown_name(view.provider), "key": key_json(view.key)}
