"""Copy owner, group, extended attributes, ACL and mode from the file that is being replaced."""

from __future__ import annotations

import errno
import os
import stat

from bifrost_keys.errors import AccessDeniedError


def keep_attributes(descriptor: int, source: int, path: str) -> None:
    """Copy owner, group, extended attributes, ACL and mode of ``source`` to ``descriptor``, both open.

    The order matters: chown clears mode bits, and setting an ACL changes them. ``path`` names the file in
    errors. Raise AccessDeniedError for an attribute that this user cannot keep, and OSError.
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
                # The directory's default ACL could give access to users whom the old file excluded.
                os.removexattr(descriptor, name)
        except PermissionError:
            message = f"{path}: its extended attribute {name} could not be kept"
            raise AccessDeniedError(message, hint="run as root") from None


def _extended(descriptor: int) -> dict[str, bytes]:
    """Return the extended attributes of a file, including its ACL; empty if the system has none."""
    try:
        return {name: os.getxattr(descriptor, name) for name in os.listxattr(descriptor)}
    except AttributeError:
        return {}
    except OSError as error:
        if error.errno in (errno.ENOTSUP, errno.ENOSYS):
            return {}
        raise
