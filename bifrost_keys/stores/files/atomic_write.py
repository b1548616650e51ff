"""Write a file atomically: a temporary file beside it, fsync, rename, fsync of the directory."""

import errno
import hashlib
import os
import re
import stat
from contextlib import suppress
from typing import NamedTuple

from bifrost_keys.errors import BifrostKeysError, ConflictError, IOFailureError
from bifrost_keys.stores.files import signals
from bifrost_keys.stores.files.attributes import keep_attributes
from bifrost_keys.stores.files.open_file import Identity, close_reader
from bifrost_keys.stores.files.os_errors import explained

_SUFFIX = ".bifrost-keys.tmp"
_CHUNK = 1 << 20
_TOKEN_BYTES = 8
_TOKEN = re.compile("[0-9a-f]{16}" + re.escape(_SUFFIX)).fullmatch
_NO_DIRECTORY_FLUSH = frozenset({errno.EINVAL, errno.EBADF, errno.ENOTSUP})
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK})


class _Target(NamedTuple):
    """The file to write, as two names in an open directory, which another program may move meanwhile."""

    directory: int
    path: str
    temporary: str

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    @property
    def folder(self) -> str:
        return os.path.dirname(self.path) or "."


def write_atomically(path: str, text: str, *, source: int | None, read: Identity | None) -> None:
    """Replace the content of the file at ``path`` with ``text``.

    ``source`` is an open descriptor of the file that was read, whose owner, extended attributes and mode are
    kept; ``read`` is its identity at that time. Both are None for a new file, which gets mode 0600 and, if
    root creates it, the owner of the directory. INT, QUIT, TERM and HUP are blocked meanwhile.

    Raise AccessDeniedError or IOFailureError, and ConflictError if the file is no longer the one that was
    read. A failure before the rename leaves the old file and nothing else; a message that begins with
    "written:" means that the rename succeeded and a later step failed.
    """
    folder = os.path.dirname(path) or "."
    try:
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise explained(error, "open", folder) from None
    target = _Target(directory, path, _prefix(path) + os.urandom(_TOKEN_BYTES).hex() + _SUFFIX)
    try:
        with signals.held_back():
            signals.raise_lost()
            _write_beside(target, text, source)
            _put_in_place(target, read)
            _flush_directory(target)
    finally:
        # Nothing was written through this descriptor, so an error on closing it loses nothing.
        with suppress(OSError):
            close_reader(directory)


def remove_stale(path: str) -> None:
    """Remove temporary files that a killed run left beside ``path``; the caller must have the lock."""
    for stale in find_stale(path):
        with suppress(OSError):
            os.unlink(stale)


def find_stale(path: str) -> list[str]:
    """Return the temporary files beside ``path``: left by a killed run, or being written right now."""
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


def _write_beside(target: _Target, text: str, source: int | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(target.temporary, flags, 0o600, dir_fd=target.directory)
    except OSError as error:
        raise explained(error, "write in the directory of", target.path, writing=True) from None
    try:
        try:
            _write_all(descriptor, text)
            if source is not None:
                keep_attributes(descriptor, source, target.path)
            else:
                _make_private(descriptor, target.directory)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _cleaned_up(explained(error, "write", target.path, writing=True), target) from None
    except BaseException:
        _discard(target)
        raise


def _make_private(descriptor: int, directory: int) -> None:
    """Give a new file mode 0600, whatever the umask, and the directory's owner if root creates it."""
    if os.geteuid() == 0:
        above = os.fstat(directory)
        os.fchown(descriptor, above.st_uid, above.st_gid)
    if os.fstat(descriptor).st_mode & 0o777 != 0o600:
        os.fchmod(descriptor, 0o600)


def _write_all(descriptor: int, text: str) -> None:
    """Write the text in chunks, so that a large file is never in memory twice."""
    for start in range(0, len(text), _CHUNK):
        rest = memoryview(text[start : start + _CHUNK].encode("utf-8"))
        while rest:
            count = os.write(descriptor, rest)
            if count == 0:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            rest = rest[count:]


def _put_in_place(target: _Target, read: Identity | None) -> None:
    linked = False
    try:
        if read is None:
            linked = _link_new_file(target)
        else:
            _refuse_changed(target.path, read)
            _rename(target)
    except OSError as error:
        raise _cleaned_up(explained(error, "replace", target.path, writing=True), target) from None
    except BifrostKeysError as error:
        raise _cleaned_up(error, target) from None
    except BaseException:
        _discard(target)
        raise
    signals.written(target.path)
    # A new file is linked to its name, so its temporary name is still there. After a rename it is not.
    if linked and not _discard(target):
        message = f"written: but its temporary name {_temporary_path(target)} could not be removed"
        raise IOFailureError(
            message, code="temporary-file-not-removed", hint="remove it: it contains the same secrets"
        )


def _refuse_changed(path: str, read: Identity) -> None:
    try:
        now = Identity.of(os.lstat(path))
    except (FileNotFoundError, NotADirectoryError):
        now = None
    if now != read:
        message = f"{path} was changed by another program in the meantime; nothing was written"
        raise ConflictError(message, code="config-changed", hint="review the change and try again")


def _rename(target: _Target) -> None:
    os.rename(target.temporary, target.name, src_dir_fd=target.directory, dst_dir_fd=target.directory)


def _link_new_file(target: _Target) -> bool:
    """Give a new file its name without replacing a file that another program created.

    Return whether the file still has its temporary name as well. Some file systems have no hard links.
    """
    if not os.path.samestat(os.stat(target.folder), os.fstat(target.directory)):
        message = f"{target.folder} was replaced by another directory in the meantime; nothing was written"
        raise ConflictError(message, code="directory-changed", hint="review the change and try again")
    try:
        os.link(
            target.temporary,
            target.name,
            src_dir_fd=target.directory,
            dst_dir_fd=target.directory,
            follow_symlinks=False,
        )
    except FileExistsError:
        raise _already_exists(target.path) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target.path):
            raise _already_exists(target.path) from None
        _rename(target)
        return False
    return True


def _already_exists(path: str) -> ConflictError:
    message = f"{path} was created by another program in the meantime; nothing was written"
    return ConflictError(message, code="config-exists", hint="review it and try again")


def _flush_directory(target: _Target) -> None:
    try:
        os.fsync(target.directory)
    except OSError as error:
        if error.errno in _NO_DIRECTORY_FLUSH:
            return
        reason = os.strerror(error.errno or 0)
        message = f"written: but {target.folder} could not be flushed to disk ({reason})"
        hint = "a power failure now could restore the old file"
        raise IOFailureError(message, code="write-not-durable", hint=hint) from None


def _cleaned_up(error: BifrostKeysError, target: _Target) -> BifrostKeysError:
    """Remove the temporary file; if that fails (in an append-only directory), add a hint to the error."""
    if not _discard(target):
        path = _temporary_path(target)
        error.hint = f"remove the temporary file {path}: it contains the same secrets"
    return error


def _temporary_path(target: _Target) -> str:
    return os.path.join(target.folder, target.temporary)


def _discard(target: _Target) -> bool:
    """Remove the temporary file; return whether it is gone."""
    for _ in range(2):
        try:
            os.unlink(target.temporary, dir_fd=target.directory)
        except FileNotFoundError:
            return True
        except OSError:
            continue
        return True
    return False
