"""A bare machine for a recipe: only ``keys`` and the programs that the recipe names are on its PATH."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.program import Program

EXAMPLES = Path(__file__).parents[2] / "examples"
CHECKOUT = EXAMPLES.parent
needs_index = pytest.mark.skipif(
    os.environ.get("BIFROST_KEYS_PACKAGING") != "1",
    reason="installs from the package index: set BIFROST_KEYS_PACKAGING=1",
)


class Machine:
    """Runs a recipe with one directory on its PATH; every output is searched for secrets."""

    def __init__(self, run: Program) -> None:
        self.root = run.root
        self.programs = run.root / "programs"
        self.programs.mkdir()
        self.environ = {**run.environ, "PATH": str(self.programs)}
        self.keys = self.program("keys", f'#!/bin/sh\nexec "{sys.executable}" -m bifrost_keys "$@"\n')

    def install(self, *tools: str) -> None:
        """Put the machine's own programs on the PATH; skip the test, saying so, if one is missing."""
        for tool in tools:
            if not (self.programs / tool).exists():
                (self.programs / tool).symlink_to(found(tool))

    def program(self, name: str, text: str) -> Path:
        """Write a program with this text to the PATH, such as a stand-in for one that needs a service."""
        place = self.programs / name
        place.write_text(text)
        place.chmod(0o755)
        return place

    def __call__(
        self,
        *command: str | Path,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        environ = {**self.environ, **(env or {})}
        words = [str(part) for part in command]
        return subprocess.run(
            [shutil.which(words[0], path=environ["PATH"]) or words[0], *words[1:]],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=cwd or self.root,
            env=environ,
            timeout=180,
            check=False,
        )


def found(tool: str) -> str:
    """Return the tool next to this interpreter or on the path; skip with the reason if it is missing."""
    beside = Path(sys.executable).parent / tool
    path = str(beside) if beside.exists() else shutil.which(tool)
    if path is None:
        pytest.skip(f"{tool} is not installed here")
    return path


def keys_of(config: Path) -> list[tuple[str, str, Any]]:
    """Return provider, name and value of each key of the file."""
    providers = json.loads(config.read_text())["providers"]
    return [(name, key["name"], key.get("value")) for name in providers for key in providers[name]["keys"]]


def state_of(path: Path) -> tuple[int, int, bytes]:
    """Return what a write changes: inode, time, content."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, path.read_bytes()
