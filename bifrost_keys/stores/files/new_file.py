"""Create the parent directories of a new file, and find out who will own it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from bifrost_keys.errors import IOFailureError
from bifrost_keys.stores.files.os_errors import explained


@contextmanager
def parent_directories(path: str) -> Iterator[Callable[[], None]]:
    """Create the parent directories of a new file; remove them again if the block fails.

    Yield a function that removes the directories and the lock file if the file was not created; call it while
    holding the lock. Raise AccessDeniedError, IOFailureError.
    """
    made: list[str] = []

    def remove_unused() -> None:
        if not made or os.path.lexists(path):
            return
        # The lock file goes too: a process that waits for it notices that its name is gone, and tries again.
        with suppress(OSError):
            os.unlink(f"{path}.lock")
            _remove(made)

    try:
        for directory in _missing_directories(os.path.dirname(path)):
            _make(directory, made)
        yield remove_unused
    except BaseException:
        _remove(made)
        raise


def _missing_directories(path: str) -> list[str]:
    """Return the missing directories on the path, the outermost first."""
    missing: list[str] = []
    while not os.path.isdir(path) and path != os.path.dirname(path):
        missing.insert(0, path)
        path = os.path.dirname(path)
    return missing


def _make(path: str, made: list[str]) -> None:
    """Create a directory with mode 0700 and add it to ``made``; root gives it to the parent's owner."""
    try:
        os.mkdir(path, 0o700)
        made.insert(0, path)
        if os.stat(path).st_mode & 0o700 != 0o700:
            os.chmod(path, 0o700)  # the umask can clear even the owner's bits
        if os.geteuid() == 0:
            above = os.stat(os.path.dirname(path))
            os.chown(path, above.st_uid, above.st_gid)
    except FileExistsError:
        if not os.path.isdir(path):
            raise IOFailureError(f"{path} is not a directory", code="path-not-a-directory") from None
    except OSError as error:
        raise explained(error, "create the directory", path) from None


def _remove(directories: list[str]) -> None:
    for directory in directories:
        with suppress(OSError):
            os.rmdir(directory)


def parent_owner(path: str) -> tuple[int, int] | None:
    """Return the owner and group that root gives to a new file: those of its directory; None unless root."""
    if os.geteuid() != 0:
        return None
    status = os.stat(os.path.dirname(path))
    return status.st_uid, status.st_gid
