"""Record the writer's system calls in one folder, and let them fail on demand."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

NAMES = (
    *("open", "read", "write", "fsync", "close", "fchown", "fchmod", "setxattr", "removexattr"),
    *("listxattr", "getxattr", "lstat", "fstat", "listdir", "rename", "link", "unlink", "mkdir", "rmdir"),
)


@dataclass(frozen=True)
class Call:
    """One call: its name, the name of the file concerned ("." is the folder), and its arguments."""

    name: str
    file: str
    arguments: tuple[Any, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} {self.file}"


@dataclass(frozen=True)
class Failure:
    """The call of this number (from 0) fails with ``error``; ``for_ever``: so do all later ones like it."""

    number: int
    error: int
    for_ever: bool = False


@dataclass
class Recording:
    """The calls of a run so far, and the failures to inject; ``longest_write`` cuts every write short."""

    folder: str
    failure: Failure | None = None
    longest_write: int | None = None
    calls: list[Call] = field(default_factory=list)
    _files: dict[int, str] = field(default_factory=dict)

    def around(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """Return the call of this name, recorded if it concerns the folder."""

        def called(target: Any, *rest: Any, **named: Any) -> Any:
            file = self._file(target, named.get("dir_fd", named.get("src_dir_fd")))
            if file is None:
                return real(target, *rest, **named)
            if name == "write" and self.longest_write is not None:
                rest = (rest[0][: self.longest_write],)
            self.calls.append(Call(name, file, self._noted(name, rest, named.get("dst_dir_fd"))))
            failing = self._fails(name)
            if name == "close":
                # Even a close that fails has closed.
                real(target)
                self._files.pop(target)
            if failing:
                assert self.failure is not None
                raise OSError(self.failure.error, os.strerror(self.failure.error))
            if name == "close":
                return None
            answer = real(target, *rest, **named)
            if name == "open":
                self._files[answer] = file
            return answer

        return called

    def _fails(self, name: str) -> bool:
        if self.failure is None or len(self.calls) <= self.failure.number:
            return False
        if len(self.calls) == self.failure.number + 1:
            return True
        return self.failure.for_ever and self.calls[self.failure.number].name == name

    def _file(self, target: Any, directory: int | None = None) -> str | None:
        """Return the name within the folder; ``directory`` is the descriptor for a relative name."""
        if isinstance(target, int):
            return self._files.get(target)
        start = os.path.join(self.folder, self._files[directory]) if directory is not None else ""
        path = os.path.relpath(os.path.join(start, os.fspath(target)), self.folder)
        return None if path.startswith("..") else path

    def _noted(self, name: str, rest: tuple[Any, ...], directory: int | None) -> tuple[Any, ...]:
        if name in ("rename", "link"):
            return (self._file(rest[0], directory),)
        return tuple(bytes(value) if isinstance(value, memoryview) else value for value in rest)


def record(monkeypatch: pytest.MonkeyPatch, folder: Path, **settings: Any) -> Recording:
    """Record the calls in this folder from now on, and let them fail as the settings say."""
    recording = Recording(str(folder), **settings)
    for name in NAMES:
        if hasattr(os, name):
            monkeypatch.setattr(os, name, recording.around(name, getattr(os, name)))
    return recording
