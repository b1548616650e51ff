"""keys init."""

from __future__ import annotations

from bifrost_keys.cli.change_reporting import INITIAL_TEXT
from bifrost_keys.cli.output.changes import change_json
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import emit, emit_json
from bifrost_keys.cli.session import Session
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

    path = create_file(
        session.location().path, INITIAL_TEXT, lock_timeout=session.lock_timeout, on_wait=session.say_waiting
    )
    if session.quiet:
        return 0
    if session.output == "json":
        digest = hashlib.sha256(INITIAL_TEXT.encode()).hexdigest()
        config = {"path": path, "sha256_before": None, "sha256_after": digest}
        made = ChangeReport(path, (), (), Receipt(True, "next_start", {"config": config}), dry_run=False)
        emit_json(change_json(made), written=True)
    else:
        emit(shown(path), written=True)
    return 0
