"""keys init."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bifrost_keys.cli.change_reporting import INITIAL_TEXT
from bifrost_keys.cli.output.changes import ChangeResult
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.screen import Screen, short_path
from bifrost_keys.cli.output.tables import Line, Part, line
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import ConfigUnusableError, ConflictError
from bifrost_keys.gateway.secrets.masking import shown_path
from bifrost_keys.operations.results import ChangeReport

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.changes import Changes


def init(session: Session) -> int:
    """Create the smallest valid config.json, readable by its owner only.

    Examples:
      keys init
      keys init --app-dir ~/bifrost
    """
    from bifrost_keys.operations.planning.plan import make_change

    path = session.location().path
    existed = os.path.exists(path)
    store = session.config_store(initial=None if existed else INITIAL_TEXT)
    try:
        # An existing file is only read, so nobody has to wait for its lock.
        report = make_change(store, lambda _: None, dry_run=existed)
    except ConfigUnusableError as error:
        if not existed:
            raise
        message = f"{path} exists already; it was not changed"
        raise ConflictError(message, code="config-exists", hint=error.message) from None
    show(session, _Made(report._replace(dry_run=False)), written=report.changed)
    return 0


@dataclass(frozen=True)
class _Made:
    """The config that was created, or that existed already."""

    report: ChangeReport

    def json(self) -> "Changes":
        """Return the outcome in the form of every change."""
        return ChangeResult(self.report).json()

    def names(self) -> Iterable[str]:
        """Return the path."""
        return [shown(shown_path(self.report.path))]

    def parts(self, screen: Screen) -> Iterable[Part]:
        """Yield a line."""
        path = short_path(shown_path(self.report.path), screen)
        if self.report.changed:
            yield Line((("created", "green"), (f" {path}", "")))
        else:
            yield line(f"{path} exists already: it was not changed", "dim")
