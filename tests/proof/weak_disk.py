"""A disk that keeps flushed data, and any part of the rest: all possible states after a power failure."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.proof.recording import Call


@dataclass(frozen=True)
class Node:
    """The target of a name: the bytes, and the mode on the disk (None: that of its creation)."""

    data: bytes
    mode: int | None = None


@dataclass
class _File:
    """A file in memory and on the disk."""

    data: bytes = b""
    mode: int | None = None
    flushed: Node = field(default_factory=lambda: Node(b""))

    def states(self) -> set[Node]:
        """Return what may be on the disk: the rest absent, zeroed, half there, or whole."""
        kept, now = self.flushed.data, self.data
        half = (len(kept) + len(now)) // 2
        contents = {kept, now, now[:half], now[:half] + bytes(len(now) - half), bytes(len(now)), b""}
        if kept == now:
            contents = {now}
        return {Node(data, mode) for data in contents for mode in {self.mode, self.flushed.mode}}


# A change of a directory: the name, and the file that it leads to from now on (None: to nothing).
_Entry = tuple[str, int | None]


@dataclass
class Disk:
    """The disk after the calls of a run; it is created with the flushed content from before them."""

    before: dict[str, bytes]
    _files: list[_File] = field(default_factory=list)
    _names: dict[str, int] = field(default_factory=dict)
    _flushed_names: dict[str, int] = field(default_factory=dict)
    _pending: list[tuple[_Entry, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, data in self.before.items():
            self._names[name] = len(self._files)
            self._files.append(_File(data, None, Node(data)))
        self._flushed_names = dict(self._names)

    def do(self, call: Call) -> None:
        """Apply this call."""
        file = self._names.get(call.file)
        if call.name == "open" and file is None and call.arguments[0] & os.O_CREAT:
            self._names[call.file] = len(self._files)
            self._pending.append(((call.file, len(self._files)),))
            self._files.append(_File())
        elif call.name == "write" and file is not None:
            self._files[file].data += call.arguments[0]
        elif call.name == "fchmod" and file is not None:
            self._files[file].mode = call.arguments[0]
        elif call.name == "fsync" and file is not None:
            self._files[file].flushed = Node(self._files[file].data, self._files[file].mode)
        elif call.name == "fsync":
            self._flushed_names, self._pending = dict(self._names), []
        elif call.name in ("rename", "link"):
            assert file is not None
            entries: tuple[_Entry, ...] = ((call.arguments[0], file),)
            self._change(entries if call.name == "link" else (*entries, (call.file, None)))
        elif call.name == "unlink":
            self._change(((call.file, None),))

    def states(self, name: str) -> Iterator[Node | None]:
        """Return everything that ``name`` may refer to after a power failure now; None: nothing.

        Any subset of the directory's changes that were not flushed may be on the disk; a rename is one
        change.
        """
        for kept in itertools.product((False, True), repeat=len(self._pending)):
            names: dict[str, int | None] = dict(self._flushed_names)
            for entries in itertools.compress(self._pending, kept):
                names.update(entries)
            file = names.get(name)
            yield from {None} if file is None else self._files[file].states()

    def _change(self, entries: tuple[_Entry, ...]) -> None:
        self._pending.append(entries)
        for name, file in entries:
            if file is None:
                self._names.pop(name, None)
            else:
                self._names[name] = file


def states_after_each(calls: Sequence[Call], before: dict[str, bytes], name: str) -> list[list[Node | None]]:
    """For each moment from before the first call to after the last, what ``name`` may lead to."""
    disk = Disk(before)
    moments = [list(disk.states(name))]
    for call in calls:
        disk.do(call)
        moments.append(list(disk.states(name)))
    return moments
