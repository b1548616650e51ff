"""keys version."""

from __future__ import annotations

from bifrost_keys import __version__
from bifrost_keys.cli.output.formats import Document, show_document
from bifrost_keys.cli.session import Session


def version(session: Session) -> int:
    """Print the version of this program.

    Examples:
      keys version
      keys version -o json
    """
    show_document(session, Document(f"bifrost-keys {__version__}", {"version": __version__}))
    return 0
