"""Turn errors of the operating system into errors with a code, a message and a hint."""

from __future__ import annotations

import errno
import fcntl
import os
import struct

from bifrost_keys.errors import AccessDeniedError, BifrostKeysError, IOFailureError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_INTACT = "the old file is intact"
# FS_IOC_GETFLAGS of linux/fs.h: its number says that the argument is a long, but the kernel uses an int.
_GET_FLAGS = 0x80006601 | struct.calcsize("l") << 16
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20


def explained(error: OSError, action: str, path: str, *, writing: bool = False) -> BifrostKeysError:
    """Return the error to raise if ``action`` on ``path`` failed with ``error``.

    ``writing`` says that the file was to be replaced and that the old one is intact.
    """
    where = f"{action} {path}"
    number = error.errno or 0
    if number in (errno.EACCES, errno.EPERM):
        marked = next((place for place in (path, os.path.dirname(path)) if _is_marked(place)), None)
        hint = "check the permissions of the file and of its directory"
        if marked is not None:
            hint = f"{marked} is marked immutable or append-only: lsattr shows it, chattr changes it"
        return AccessDeniedError(f"permission denied: cannot {where}", hint=hint)
    if number == errno.EROFS:
        return IOFailureError(
            f"cannot {where}: the file system is mounted read-only", code="file-system-read-only"
        )
    if number in _FULL:
        message = f"cannot {where}: no space left on the device, or the disk quota is exceeded"
        return IOFailureError(message, code="disk-full", hint=_INTACT)
    if number == errno.EFBIG:
        message = f"cannot {where}: the file size limit is exceeded"
        return IOFailureError(message, code="file-size-limit", hint=f"{_INTACT}; see ulimit -f")
    if number == errno.EBUSY:
        message = f"cannot {where}: the file is a mount point"
        hint = "mount the directory instead of the single file"
        return IOFailureError(message, code="file-bind-mounted", hint=hint)
    reason = os.strerror(number) if number else "input or output failed"
    return IOFailureError(f"cannot {where}: {reason}", hint=_INTACT if writing else None)


def _is_marked(path: str) -> bool:
    """Return whether a file or directory is marked immutable or append-only."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            flags = struct.unpack_from("i", fcntl.ioctl(descriptor, _GET_FLAGS, bytes(8)))[0]
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return False
    return bool(flags & (_IMMUTABLE | _APPEND_ONLY))
