"""What an operation asks of a store: to read, and to change in one transaction."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from bifrost_keys.stores.config_file.document import Document


class Written(Protocol):
    """What a commit answers."""

    @property
    def sha256_before(self) -> str | None:
        """The SHA-256 of the file as it was read, None for a new one."""

    @property
    def sha256_after(self) -> str | None:
        """The SHA-256 of the file as it is now."""

    @property
    def changed(self) -> bool:
        """Whether the text differs."""


class Transaction(Protocol):
    """A locked file: nothing else of ours writes to it until the transaction ends."""

    @property
    def document(self) -> Document:
        """The file as it was read under the lock."""

    def commit(self, document: Document) -> Written:
        """Write the document if its text differs."""


class Store(Protocol):
    """A file, or a stream that stands for one."""

    @property
    def path(self) -> str:
        """The file's real path, as it is shown."""

    @property
    def given(self) -> str | None:
        """The path as the gateway is given it, links not resolved; None for a stream."""

    def read(self, *, lenient: bool = False) -> Document:
        """The file as it is now, without a lock."""

    def peek(self) -> Document | None:
        """The file as it is now, if that is quick; a transaction that finds it so has this very document."""

    def transaction(
        self, *, dry_run: bool = False, lenient: bool = False
    ) -> AbstractContextManager[Transaction]:
        """A transaction; ``dry_run`` decides everything and writes nothing.

        ``lenient``: the document may be one that must not be edited, and the operation asks it.
        """
