"""Search for secrets: every secret of the tests contains the word SENTINEL."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

SENTINEL = b"SENTINEL"
SECRET = "sk-test-SENTINEL-0123456789abcdef"
SHORT_SECRET = "sk-test-SENTINEL-0001"
# The gateway's own files, and what externalize writes for it, are where secrets belong.
_THEIRS = ("config.json", "moved.env", "config.db", "config.db-wal", "config.db-shm", "config.db-journal")
_LARGEST = 64 << 20


@dataclass
class Sentinel:
    """The outputs of a test, and the files that may contain secrets because the test wrote them."""

    root: Path | None
    outputs: list[bytes] = field(default_factory=list)
    allowed: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=lambda: set(_THEIRS))

    def saw(self, output: bytes | str) -> None:
        """Note an output of the program."""
        self.outputs.append(output if isinstance(output, bytes) else output.encode("utf-8", "replace"))

    def allow(self, *paths: Path | str) -> None:
        """Declare files that contain secrets on purpose; a bare name allows it in every directory."""
        for path in paths:
            if isinstance(path, str) and os.sep not in path:
                self.names.add(path)
            else:
                self.allowed.add(os.path.abspath(path))

    def search(self) -> list[str]:
        """Return the places with a secret that should not be there."""
        found = [f"output {text!r}" for text in self.outputs if SENTINEL in text]
        return found + (self._files(os.fsencode(self.root)) if self.root is not None else [])

    def _files(self, root: bytes) -> list[str]:
        found = []
        for folder, folders, names in os.walk(root):
            for name in (*folders, *names):
                path = os.path.join(folder, name)
                if SENTINEL in name:
                    found.append(f"name {path!r}")
                if os.path.islink(path) and SENTINEL in os.readlink(path):
                    found.append(f"link {path!r}")
                if not self._allowed(path) and _holds_secret(path):
                    found.append(f"file {path!r}")
        return found

    def _allowed(self, path: bytes) -> bool:
        return os.fsdecode(path) in self.allowed or os.fsdecode(os.path.basename(path)) in self.names


def _holds_secret(path: bytes) -> bool:
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
            return False
        with open(path, "rb") as stream:
            return SENTINEL in stream.read()
    except OSError:
        return False
