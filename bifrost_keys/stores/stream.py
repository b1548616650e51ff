"""A config that comes on standard input and leaves on standard output."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from bifrost_keys.errors import UsageError
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.store import Transaction, text_digest


class StreamStore:
    """A ``config.json`` that came on standard input: nothing is locked, nothing touches the disk."""

    def __init__(self, data: bytes, *, initial: str | None = None, writable: bool = True) -> None:
        """``initial`` is the text that empty input stands for; not ``writable``: nobody takes the output."""
        self.given: str | None = None
        self.path = "-"
        self.exposed = False
        self.output = data
        self._writable = writable
        missing = initial is not None and not data.strip()
        self._data = initial.encode() if initial is not None and missing else data
        self._before = None if missing else hashlib.sha256(data).hexdigest()

    def read(self, *, lenient: bool = False) -> Document:
        """The document of the input."""
        return Document.parse(self._data, source="standard input", lenient=lenient)

    def peek(self) -> Document | None:
        """None: nobody waits for a stream."""

    @contextmanager
    def transaction(self, *, dry_run: bool = False, lenient: bool = False) -> Iterator[Transaction]:
        """A transaction whose commit sets ``output``; raises UsageError when nobody would take it."""
        if not self._writable and not dry_run:
            message = "--config - can only be changed with --stdout: the change would be lost"
            raise UsageError(message, code="stdout_missing", hint="add --stdout")

        def write(text: str) -> str:
            if not dry_run:
                self.output = text.encode()
            return text_digest(text)

        yield Transaction(self.read(lenient=lenient), self._before, write, is_new=self._before is None)
