"""keys init."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bifrost_keys.cli.change_reporting import INITIAL_TEXT
from bifrost_keys.cli.output.changes import ChangeResult
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.formats import show
from bifrost_keys.cli.output.screen import Screen, short_path
from bifrost_keys.cli.output.tables import Line, Part, line
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import BifrostKeysError, ConflictError
from bifrost_keys.gateway.secrets.masking import shown_path
from bifrost_keys.operations.results import ChangeReport
from bifrost_keys.stores.protocol import Receipt


def init(session: Session) -> int:
    """Create the smallest valid config.json, readable by its owner only.

    Examples:
      keys init
      keys init --app-dir ~/bifrost
    """
    import hashlib

    from bifrost_keys.stores.config_file.store import create_file

    wanted = session.location().path
    text, made = INITIAL_TEXT, True
    try:
        path = create_file(wanted, text, lock_timeout=session.lock_timeout, on_wait=session.say_waiting)
    except ConflictError as error:
        path, text, made = _existing(wanted, error)
    digest = hashlib.sha256(text.encode()).hexdigest()
    config = {"path": path, "sha256_before": None if made else digest, "sha256_after": digest}
    receipt = Receipt(made, "next_start", {"config": config})
    show(session, _Made(ChangeReport(path, (), (), receipt, dry_run=False)), written=made)
    return 0


@dataclass(frozen=True)
class _Made:
    """The config that was created, or was there already."""

    report: ChangeReport

    def json(self) -> dict[str, Any]:
        """The outcome in the form of every change."""
        return ChangeResult(self.report).json()

    def names(self) -> Iterable[str]:
        """The path."""
        return [shown(shown_path(self.report.path))]

    def parts(self, screen: Screen) -> Iterable[Part]:
        """A line."""
        path = short_path(shown_path(self.report.path), screen)
        if self.report.changed:
            yield Line((("created", "green"), (f" {path}", "")))
        else:
            yield line(f"{path} exists already: it was left as it is", "dim")


def _existing(path: str, error: ConflictError) -> tuple[str, str, bool]:
    """The path and the text of a config that is there already; raises ``error`` where it cannot be used."""
    from bifrost_keys.stores.config_file.store import FileStore

    store = FileStore(path)
    try:
        return store.path, store.read().document.text, False
    except BifrostKeysError:
        raise error from None
