"""The write: beside the file, flushed, renamed over it, the directory flushed. All or nothing."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass

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


@dataclass(frozen=True)
class _Place:
    """Where a write happens: a directory that is open, so that it may be moved, and two names in it."""

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
    """Replace the file at ``path`` by ``text``.

    ``source`` is the open descriptor of the file that was read, whose owner, extended attributes and
    mode are kept, and ``read`` its identity then; both None for a new file, which is 0600 and, when root
    makes it, of the directory's owner. INT, QUIT, TERM and HUP wait until the end of this write.

    Raises AccessDeniedError or IOFailureError, and ConflictError where the file is not the one that was
    read. Until the rename any failure leaves the old file and no other; a message that begins with
    "written:" means that the rename was done and what comes after it failed.
    """
    folder = os.path.dirname(path) or "."
    try:
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise explained(error, "open", folder) from None
    place = _Place(directory, path, _prefix(path) + os.urandom(_TOKEN_BYTES).hex() + _SUFFIX)
    try:
        with signals.held_back():
            _write_beside(place, text, source)
            _put_in_place(place, read)
            _flush_directory(place)
    finally:
        # Nothing was written through it, so nothing is lost by what goes wrong here.
        with suppress(OSError):
            close_reader(directory)


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


def _write_beside(place: _Place, text: str, source: int | None) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(place.temporary, flags, 0o600, dir_fd=place.directory)
    except OSError as error:
        raise explained(error, "write in the directory of", place.path, writing=True) from None
    try:
        try:
            _write_all(descriptor, text)
            if source is not None:
                keep_attributes(descriptor, source, place.path)
            else:
                _make_private(descriptor, place.directory)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _given_up(explained(error, "write", place.path, writing=True), place) from None
    except BaseException:
        _discard(place)
        raise


def _make_private(descriptor: int, directory: int) -> None:
    """A new file: as root the directory's owner, and 0600 whatever the umask took of it."""
    if os.geteuid() == 0:
        above = os.fstat(directory)
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


def _put_in_place(place: _Place, read: Identity | None) -> None:
    linked = False
    try:
        if read is None:
            linked = _appear(place)
        else:
            _refuse_changed(place.path, read)
            _rename(place)
    except OSError as error:
        raise _given_up(explained(error, "replace", place.path, writing=True), place) from None
    except BifrostKeysError as error:
        raise _given_up(error, place) from None
    except BaseException:
        _discard(place)
        raise
    signals.written(place.path)
    # A new file got its name as a second one; after a rename the first is gone and no longer ours to remove.
    if linked and not _discard(place):
        message = f"written: but {_temporary_path(place)}, its other name, could not be removed"
        raise IOFailureError(message, code="not-removed", hint="remove it: it contains the same secrets")


def _refuse_changed(path: str, read: Identity) -> None:
    try:
        now = Identity.of(os.lstat(path))
    except (FileNotFoundError, NotADirectoryError):
        now = None
    if now != read:
        message = f"{path} was changed by another program meanwhile; nothing was written"
        raise ConflictError(message, code="config-changed", hint="look at the change and try again")


def _rename(place: _Place) -> None:
    os.rename(place.temporary, place.name, src_dir_fd=place.directory, dst_dir_fd=place.directory)


def _appear(place: _Place) -> bool:
    """Give a new file its name, never over one that appeared meanwhile; whether it still has the old one."""
    if not os.path.samestat(os.stat(place.folder), os.fstat(place.directory)):
        message = f"{place.folder} was replaced by another directory meanwhile; nothing was written"
        raise ConflictError(message, code="directory-changed", hint="look at the change and try again")
    try:
        os.link(
            place.temporary,
            place.name,
            src_dir_fd=place.directory,
            dst_dir_fd=place.directory,
            follow_symlinks=False,
        )
    except FileExistsError:
        raise _appeared(place.path) from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(place.path):
            raise _appeared(place.path) from None
        _rename(place)
        return False
    return True


def _appeared(path: str) -> ConflictError:
    message = f"{path} appeared meanwhile; nothing was written"
    return ConflictError(message, code="config-exists", hint="look at it and try again")


def _flush_directory(place: _Place) -> None:
    try:
        os.fsync(place.directory)
    except OSError as error:
        if error.errno in _NO_DIRECTORY_FLUSH:
            return
        reason = os.strerror(error.errno or 0)
        message = f"written: but {place.folder} could not be flushed to disk ({reason})"
        hint = "a power cut now could bring the old file back"
        raise IOFailureError(message, code="not-durable", hint=hint) from None


def _given_up(error: BifrostKeysError, place: _Place) -> BifrostKeysError:
    """The error, with a hint where the temporary file cannot be removed, as in an append-only directory."""
    if not _discard(place):
        path = _temporary_path(place)
        error.hint = f"remove {path}, which could not be removed: it contains the same secrets"
    return error


def _temporary_path(place: _Place) -> str:
    return os.path.join(place.folder, place.temporary)


def _discard(place: _Place) -> bool:
    """Remove the temporary file; whether it is gone."""
    for _ in range(2):
        try:
            os.unlink(place.temporary, dir_fd=place.directory)
        except FileNotFoundError:
            return True
        except OSError:
            continue
        return True
    return False
