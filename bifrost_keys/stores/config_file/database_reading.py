"""Open an SQLite database of the gateway to read its keys and providers.

The database is opened read-only. Nothing is written, no file is left behind, and a gateway that has the
database open is not disturbed. An error of SQLite becomes a ``DatabaseState``.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from typing import TYPE_CHECKING

from bifrost_keys.gateway.restart.database_state import DatabaseState, unreadable
from bifrost_keys.stores.config_file.database_failure import DatabaseFailedError, failures

if TYPE_CHECKING:
    import sqlite3

    from bifrost_keys.gateway.restart.database_row import KeyRow

_BUSY_SECONDS = 0.25
_MAGIC = b"SQLite format 3\0"
_DEADMAN_BYTE = 128  # the byte of the -shm file that every connection of SQLite locks


class OpenDatabase:
    """One state of a database, from the moment when it is opened until it is closed.

    The rows of ``state`` raise DatabaseFailedError if they cannot be read any more. What they returned is
    right only if the database is current afterwards: without a log, nothing prevents a gateway from writing
    to the pages that are read.
    """

    def __init__(
        self, state: DatabaseState, connection: sqlite3.Connection | None = None, files: _Files | None = None
    ) -> None:
        self.state = state
        self._connection = connection
        self._files = files

    @property
    def is_current(self) -> bool:
        """Whether everything that was read belongs to one state of the database."""
        return self._files is None or self._files.are_unchanged()

    def close(self) -> None:
        """End the transaction, and leave the directory as it was."""
        if self._connection is not None and self._files is not None:
            self._connection.close()
            self._files.clean()
            self._connection = None


def open_sqlite(path: str, convert: Callable[[KeyRow], KeyRow]) -> OpenDatabase:
    """Return the keys and providers in this file, or why they cannot be read. Never raise.

    Every row goes through ``convert``.
    """
    from bifrost_keys.stores.config_file.database_tables import read_tables  # needed only for a database

    refused = _not_a_database(path)
    if refused is not None:
        return OpenDatabase(refused)
    files = _Files(path)
    connection: sqlite3.Connection | None = None
    try:
        with failures(path):
            connection = _connect(files)
            state = read_tables(connection, path, convert)
    except DatabaseFailedError as failure:
        state = failure.state
    opened = OpenDatabase(state, connection, files)
    if state.kind != "read":
        opened.close()
        return OpenDatabase(state)
    return opened


def _connect(files: _Files) -> sqlite3.Connection:
    import sqlite3
    from urllib.parse import quote

    uri = f"file:{quote(os.fsencode(files.real))}?{'mode=ro' if files.logged else 'immutable=1'}"
    connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    connection.execute("pragma cache_size = -256")  # KiB: a pass over the rows needs each page only once
    connection.execute("begin")  # all queries must see the same state of the database
    return connection


class _Files:
    """A database file and those that SQLite keeps next to it, before it is opened."""

    def __init__(self, path: str) -> None:
        self.real = os.path.realpath(path)  # SQLite follows links: its log is next to the real database
        # If there is a log, the database must be read through it; if there is none, nobody is writing.
        self.logged = _is_logged(self.real)
        self._had_index = os.path.lexists(f"{self.real}-shm")
        self._version = _version(self.real)

    def are_unchanged(self) -> bool:
        """Return whether the file has not been written to while it was read without a log."""
        return self.logged or (not _is_logged(self.real) and _version(self.real) == self._version)

    def clean(self) -> None:
        """Remove the index of the log if SQLite created it here."""
        if self.logged and not self._had_index:
            _remove_index(f"{self.real}-shm")


def _version(real: str) -> tuple[int, ...] | None:
    """Return a value that changes whenever the file itself is written to."""
    try:
        status = os.stat(real)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _is_logged(real: str) -> bool:
    """Return whether the database has a log in use. An empty log without an index is a leftover."""
    for suffix in ("-wal", "-journal"):
        with contextlib.suppress(OSError):
            if os.lstat(real + suffix).st_size > 0 or suffix == "-journal" or os.path.lexists(f"{real}-shm"):
                return True
    return False


def _not_a_database(path: str) -> DatabaseState | None:
    """Return why ``path`` is not a database, without blocking on it, because it may be a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        return unreadable(path, "permission", "permission denied")
    except FileNotFoundError:
        return unreadable(path, "empty", "it is a link to a file that does not exist")
    except OSError as error:
        return unreadable(path, "io", error.strerror or "it cannot be opened")
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return unreadable(path, "not-sqlite", "it is not a regular file")
        header = os.read(descriptor, len(_MAGIC))
    except OSError as error:
        return unreadable(path, "io", error.strerror or "it cannot be read")
    finally:
        os.close(descriptor)
    if not header:
        return unreadable(path, "empty", "it is empty")
    if header != _MAGIC:
        return unreadable(path, "not-sqlite", "it is not an SQLite database")
    return None


def _remove_index(path: str) -> None:
    """Remove the ``-shm`` file that SQLite created here, unless a gateway has opened it in the meantime."""
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        # Every connection has a shared lock on this byte: an exclusive one proves that there is no other.
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _DEADMAN_BYTE)
        os.unlink(path)
    except OSError:
        return
    finally:
        os.close(descriptor)
