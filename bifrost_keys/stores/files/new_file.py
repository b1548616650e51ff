"""The place of a new file: its directory, and the owner of both."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from bifrost_keys.errors import IOFailureError
from bifrost_keys.stores.files.os_errors import explained


@contextmanager
def room_for(path: str) -> Iterator[Callable[[], None]]:
    """Create the directory for a new file; a block that fails leaves none that is empty.

    Yields a function that removes the directory, with the lock file in it, if the file was not created:
    to be called under the lock. Raises AccessDeniedError, IOFailureError.
    """
    made: list[str] = []

    def unmake() -> None:
        if not made or os.path.lexists(path):
            return
        # The lock file goes too: a run that waits for it sees that its name is gone, and looks again.
        with suppress(OSError):
            os.unlink(f"{path}.lock")
            _remove(made)

    try:
        for directory in _missing_directories(os.path.dirname(path)):
            _make(directory, made)
        yield unmake
    except BaseException:
        _remove(made)
        raise


def _missing_directories(path: str) -> list[str]:
    """The directories that are not there, the outermost first."""
    missing: list[str] = []
    while not os.path.isdir(path) and path != os.path.dirname(path):
        missing.insert(0, path)
        path = os.path.dirname(path)
    return missing


def _make(path: str, made: list[str]) -> None:
    """Create a directory, 0700, and add it to ``made``; as root for the owner of the one above it."""
    try:
        os.mkdir(path, 0o700)
        made.insert(0, path)
        if os.stat(path).st_mode & 0o700 != 0o700:
            os.chmod(path, 0o700)  # the umask took even of that
        if os.geteuid() == 0:
            above = os.stat(os.path.dirname(path))
            os.chown(path, above.st_uid, above.st_gid)
    except FileExistsError:
        if not os.path.isdir(path):
            raise IOFailureError(f"{path} is not a directory", code="not-a-directory") from None
    except OSError as error:
        raise explained(error, "create the directory", path) from None


def _remove(directories: list[str]) -> None:
    for directory in directories:
        with suppress(OSError):
            os.rmdir(directory)


def owner_above(path: str) -> tuple[int, int] | None:
    """As root, the owner of the directory: a new file in it is theirs."""
    if os.geteuid() != 0:
        return None
    status = os.stat(os.path.dirname(path))
    return status.st_uid, status.st_gid
