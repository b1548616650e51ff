"""What a new file keeps of the one that it replaces: owner, group, extended attributes, ACL and mode."""

from __future__ import annotations

import errno
import os
import stat

from bifrost_keys.errors import AccessDeniedError


def keep_attributes(descriptor: int, source: int, path: str) -> None:
    """Give the file its owner, group, extended attributes, ACL and mode from ``source``.

    In this order, because each can undo the one after it. ``path`` names the file in errors. Raises
    AccessDeniedError for what this user cannot keep, and OSError.
    """
    wanted, have = os.fstat(source), os.fstat(descriptor)
    if (wanted.st_uid, wanted.st_gid) != (have.st_uid, have.st_gid):
        try:
            os.fchown(descriptor, wanted.st_uid, wanted.st_gid)
        except PermissionError:
            message = f"{path}: its owner and group could not be kept"
            raise AccessDeniedError(message, hint="run as its owner, or as root") from None
    _keep_extended(descriptor, source, path)
    os.fchmod(descriptor, stat.S_IMODE(wanted.st_mode))


def _keep_extended(descriptor: int, source: int, path: str) -> None:
    wanted, have = _extended(source), _extended(descriptor)
    for name in sorted(wanted.keys() | have.keys()):
        if wanted.get(name) == have.get(name):
            continue
        try:
            if name in wanted:
                os.setxattr(descriptor, name, wanted[name])
            else:
                # The directory's default ACL, which would let in whom the old file kept out.
                os.removexattr(descriptor, name)
        except PermissionError:
            message = f"{path}: its extended attribute {name} could not be kept"
            raise AccessDeniedError(message, hint="run as root") from None


def _extended(descriptor: int) -> dict[str, bytes]:
    """The extended attributes of a file, its ACL among them; none where the system has none."""
    try:
        return {name: os.getxattr(descriptor, name) for name in os.listxattr(descriptor)}
    except AttributeError:
        return {}
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.ENOSYS):
            return {}
        raise
