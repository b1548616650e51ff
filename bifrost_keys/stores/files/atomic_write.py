"""The write: beside the file, flushed, renamed over it, the directory flushed. All or nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from contextlib import suppress

from bifrost_keys.errors import AccessDeniedError, BifrostKeysError, ConflictError, IOFailureError
from bifrost_keys.stores.files import signals
from bifrost_keys.stores.files.open_file import Identity, close_reader
from bifrost_keys.stores.files.os_errors import trouble

_SUFFIX = ".bifrost-keys.tmp"
_CHUNK = 1 << 20
_TOKEN_BYTES = 8
_TOKEN = re.compile("[0-9a-f]{16}" + re.escape(_SUFFIX)).fullmatch
_NO_DIRECTORY_FLUSH = frozenset({errno.EINVAL, errno.EBADF, errno.ENOTSUP})
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})


def write_atomically(path: str, text: str, *, source: int | None, read: Identity | None) -> None:
    """Replace the file at ``path`` by ``text``.

    ``source`` is the open descriptor of the file that was read, whose owner, extended attributes and
    mode are kept, and ``read`` its identity then; both None for a new file, which is 0600 and, when root
    makes it, of the directory's owner. INT, QUIT, TERM and HUP wait until the end of this write.

    Raises AccessDeniedError or IOFailureError, and ConflictError where the file is not the one that was
    read. Until the rename any failure leaves the old file and no other; a message that begins with
    "written:" means that the rename was done and what comes after it failed.
    """
    directory = os.path.dirname(path) or "."
    try:
        directory_descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise trouble(error, "open", directory) from None
    try:
        temporary = os.path.join(directory, _prefix(path) + os.urandom(_TOKEN_BYTES).hex() + _SUFFIX)
        with signals.held_back():
            _write_beside(temporary, text, source, path)
            _put_in_place(temporary, path, read)
            _flush_directory(directory_descriptor, directory)
    finally:
        # Nothing was written through it, so nothing is lost by what goes wrong here.
        with suppress(OSError):
            close_reader(directory_descriptor)


def remove_stale(path: str) -> None:
    """Remove temporary files that a killed run left beside ``path``; only to be called under its lock."""
    for stale in find_stale(path):
        with suppress(OSError):
            os.unlink(stale)


def find_stale(path: str) -> list[str]:
    """The temporary files beside ``path`` that a killed run left, or that one is writing just now."""
    directory = os.path.dirname(path) or "."
    prefix = _prefix(path)
    try:
        names = os.listdir(directory)
    except OSError:
        return []
    ours = [name for name in names if name.startswith(prefix) and _TOKEN(name, len(prefix))]
    return [full for name in ours if _is_regular(full := os.path.join(directory, name))]


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _prefix(path: str) -> str:
    name = os.path.basename(path)
    if len(os.fsencode(name)) > 100:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return f".{name}."


def _write_beside(temporary: str, text: str, source: int | None, path: str) -> None:
    try:
        descriptor = os.open(
            temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise trouble(error, "write in the directory of", path, writing=True) from None
    try:
        try:
            _write_all(descriptor, text)
            if source is not None:
                _keep_attributes(descriptor, source, path)
            else:
                _make_private(descriptor, path)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _given_up(trouble(error, "write", path, writing=True), temporary) from None
    except BaseException:
        _discard(temporary)
        raise


def _make_private(descriptor: int, path: str) -> None:
    """A new file: as root the directory's owner, and 0600 whatever the umask took of it."""
    if os.geteuid() == 0:
        above = os.stat(os.path.dirname(path) or ".")
        os.fchown(descriptor, above.st_uid, above.st_gid)
    if os.fstat(descriptor).st_mode & 0o777 != 0o600:
        os.fchmod(descriptor, 0o600)


def _write_all(descriptor: int, text: str) -> None:
    """Write the text in pieces, so that no second copy of a large file is made."""
    for start in range(0, len(text), _CHUNK):
        rest = memoryview(text[start : start + _CHUNK].encode("utf-8"))
        while rest:
            count = os.write(descriptor, rest)
            if count == 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            rest = rest[count:]


def _keep_attributes(descriptor: int, source: int, path: str) -> None:
    """Owner and group, then extended attributes and ACLs, then the mode: each can undo the one after it."""
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


def _put_in_place(temporary: str, path: str, read: Identity | None) -> None:
    linked = False
    try:
        if read is None:
            linked = _appear(temporary, path)
        else:
            _refuse_changed(path, read)
            os.rename(temporary, path)
    except OSError as error:
        raise _given_up(trouble(error, "replace", path, writing=True), temporary) from None
    except BaseException:
        _discard(temporary)
        raise
    signals.written(path)
    # A new file got its name as a second one; after a rename the first is gone and no longer ours to remove.
    if linked and not _discard(temporary):
        message = f"written: but {temporary}, its other name, could not be removed"
        raise IOFailureError(message, code="not_removed", hint="remove it: it holds the same secrets")


def _refuse_changed(path: str, read: Identity) -> None:
    try:
        now = Identity.of(os.lstat(path))
    except FileNotFoundError:
        now = None
    if now != read:
        message = f"{path} was changed by another program meanwhile; nothing was written"
        raise ConflictError(message, code="config_changed", hint="look at the change and try again")


def _appear(temporary: str, path: str) -> bool:
    """Give a new file its name, never over one that appeared meanwhile; whether it still has the old one."""
    try:
        os.link(temporary, path, follow_symlinks=False)
    except FileExistsError:
        raise _appeared(path) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            raise _appeared(path) from None
        os.rename(temporary, path)
        return False
    return True


def _appeared(path: str) -> ConflictError:
    message = f"{path} appeared meanwhile; nothing was written"
    return ConflictError(message, code="config_exists", hint="look at it and try again")


def _flush_directory(descriptor: int, directory: str) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno in _NO_DIRECTORY_FLUSH:
            return
        message = f"written: but {directory} could not be flushed to disk ({os.strerror(error.errno or 0)})"
        raise IOFailureError(
            message, code="not_durable", hint="a power cut now could bring the old file back"
        ) from None


def _given_up(error: BifrostKeysError, temporary: str) -> BifrostKeysError:
    """The error, which says so when the temporary file cannot be removed, as in an append-only directory."""
    if not _discard(temporary):
        error.hint = f"remove {temporary}, which could not be removed: it holds the same secrets"
    return error


def _discard(temporary: str) -> bool:
    """Remove a temporary file; whether it is gone."""
    for _ in range(2):
        with suppress(OSError):
            os.unlink(temporary)
            return True
    return not os.path.lexists(temporary)
