"""keys version."""

from __future__ import annotations

from bifrost_keys import __version__
from bifrost_keys.cli.output.streams import emit, emit_json
from bifrost_keys.cli.session import Session


def version(session: Session) -> int:
    """Print the version of this program.

    Examples:
      keys version
      keys version -o json
    """
    if session.output == "json":
        emit_json({"version": __version__})
    else:
        emit(f"bifrost-keys {__version__}")
    return 0
