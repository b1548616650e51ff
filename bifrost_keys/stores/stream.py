"""A config that is read from standard input and written to standard output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bifrost_keys.errors import UsageError
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.config_file.transaction import FileTransaction


class StreamStore:
    """A ``config.json`` from standard input. Nothing is locked, and nothing touches the disk."""

    def __init__(
        self, data: bytes, *, initial: str | None = None, writable: bool = True, release: str | None = None
    ) -> None:
        """``initial`` replaces empty input; ``writable`` says that the output goes somewhere."""
        self.given: str | None = None
        self.path = "-"
        self.exposed = False
        self.output = data
        self._writable = writable
        self._release = release
        missing = initial is not None and not data.strip()
        self._data = initial.encode() if initial is not None and missing else data
        self._is_new = missing
        self._resources = ExitStack()

    def read(self, *, lenient: bool = False) -> FileSnapshot:
        """Return the keys of the input; ``lenient``: to be shown, even if no edit would be safe."""
        snapshot = self._snapshot(lenient=lenient)
        snapshot.document.require_readable()
        return snapshot

    def close(self) -> None:
        """Close what the snapshots have opened."""
        self._resources.close()

    def inspect(self) -> FileSnapshot:
        """Return the input, to be checked, with all its faults."""
        return self._snapshot(lenient=True)

    def _snapshot(self, *, lenient: bool) -> FileSnapshot:
        document = Document.parse(self._data, source="standard input", lenient=lenient)
        snapshot = FileSnapshot(document, None, release=self._release)
        self._resources.callback(snapshot.close)
        return snapshot

    @contextmanager
    def transaction(
        self, *, dry_run: bool = False, overwrite_web: bool = False, lenient: bool = False
    ) -> Iterator[FileTransaction]:
        """Open a transaction whose commit sets ``output``; raise UsageError if it goes nowhere."""
        if not self._writable and not dry_run:
            message = "--config - can only be changed with --stdout: the change would be lost"
            raise UsageError(message, code="stdout-missing", hint="add --stdout")

        def write(text: str) -> None:
            if not dry_run:
                self.output = text.encode()

        snapshot = self._snapshot(lenient=lenient)
        try:
            yield FileTransaction(
                snapshot, write, path=self.path, is_new=self._is_new, overwrite_web=overwrite_web
            )
        finally:
            snapshot.close()
