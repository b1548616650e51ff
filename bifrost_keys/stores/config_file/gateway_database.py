"""The gateway's own database, found as the gateway finds it and opened for reading only.

Reading never fails with an exception: what was found is a ``DatabaseState``. Nothing is written, no
file of ours stays behind, and a gateway that has the database open is not disturbed.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bifrost_keys.gateway.database_row import (
    COLUMNS,
    REQUIRED_COLUMNS,
    DatabaseState,
    KeyRow,
    row_from_columns,
)
from bifrost_keys.gateway.secrets.detection import is_reference

if TYPE_CHECKING:
    import sqlite3

__all__ = ["DatabaseState", "KeyRow", "find_database", "read_database"]

_BUSY_SECONDS = 0.25
_MORE_LOOKS = 3
_MAGIC = b"SQLite format 3\0"
_DEADMAN_BYTE = 128  # the byte of the -shm file that every connection of SQLite locks


def find_database(config_store: Any, config_path: str | os.PathLike[str] | None) -> DatabaseState:
    """Where the gateway's database lies: "read" stands for "there is a file", which is not opened.

    ``config_store`` is that member of the parsed file (None: absent), ``config_path`` the file as the
    gateway is given it, not resolved: the database lies beside a link, not beside its target. None
    for a file that comes from a stream: nothing lies beside it.
    """
    if config_store is None:
        return _first_existing(["config.db"], config_path)
    if not isinstance(config_store, Mapping):
        return _unreadable(None, "config-store", "config_store in the file is no object")
    store = _folded(config_store)
    if store.get("enabled") is not True:
        return DatabaseState("disabled")
    if store.get("type") == "postgres":
        return DatabaseState("postgres", why="the gateway keeps its keys in PostgreSQL")
    settings = store.get("config")
    path = _folded(settings).get("path") if isinstance(settings, Mapping) else None
    if store.get("type") != "sqlite" or not isinstance(path, str) or not path or "\0" in path:
        return _unreadable(None, "config-store", "config_store in the file names no SQLite database")
    if is_reference(path):
        return _unreadable(None, "reference", f"its path is in {path} of the gateway's environment")
    # What the gateway takes as relative to its working directory may well lie beside the file.
    candidates = list(dict.fromkeys((path, os.path.basename(path) or path)))
    return _first_existing(candidates, config_path, named=True)


def read_database(config_store: Any, config_path: str | os.PathLike[str] | None) -> DatabaseState:
    """The keys and providers in the gateway's database, or why they cannot be read."""
    found = find_database(config_store, config_path)
    if found.kind != "read" or found.path is None:
        return found
    state = _read(found.path)
    for _ in range(_MORE_LOOKS):
        if state.reason not in ("damaged", "io", "changing"):
            break
        # The gateway may have opened or closed its database just now: look again.
        state = _read(found.path)
    return state._replace(path=found.path, guessed=found.guessed)


def _folded(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members by lower-case name: the gateway matches names ignoring case."""
    return {name.lower(): value for name, value in members.items()}


def _first_existing(
    names: list[str], config_path: str | os.PathLike[str] | None, *, named: bool = False
) -> DatabaseState:
    if config_path is None:
        return DatabaseState("absent", guessed=named)
    given = os.fspath(config_path)
    folders = list(dict.fromkeys((os.path.dirname(given), os.path.dirname(os.path.realpath(given)))))
    paths = [os.path.join(folder, name) for name in names for folder in folders]
    for path in paths:
        if os.path.lexists(path):
            certain = os.path.isabs(names[0]) and path == names[0]
            return DatabaseState("read", os.path.normpath(path), guessed=named and not certain)
    return DatabaseState("absent", os.path.normpath(paths[0]), guessed=named)


def _read(path: str) -> DatabaseState:
    refused = _not_a_database(path)
    if refused is not None:
        return refused
    import sqlite3
    from urllib.parse import quote

    real = os.path.realpath(path)  # SQLite follows links: its log lies beside the database itself
    # With a log beside it the database must be read through the log; without one nobody writes.
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
    if not logged and (_is_logged(real) or _version(real) != before):
        return _unreadable(path, "changing", "another program writes to it all the time")
    return state


def _version(real: str) -> tuple[int, ...] | None:
    """What tells that the file itself was written to."""
    try:
        status = os.stat(real)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _is_logged(real: str) -> bool:
    """Whether a log belongs to the database; an empty one without an index was left by nobody alive."""
    for suffix in ("-wal", "-journal"):
        with contextlib.suppress(OSError):
            if os.lstat(real + suffix).st_size > 0 or suffix == "-journal" or os.path.lexists(f"{real}-shm"):
                return True
    return False


def _rows(connection: sqlite3.Connection, path: str) -> DatabaseState:
    connection.execute("begin")  # one state of the database for all that follows
    tables = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
    if not {"config_keys", "config_providers"} <= tables:
        return _unreadable(path, "no-tables", "it has no tables of keys and providers")
    existing = {column[1] for column in connection.execute("pragma table_info(config_keys)")}
    missing = REQUIRED_COLUMNS - existing
    named = "name" in {column[1] for column in connection.execute("pragma table_info(config_providers)")}
    if missing or not named or not existing & {"provider", "provider_id"}:
        return _unreadable(path, "schema", "its tables are of a release that this program does not know")
    columns = [column for column in COLUMNS if column in existing]
    names = dict(connection.execute("select rowid, name from config_providers"))
    rows = tuple(_keys(connection, columns, names, linked="provider_id" in existing))
    return DatabaseState(
        "read",
        path,
        rows=rows,
        providers=frozenset(str(name) for name in names.values()),
        migrations=frozenset(_migrations(connection) if "migrations" in tables else ()),
        columns=frozenset(existing),
    )


def _migrations(connection: sqlite3.Connection) -> Iterator[str]:
    """The ids of the migrations that gateways have run; none where the table has no such column."""
    if "id" in {column[1] for column in connection.execute("pragma table_info(migrations)")}:
        yield from (str(name) for (name,) in connection.execute("select id from migrations"))


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
    """Why ``path`` is no database; looked at without blocking, it may be a pipe."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        return _unreadable(path, "permission", "permission denied")
    except OSError as error:
        return _unreadable(path, "io", error.strerror or "it cannot be opened")
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return _unreadable(path, "not-sqlite", "it is not a regular file")
        header = os.read(descriptor, len(_MAGIC))
    except OSError as error:
        return _unreadable(path, "io", error.strerror or "it cannot be read")
    finally:
        os.close(descriptor)
    if not header:
        return _unreadable(path, "empty", "it is empty")
    if header != _MAGIC:
        return _unreadable(path, "not-sqlite", "it is not an SQLite database")
    return None


def _refusal(path: str, error: sqlite3.Error) -> DatabaseState:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return _unreadable(path, "locked", "another program has locked it for itself")
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return _unreadable(path, "permission", "its log beside it cannot be opened")
    if name.startswith("SQLITE_IOERR"):
        return _unreadable(path, "io", "it cannot be read")
    if name.startswith("SQLITE_NOTADB"):
        return _unreadable(path, "not-sqlite", "it is not an SQLite database, or it is encrypted as a whole")
    return _unreadable(path, "damaged", "it is damaged")


def _unreadable(path: str | None, reason: str, why: str) -> DatabaseState:
    return DatabaseState("unreadable", path, reason=reason, why=why)


def _remove_index(path: str) -> None:
    """Remove the ``-shm`` file that SQLite made for us, unless a gateway has opened it meanwhile."""
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        # Every connection holds a shared lock on this byte: having it alone means nobody is there.
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _DEADMAN_BYTE)
        os.unlink(path)
    except OSError:
        return
    finally:
        os.close(descriptor)
