"""A file that is found behind its links and looked at before anything is done to it."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from typing import NamedTuple

from bifrost_keys.errors import AccessDeniedError, ConfigUnusableError, NotFoundError
from bifrost_keys.stores.files.os_errors import explained

MAX_CONFIG_BYTES = 512 * 1024 * 1024
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Identity(NamedTuple):
    """What tells whether a file is still the one that was read."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Identity:
        """The identity of the file with this status."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def real_path(path: str) -> str:
    """The path behind every symbolic link.

    Raises ConfigUnusableError for a loop of links and for what has no path, such as a pipe behind /dev/stdin.
    """
    status = None
    try:
        status = os.stat(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ConfigUnusableError(f"{path}: the symbolic links run in a loop", code="link-loop") from None
        if error.errno in (errno.EACCES, errno.ENAMETOOLONG):
            raise explained(error, "look at", path) from None
    except ValueError:
        raise NotFoundError("the path contains a NUL byte", code="path-invalid") from None
    try:
        real = os.path.realpath(path)
    except FileNotFoundError:
        raise no_working_directory() from None
    if status is not None and not stat.S_ISREG(status.st_mode) and not os.path.lexists(real):
        refuse_odd(status, path)
    return real


def no_working_directory() -> NotFoundError:
    """The error for a relative path where the working directory has been removed."""
    hint = "change to another directory, or give an absolute path"
    return NotFoundError("the working directory was removed", code="working-directory-removed", hint=hint)


def look(path: str) -> os.stat_result | None:
    """The status of the file, None when it is missing; what is not a regular file is refused unopened."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise explained(error, "look at", path) from None
    refuse_odd(status, path)
    return status


def refuse_odd(status: os.stat_result, path: str) -> None:
    """Raise ConfigUnusableError for what is not a regular file, or is larger than 512 MiB."""
    if not stat.S_ISREG(status.st_mode):
        raise ConfigUnusableError(
            f"{path}: is {_kind(status.st_mode)}, not a regular file", code="not-a-file"
        )
    if status.st_size > MAX_CONFIG_BYTES:
        raise ConfigUnusableError(f"{path}: is larger than 512 MiB", code="too-large")


def refuse_hard_link(status: os.stat_result, path: str) -> None:
    """Raise ConfigUnusableError for a file with a second name: a rename would separate the two."""
    if status.st_nlink > 1:
        hint = "the other name would keep the old content; make it a symbolic link"
        message = f"{path}: has {status.st_nlink} hard links"
        raise ConfigUnusableError(message, code="hard-linked", hint=hint)


def refuse_foreign(status: os.stat_result, path: str) -> None:
    """Raise AccessDeniedError when this user could not keep the file's owner and group."""
    user = os.geteuid()
    if user == 0:
        return
    if status.st_uid != user:
        message = f"{path}: belongs to another user, whose ownership could not be kept"
        raise AccessDeniedError(message, hint="run as its owner, or as root")
    if status.st_gid not in {os.getegid(), *os.getgroups()}:
        message = f"{path}: belongs to a group that you are not in, which could not be kept"
        raise AccessDeniedError(message, hint="run as root, or change the group")


def open_regular(path: str) -> int:
    """A descriptor for reading, never through a link and without waiting.

    Raises NotFoundError, AccessDeniedError, IOFailureError, and ConfigUnusableError for what is not a
    regular file.
    """
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        raise NotFoundError(f"{path} was removed meanwhile", code="file-removed") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ConfigUnusableError(f"{path}: became a symbolic link meanwhile", code="link-loop") from None
        if error.errno == errno.ENXIO:
            raise ConfigUnusableError(
                f"{path}: is a socket or FIFO, not a regular file", code="not-a-file"
            ) from None
        raise explained(error, "read", path) from None
    try:
        refuse_odd(status_of(descriptor, path), path)
    except BaseException:
        close_reader(descriptor)
        raise
    return descriptor


def status_of(descriptor: int, path: str) -> os.stat_result:
    """The status of the open file at ``path``; raises IOFailureError."""
    try:
        return os.fstat(descriptor)
    except OSError as error:
        raise explained(error, "look at", path) from None


def read_all(descriptor: int, path: str) -> bytes:
    """The content of the open file.

    Raises IOFailureError when reading fails, ConfigUnusableError for more than 512 MiB.
    """
    pieces: list[bytes] = []
    left = MAX_CONFIG_BYTES + 1
    size = status_of(descriptor, path).st_size
    try:
        while left > 0 and (piece := os.read(descriptor, min(left, size + 1 if not pieces else 1 << 20))):
            pieces.append(piece)
            left -= len(piece)
    except OSError as error:
        raise explained(error, "read", path) from None
    if left <= 0:
        raise ConfigUnusableError(f"{path}: is larger than 512 MiB", code="too-large")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def close_reader(descriptor: int) -> None:
    """Close what was only read from, or locked; an error of that loses nothing and is ignored."""
    with suppress(OSError):
        os.close(descriptor)


def _kind(mode: int) -> str:
    names = (
        (stat.S_ISDIR, "a directory"),
        (stat.S_ISFIFO, "a FIFO"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISLNK, "a symbolic link"),
    )
    return next((name for test, name in names if test(mode)), "a device")
