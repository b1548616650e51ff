"""Turn errors of SQLite, on opening a database or in a later query, into a state of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bifrost_keys.gateway.restart.database_state import DatabaseState, unreadable

# Reasons that may be gone at the next try: the gateway may just have opened or closed its database.
PASSING = frozenset({"damaged", "io", "changing"})


class DatabaseFailedError(Exception):
    """A database cannot be read, or no longer. ``state`` says why, without any of its content."""

    def __init__(self, state: DatabaseState) -> None:
        super().__init__(state.reason)
        self.state = state


@contextmanager
def failures(path: str) -> Iterator[None]:
    """Raise DatabaseFailedError for every error of SQLite and of the conversion of its values."""
    import sqlite3

    try:
        yield
    except DatabaseFailedError:
        raise
    except sqlite3.Error as error:
        raise DatabaseFailedError(_refusal(path, error)) from None
    except Exception:  # for example UnicodeDecodeError, when sqlite3 decodes a text in a damaged file
        raise DatabaseFailedError(unreadable(path, "damaged", "it is damaged")) from None


def changing(path: str) -> DatabaseState:
    """Return the state of a database that was written to while it was read."""
    return unreadable(path, "changing", "another program keeps writing to it")


def _refusal(path: str, error: Exception) -> DatabaseState:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return unreadable(path, "locked", "another program has locked it")
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return unreadable(path, "permission", "its log cannot be opened")
    if name.startswith("SQLITE_IOERR"):
        return unreadable(path, "io", "it cannot be read")
    if name.startswith("SQLITE_NOTADB"):
        return unreadable(path, "not-sqlite", "it is not an SQLite database, or it is encrypted as a whole")
    return unreadable(path, "damaged", "it is damaged")
