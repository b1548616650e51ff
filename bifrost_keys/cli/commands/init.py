"""keys init."""

from __future__ import annotations

from bifrost_keys.cli.change_reporting import INITIAL_TEXT
from bifrost_keys.cli.output.changes import change_json
from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.streams import emit, emit_json
from bifrost_keys.cli.session import Session, print_to_stderr
from bifrost_keys.errors import BifrostKeysError, ConflictError
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
    if session.quiet:
        return 0
    if session.output == "json":
        digest = hashlib.sha256(text.encode()).hexdigest()
        config = {"path": path, "sha256_before": None if made else digest, "sha256_after": digest}
        receipt = Receipt(made, "next_start", {"config": config})
        emit_json(change_json(ChangeReport(path, (), (), receipt, dry_run=False)), written=made)
    else:
        emit(shown(path), written=made)
        if not made:
            print_to_stderr(shown(f"{path} exists already; it was left as it is"))
    return 0


def _existing(path: str, error: ConflictError) -> tuple[str, str, bool]:
    """The path and the text of a config that is there already; raises ``error`` where it cannot be used."""
    from bifrost_keys.stores.config_file.store import FileStore

    store = FileStore(path)
    try:
        return store.path, store.read().document.text, False
    except BifrostKeysError:
        raise error from None
