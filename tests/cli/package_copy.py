"""Copy the package, change the copy by a recipe of CONTRIBUTING, and run the program from it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import bifrost_keys
from tests.program import Program


class PackageCopy:
    """A copy of the package in a directory of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "source" / "bifrost_keys"
        shutil.copytree(
            Path(bifrost_keys.__file__).parent, self.root, ignore=shutil.ignore_patterns("__pycache__")
        )

    def insert(self, module: str, text: str, *, before: str) -> None:
        """Insert a text before another one, which the module must contain exactly once."""
        path = self.root / module
        old = path.read_text()
        assert old.count(before) == 1, f"{module} has this {old.count(before)} times: {before!r}"
        path.write_text(old.replace(before, text + before))

    def program(self, run: Program) -> Program:
        """Return the runner of the copy, after regenerating its completion table."""
        # With its byte code kept, because several runs follow.
        run.extra |= {"PYTHONPATH": str(self.root.parent), "PYTHONDONTWRITEBYTECODE": ""}
        made = [sys.executable, "-m", "bifrost_keys.cli.completion.make_table"]
        subprocess.run(made, env=run.environ, cwd=self.root.parents[1], check=True)
        return run
