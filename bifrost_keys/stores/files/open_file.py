"""Resolve, check and read a file that will be edited."""

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
    """The values that differ if a file was changed or replaced since it was read."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Identity":
        """Return the identity of the file with this status."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def real_path(path: str) -> str:
    """Resolve every symbolic link in the path.

    Raise ConfigUnusableError for a loop of links, and for a file without a path, such as the pipe behind
    /dev/stdin.
    """
    status = None
    try:
        status = os.stat(path)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ConfigUnusableError(f"{path}: the symbolic links form a loop", code="link-loop") from None
        if error.errno in (errno.EACCES, errno.ENAMETOOLONG):
            raise explained(error, "access", path) from None
    except ValueError:
        raise NotFoundError("the path contains a NUL byte", code="path-invalid") from None
    try:
        real = os.path.realpath(path)
    except FileNotFoundError:
        raise no_working_directory() from None
    if status is not None and not stat.S_ISREG(status.st_mode) and not os.path.lexists(real):
        refuse_unusable(status, path)
    return real


def no_working_directory() -> NotFoundError:
    """Return the error for a relative path when the working directory no longer exists."""
    hint = "change to another directory, or give an absolute path"
    return NotFoundError("the working directory was removed", code="working-directory-removed", hint=hint)


def regular_file_status(path: str) -> os.stat_result | None:
    """Return the status of a regular file, None if it is missing; raise ConfigUnusableError for any other."""
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise explained(error, "access", path) from None
    refuse_unusable(status, path)
    return status


def refuse_unusable(status: os.stat_result, path: str) -> None:
    """Raise ConfigUnusableError if this is not a regular file, or is larger than 512 MiB."""
    if not stat.S_ISREG(status.st_mode):
        raise ConfigUnusableError(
            f"{path}: is {_kind(status.st_mode)}, not a regular file", code="path-not-a-file"
        )
    if status.st_size > MAX_CONFIG_BYTES:
        raise ConfigUnusableError(f"{path}: is larger than 512 MiB", code="file-too-large")


def refuse_hard_link(status: os.stat_result, path: str) -> None:
    """Raise ConfigUnusableError if the file has several hard links: a rename would separate them."""
    if status.st_nlink > 1:
        hint = "the other names would keep the old content; use symbolic links instead"
        message = f"{path}: has {status.st_nlink} hard links"
        raise ConfigUnusableError(message, code="file-hard-linked", hint=hint)


def refuse_foreign(status: os.stat_result, path: str) -> None:
    """Raise AccessDeniedError if this user cannot keep the file's owner and group."""
    user = os.geteuid()
    if user == 0:
        return
    if status.st_uid != user:
        message = f"{path}: belongs to another user, and a new file could not be given to that user"
        raise AccessDeniedError(message, hint="run as its owner, or as root")
    if status.st_gid not in {os.getegid(), *os.getgroups()}:
        message = f"{path}: belongs to a group that you are not in, and a new file could not be given to it"
        raise AccessDeniedError(message, hint="run as root, or change the group")


def open_regular(path: str) -> int:
    """Open a file for reading, without following a link and without blocking; return the descriptor.

    Raise NotFoundError, AccessDeniedError, IOFailureError, and ConfigUnusableError if it is not a regular
    file.
    """
    try:
        descriptor = os.open(path, _READ)
    except FileNotFoundError:
        raise NotFoundError(f"{path} was removed in the meantime", code="file-removed") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise ConfigUnusableError(f"{path}: was replaced by a symbolic link", code="link-loop") from None
        if error.errno == errno.ENXIO:
            raise ConfigUnusableError(
                f"{path}: is a socket or FIFO, not a regular file", code="path-not-a-file"
            ) from None
        raise explained(error, "read", path) from None
    try:
        refuse_unusable(status_of(descriptor, path), path)
    except BaseException:
        close_reader(descriptor)
        raise
    return descriptor


def status_of(descriptor: int, path: str) -> os.stat_result:
    """Return the status of the open file at ``path``. Raise IOFailureError."""
    try:
        return os.fstat(descriptor)
    except OSError as error:
        raise explained(error, "access", path) from None


def read_all(descriptor: int, path: str) -> bytes:
    """Read the open file to its end.

    Raise IOFailureError if reading fails, ConfigUnusableError if the file is larger than 512 MiB.
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
        raise ConfigUnusableError(f"{path}: is larger than 512 MiB", code="file-too-large")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def close_reader(descriptor: int) -> None:
    """Close a descriptor that was not written to; an error loses nothing and is ignored."""
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
