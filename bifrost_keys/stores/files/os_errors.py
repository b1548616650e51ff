"""The operating system's refusals in words: what was tried, where, and what helps."""

from __future__ import annotations

import errno
import os

from bifrost_keys.errors import AccessDeniedError, BifrostKeysError, IOFailureError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_INTACT = "the old file is intact"


def trouble(error: OSError, action: str, path: str, *, writing: bool = False) -> BifrostKeysError:
    """The error to raise for ``error`` while doing ``action`` on ``path``.

    ``writing``: it was about to be changed, and the old file is intact.
    """
    where = f"{action} {path}"
    number = error.errno or 0
    if number in (errno.EACCES, errno.EPERM):
        hint = "the file or its directory does not allow it, or is marked immutable"
        return AccessDeniedError(f"permission denied: cannot {where}", hint=hint)
    if number == errno.EROFS:
        return IOFailureError(f"cannot {where}: the file system is mounted read-only", code="read_only")
    if number in _FULL:
        message = f"cannot {where}: no space left on the device, or the quota is used up"
        return IOFailureError(message, code="no_space", hint=_INTACT)
    if number == errno.EFBIG:
        message = f"cannot {where}: larger than the file size limit allows"
        return IOFailureError(message, code="file_size_limit", hint=f"{_INTACT}; see ulimit -f")
    if number == errno.EBUSY:
        message = f"cannot {where}: it is a mount point of its own"
        hint = "mount the directory instead of the single file"
        return IOFailureError(message, code="bind_mounted", hint=hint)
    reason = os.strerror(number) if number else "input or output failed"
    return IOFailureError(f"cannot {where}: {reason}", hint=_INTACT if writing else None)
