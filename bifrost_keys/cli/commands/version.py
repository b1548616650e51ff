"""keys version."""

from typing import TYPE_CHECKING

from bifrost_keys import __version__
from bifrost_keys.cli.output.formats import Document, show_document
from bifrost_keys.cli.session import Session

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.program import Version


def version(session: Session) -> int:
    """Print the version of this program.

    Examples:
      keys version
      keys version -o json
    """
    told: Version = {"version": __version__}
    show_document(session, Document(f"bifrost-keys {__version__}", told))
    return 0
