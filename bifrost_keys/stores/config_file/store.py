"""A config file as a store that is read, and changed in transactions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Protocol

from bifrost_keys.stores.config_file.decoding import decoded
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.gateway_database import load_ahead
from bifrost_keys.stores.config_file.locate import missing
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.files.atomic_write import find_stale, remove_stale, write_atomically
from bifrost_keys.stores.files.new_file import parent_directories, parent_owner
from bifrost_keys.stores.files.open_file import (
    Identity,
    close_reader,
    open_regular,
    read_all,
    real_path,
    refuse_foreign,
    refuse_hard_link,
    regular_file_status,
    status_of,
)

if TYPE_CHECKING:
    from bifrost_keys.stores.config_file.transaction import FileTransaction


class ConfigStore(Protocol):
    """A store that is a ``config.json``: a file, or a stream that replaces one."""

    @property
    def path(self) -> str:
        """The name of the store in messages."""

    @property
    def exposed(self) -> bool:
        """Whether a change has found that other users can read the file."""

    @property
    def given(self) -> str | None:
        """The path as given to the gateway, links not resolved; None for a stream."""

    def read(self, *, lenient: bool = False) -> FileSnapshot:
        """Return the file as it is now; ``lenient``: only to be shown, so it may be unsafe to edit."""

    def inspect(self) -> FileSnapshot:
        """Return the file as it is now, to be checked, with all its faults."""

    def transaction(
        self, *, dry_run: bool = False, overwrite_web: bool = False, lenient: bool = False
    ) -> AbstractContextManager[FileTransaction]:
        """Open a transaction; ``lenient``: the block itself checks that the document may be edited."""


class FileStore:
    """A ``config.json`` on disk."""

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        lock_timeout: float = 10.0,
        on_wait: Callable[[], None] | None = None,
        initial: str | None = None,
        release: str | None = None,
    ) -> None:
        """``lock_timeout`` is in seconds; ``initial`` is the text to use if the file does not exist.

        ``release`` is the gateway's, if it is known: it decides how hashes are computed.
        """
        self.given: str | None = os.fspath(path)
        self.path = real_path(self.given)
        self.exposed = False
        self._lock_timeout = lock_timeout
        self._on_wait = on_wait
        self._initial = initial
        self._release = release
        self._resources = ExitStack()

    def read(self, *, lenient: bool = False) -> FileSnapshot:
        """Return the file as it is now; ``lenient``: only to be shown, so it may be unsafe to edit.

        The gateway's database, if the snapshot opens it, is closed with the store. Raise NotFoundError,
        AccessDeniedError, ConfigUnusableError, IOFailureError.
        """
        snapshot = self._snapshot(self._read(), lenient=lenient)
        self._resources.callback(snapshot.close)
        snapshot.document.require_readable()
        return snapshot

    def inspect(self) -> FileSnapshot:
        """Return the file as it is now, to be checked, with all its faults; raise as ``read`` does."""
        snapshot = self._snapshot(self._read(), lenient=True)
        self._resources.callback(snapshot.close)
        return snapshot

    def close(self) -> None:
        """Close what the snapshots that were read have opened."""
        self._resources.close()

    def _read(self) -> str:
        if regular_file_status(self.path) is None:
            if self._initial is None:
                raise missing(self.path)
            return self._initial
        descriptor = open_regular(self.path)
        try:
            return self._text(descriptor)
        finally:
            close_reader(descriptor)

    @contextmanager
    def transaction(
        self, *, dry_run: bool = False, overwrite_web: bool = False, lenient: bool = False
    ) -> Iterator[FileTransaction]:
        """Lock and read the file, and let the block decide and commit; without a commit nothing is written.

        A dry run takes no lock and leaves no trace: its commit only computes the result. ``lenient``: the
        block itself checks that the document may be edited.
        """
        # Only changes need these; they are loaded before the lock is taken, because others wait for it.
        from bifrost_keys.stores.config_file.transaction import FileTransaction
        from bifrost_keys.stores.files.lock import locked

        load_ahead(self.given)
        status = regular_file_status(self.path)
        if status is None and self._initial is None:
            raise missing(self.path)
        if status is not None:
            refuse_foreign(status, self.path)
            # A run that was killed while creating the file left a second name. It is removed under the lock.
            if status.st_nlink > 1 and not find_stale(self.path):
                refuse_hard_link(status, self.path)
        # Closed after the lock is released, because closing a replaced file deletes it, which takes time.
        with ExitStack() as readers, ExitStack() as stack:
            if not dry_run:
                remove_unused = stack.enter_context(parent_directories(self.path)) if status is None else None
                owner = (status.st_uid, status.st_gid) if status is not None else parent_owner(self.path)
                lock = locked(self.path, timeout=self._lock_timeout, owner=owner, on_wait=self._on_wait)
                stack.enter_context(lock)
                if remove_unused is not None:
                    stack.callback(remove_unused)
                remove_stale(self.path)
            snapshot, is_new, write = self._open(readers, dry_run=dry_run, lenient=lenient)
            readers.callback(snapshot.close)
            yield FileTransaction(snapshot, write, path=self.path, is_new=is_new, overwrite_web=overwrite_web)

    def _open(
        self, readers: ExitStack, *, dry_run: bool, lenient: bool
    ) -> tuple[FileSnapshot, bool, Callable[[str], None]]:
        """Return the file, whether it is missing, and the function that replaces its text."""
        if regular_file_status(self.path) is None:
            if self._initial is None:
                raise missing(self.path)
            snapshot = self._snapshot(self._initial, lenient=False)
            return snapshot, True, self._writer(None, None, dry_run=dry_run)
        descriptor = open_regular(self.path)
        readers.callback(close_reader, descriptor)
        status = status_of(descriptor, self.path)
        refuse_hard_link(status, self.path)
        self.exposed = bool(status.st_mode & 0o077)
        text = self._text(descriptor)
        write = self._writer(descriptor, Identity.of(status), dry_run=dry_run)
        return self._snapshot(text, lenient=lenient), False, write

    def _text(self, descriptor: int) -> str:
        # Nothing keeps the bytes while the text is parsed, when most memory is needed.
        return decoded(read_all(descriptor, self.path), self.path)

    def _snapshot(self, text: str, *, lenient: bool) -> FileSnapshot:
        document = Document.of_text(text, source=self.path, lenient=lenient)
        return FileSnapshot(document, self.given, release=self._release)

    def _writer(self, source: int | None, read: Identity | None, *, dry_run: bool) -> Callable[[str], None]:
        def write(text: str) -> None:
            if not dry_run:
                write_atomically(self.path, text, source=source, read=read)

        return write
