"""The config file as something that is read, and changed in transactions."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from bifrost_keys.errors import ConflictError
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.files.atomic_write import find_stale, remove_stale, write_atomically
from bifrost_keys.stores.files.new_file import owner_above, room_for
from bifrost_keys.stores.files.open_file import (
    MAX_CONFIG_BYTES,
    Identity,
    close_reader,
    look,
    missing,
    open_config,
    read_all,
    real_path,
    refuse_foreign,
    refuse_hard_link,
    status_of,
)

__all__ = ["MAX_CONFIG_BYTES", "FileStore", "Transaction", "Written", "create_file", "text_digest"]


_MOST_PEEKED_BYTES = 1 << 20


class Written(NamedTuple):
    """What a commit did.

    The SHA-256 of the file's bytes before (None: no file) and after.
    """

    sha256_before: str | None
    sha256_after: str | None
    changed: bool


@dataclass
class Transaction:
    """The file as it was read, and the one chance to write it."""

    document: Document
    sha256: str | None
    _write: Callable[[str], str]
    is_new: bool = False

    def commit(self, document: Document) -> Written:
        """Write the document if its text differs from what was read, or no file was there to be read."""
        if document.text == self.document.text and not self.is_new:
            return Written(self.sha256, self.sha256, False)
        return Written(self.sha256, self._write(document.text), True)


class FileStore:
    """A ``config.json`` on disk."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        lock_timeout: float = 10.0,
        on_wait: Callable[[], None] | None = None,
        initial: str | None = None,
    ) -> None:
        """``lock_timeout`` in seconds; ``initial`` is the text of a file that is missing."""
        self.given: str | None = os.fspath(path)
        self.path = real_path(self.given)
        self.exposed = False
        self._lock_timeout = lock_timeout
        self._on_wait = on_wait
        self._initial = initial
        self._peeked: tuple[bytes, Document] | None = None

    def read(self, *, lenient: bool = False) -> Document:
        """The file as it is now.

        Raises NotFoundError, AccessDeniedError, ConfigUnusableError, IOFailureError.
        """
        if look(self.path) is None:
            if self._initial is None:
                raise missing(self.path)
            return self._parse(self._initial.encode(), lenient=lenient)
        return self._parse(self._bytes(), lenient=lenient)

    def peek(self) -> Document | None:
        """The file as it is now, None where there is none or it is larger than 1 MiB.

        To decide on it before the lock is taken: a transaction that finds the same bytes has this very
        document. Of a large file a second reading costs more than others would wait. Raises what ``read``
        raises.
        """
        status = look(self.path)
        if status is None or status.st_size > _MOST_PEEKED_BYTES:
            return None
        data = self._bytes()
        document = self._parse(data)
        self._peeked = (data, document)
        return document

    @contextmanager
    def transaction(self, *, dry_run: bool = False, lenient: bool = False) -> Iterator[Transaction]:
        """Lock, read, and let the block decide and commit; without a commit nothing is written.

        A dry run takes no lock and leaves no trace: what it commits is only computed. ``lenient``: the
        block itself asks whether the document may be edited.
        """
        from bifrost_keys.stores.files.lock import locked

        status = look(self.path)
        if status is None and self._initial is None:
            raise missing(self.path)
        if status is not None:
            refuse_foreign(status, self.path)
            # A run that was killed while it made the file left it two names: the lock's holder heals that.
            if status.st_nlink > 1 and not find_stale(self.path):
                refuse_hard_link(status, self.path)
        _import_early()
        # What was read is closed after the lock is released: closing a replaced file is what deletes it.
        with ExitStack() as readers, ExitStack() as stack:
            if not dry_run:
                unmake = stack.enter_context(room_for(self.path)) if status is None else None
                owner = (status.st_uid, status.st_gid) if status is not None else owner_above(self.path)
                lock = locked(self.path, timeout=self._lock_timeout, owner=owner, on_wait=self._on_wait)
                stack.enter_context(lock)
                if unmake is not None:
                    stack.callback(unmake)
                remove_stale(self.path)
            yield self._begin(readers, dry_run=dry_run, lenient=lenient)

    def _begin(self, readers: ExitStack, *, dry_run: bool, lenient: bool) -> Transaction:
        if look(self.path) is None:
            if self._initial is None:
                raise missing(self.path)
            document = Document.parse_text(self._initial, source=self.path)
            return Transaction(document, None, self._writer(None, None, dry_run=dry_run), is_new=True)
        descriptor = open_config(self.path)
        readers.callback(close_reader, descriptor)
        status = status_of(descriptor, self.path)
        refuse_hard_link(status, self.path)
        self.exposed = bool(status.st_mode & 0o077)
        data = read_all(descriptor, self.path)
        digest = hashlib.sha256(data).hexdigest()
        known = self._peeked if not lenient else None
        document = known[1] if known is not None and known[0] == data else self._parse(data, lenient=lenient)
        return Transaction(document, digest, self._writer(descriptor, Identity.of(status), dry_run=dry_run))

    def _bytes(self) -> bytes:
        descriptor = open_config(self.path)
        try:
            return read_all(descriptor, self.path)
        finally:
            close_reader(descriptor)

    def _parse(self, data: bytes, *, lenient: bool = False) -> Document:
        return Document.parse(data, source=self.path, lenient=lenient)

    def _writer(self, source: int | None, read: Identity | None, *, dry_run: bool) -> Callable[[str], str]:
        def write(text: str) -> str:
            if not dry_run:
                write_atomically(self.path, text, source=source, read=read)
            return text_digest(text)

        return write


def create_file(
    path: str, text: str, *, lock_timeout: float = 10.0, on_wait: Callable[[], None] | None = None
) -> str:
    """Create a new config of mode 0600 and its directory of mode 0700; answers its real path.

    ``lock_timeout`` in seconds; ``on_wait`` is called when this waits for the lock. Raises ConflictError
    when something has that name already.
    """
    from bifrost_keys.stores.files.lock import locked

    real = real_path(path)
    if os.path.lexists(real):
        raise ConflictError(f"{real} exists already; it was left as it is", code="config_exists")
    with ExitStack() as stack:
        unmake = stack.enter_context(room_for(real))
        # Under the lock, so that nobody takes the temporary file for one that a killed run left.
        stack.enter_context(locked(real, timeout=lock_timeout, owner=owner_above(real), on_wait=on_wait))
        stack.callback(unmake)
        remove_stale(real)
        write_atomically(real, text, source=None, read=None)
    return real


def text_digest(text: str) -> str:
    """The SHA-256 of the text as UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _import_early() -> None:
    """Import what a change needs before the lock is taken: others wait for it."""
    from bifrost_keys.jsontext import (  # noqa: F401
        block_edit,
        object_edit,
        path_edit,
        splices,
        style,
        verify,
        writer,
    )
    from bifrost_keys.stores.config_file import edits, layout, provider_edits  # noqa: F401
