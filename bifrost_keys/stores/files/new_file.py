"""The place of a new file: its directory, and whose both are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from bifrost_keys.errors import IOFailureError
from bifrost_keys.stores.files.os_errors import trouble


@contextmanager
def room_for(path: str) -> Iterator[Callable[[], None]]:
    """Create the directory for a new file; a block that fails leaves none that is empty.

    Yields what removes it, with the lock file in it, if the file did not come to be: to be called under
    the lock. Raises AccessDeniedError, IOFailureError.
    """
    made = []
    above = os.path.dirname(path)
    while not os.path.lexists(above):
        made.append(above)
        above = os.path.dirname(above)

    def unmake() -> None:
        if not made or os.path.lexists(path):
            return
        # The lock file goes too: who waits for it sees that its name is gone, and looks again.
        with suppress(OSError):
            os.unlink(f"{path}.lock")
            for directory in made:
                os.rmdir(directory)

    try:
        _make_directory(os.path.dirname(path))
        yield unmake
    except BaseException:
        for directory in made:
            with suppress(OSError):
                os.rmdir(directory)
        raise


def _make_directory(path: str) -> None:
    """Create the directory and those above it that are missing, 0700; as root for the owner above them."""
    if os.path.isdir(path):
        return
    parent = os.path.dirname(path)
    _make_directory(parent)
    try:
        os.mkdir(path, 0o700)
        if os.stat(path).st_mode & 0o700 != 0o700:
            os.chmod(path, 0o700)  # the umask took even of that
        if os.geteuid() == 0:
            above = os.stat(parent)
            os.chown(path, above.st_uid, above.st_gid)
    except FileExistsError:
        if not os.path.isdir(path):
            raise IOFailureError(f"{path} is no directory", code="not_a_directory") from None
    except OSError as error:
        raise trouble(error, "create the directory", path) from None


def owner_above(path: str) -> tuple[int, int] | None:
    """As root, the owner of the directory: a new file in it is theirs."""
    if os.geteuid() != 0:
        return None
    status = os.stat(os.path.dirname(path))
    return status.st_uid, status.st_gid
