"""Read the keys and providers in an SQLite database of the gateway.

The database is opened read-only. Nothing is written, no file is left behind, and a gateway that has the
database open is not disturbed. An error of SQLite becomes a ``DatabaseState``.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bifrost_keys.gateway.providers.settings_hash import FLAG_COLUMNS, JSON_COLUMNS, ProviderRow
from bifrost_keys.gateway.restart.database_row import (
    COLUMNS,
    REQUIRED_COLUMNS,
    DatabaseState,
    KeyRow,
    row_from_columns,
    unreadable,
)

if TYPE_CHECKING:
    import sqlite3

_BUSY_SECONDS = 0.25
_MAGIC = b"SQLite format 3\0"
_DEADMAN_BYTE = 128  # the byte of the -shm file that every connection of SQLite locks


def read_sqlite(path: str) -> DatabaseState:
    """Return the keys and providers in this file, or why they cannot be read. Never raise."""
    refused = _not_a_database(path)
    if refused is not None:
        return refused
    import sqlite3
    from urllib.parse import quote

    real = os.path.realpath(path)  # SQLite follows links: its log is next to the real database
    # If there is a log, the database must be read through it; if there is none, nobody is writing.
    logged = _is_logged(real)
    had_index = os.path.lexists(f"{real}-shm")
    uri = f"file:{quote(os.fsencode(real))}?{'mode=ro' if logged else 'immutable=1'}"
    before = _version(real)
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            connection.text_factory = lambda text: text.decode("utf-8", "replace")
            state = _rows(connection, path)
        finally:
            connection.close()
            if logged and not had_index:
                _remove_index(f"{real}-shm")
    except sqlite3.Error as error:
        return _refusal(path, error)
    except Exception:  # for example UnicodeDecodeError, when sqlite3 decodes a text in a damaged file
        return unreadable(path, "damaged", "it is damaged")
    if not logged and (_is_logged(real) or _version(real) != before):
        return unreadable(path, "changing", "another program keeps writing to it")
    return state


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


def _rows(connection: sqlite3.Connection, path: str) -> DatabaseState:
    connection.execute("begin")  # all queries must see the same state of the database
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if not tables:
        return unreadable(path, "empty", "it is empty")
    if not {"config_keys", "config_providers"} <= tables:
        return unreadable(path, "no-tables", "it has no tables of keys and providers")
    existing = {column[1] for column in connection.execute("pragma table_info(config_keys)")}
    missing = REQUIRED_COLUMNS - existing
    of_providers = {column[1] for column in connection.execute("pragma table_info(config_providers)")}
    if missing or "name" not in of_providers or not existing & {"provider", "provider_id"}:
        return unreadable(path, "schema", "its tables are those of a release that this program does not know")
    columns = [column for column in COLUMNS if column in existing]
    names = dict(connection.execute("select rowid, name from config_providers"))
    rows = tuple(_keys(connection, columns, names, linked="provider_id" in existing))
    return DatabaseState(
        "read",
        path,
        rows=rows,
        providers=frozenset(str(name) for name in names.values()),
        provider_rows=tuple(_providers(connection, of_providers)),
        migrations=frozenset(_migrations(connection) if "migrations" in tables else ()),
        columns=frozenset(existing),
    )


def _migrations(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the ids of the migrations that gateways have run, if the table has that column."""
    if "id" in {column[1] for column in connection.execute("pragma table_info(migrations)")}:
        yield from (str(name) for (name,) in connection.execute("select id from migrations"))


def _providers(connection: sqlite3.Connection, existing: set[str]) -> Iterator[ProviderRow]:
    """Yield the providers with their own settings; a column that this release does not have is not set."""
    wanted = ("name", "config_hash", "encryption_status", *JSON_COLUMNS.values(), *FLAG_COLUMNS)
    columns = [column for column in wanted if column in existing]
    query = f"select {', '.join(columns)} from config_providers"  # noqa: S608 (names from our own table)
    for values in connection.execute(query):
        row = dict(zip(columns, values, strict=True))
        digest = str(row["config_hash"] or "") if "config_hash" in row else None
        yield ProviderRow(str(row["name"]), digest, _settings(row))


def _settings(row: dict[str, Any]) -> dict[str, Any] | None:
    """Return a provider's settings by their names in the file; None if they are encrypted or broken."""
    if row.get("encryption_status") not in (None, "", "plain_text"):
        return None
    settings: dict[str, Any] = {name: True for name in FLAG_COLUMNS if row.get(name)}
    for name, column in JSON_COLUMNS.items():
        if row.get(column):
            try:
                settings[name] = json.loads(row[column])
            except (TypeError, ValueError, RecursionError):
                return None
    return settings


def _keys(
    connection: sqlite3.Connection, columns: list[str], providers: dict[int, str], *, linked: bool
) -> Iterator[KeyRow]:
    named = ", ".join(["provider_id" if linked else "null", *columns])
    query = f"select {named} from config_keys order by rowid"  # noqa: S608 (names from our own table)
    for provider, *values in connection.execute(query):
        row = dict(zip(columns, values, strict=True))
        row["provider"] = row.get("provider") or providers.get(provider, "")
        yield row_from_columns(row)


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


def _refusal(path: str, error: sqlite3.Error) -> DatabaseState:
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
