"""What every row of the benchmark needs: the program's command line, files of any size, runs in turn."""

from __future__ import annotations

import math
import os
import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.configs import write_alike, write_mixed
from tests.benchmarks.measure import Run, child

SMALL = 10
_WRITERS = {"alike": write_alike, "mixed": write_mixed}


class Row(NamedTuple):
    """One line of the table; ``goal`` is None where a figure is for reference only."""

    work: str
    ratio: float
    unit: str
    goal: float | None = None
    note: str = ""


class Bench:
    """Runs of the program on files in one directory."""

    def __init__(self, folder: Path, rounds: int) -> None:
        self.folder = folder
        self.rounds = rounds
        self.script = folder / "keys"
        # What pip installs as the console script.
        self.script.write_text("import sys\nfrom bifrost_keys.__main__ import main\nsys.exit(main())\n")
        self.target = folder / "config.json"
        self._files: dict[tuple[int, str], Path] = {}

    def keys(self, *arguments: str) -> list[str]:
        """The command line of the program."""
        return [sys.executable, str(self.script), *arguments]

    def file(self, count: int, kind: str = "alike") -> Path:
        """A config of so many keys, made once: "alike" or "mixed"."""
        if (count, kind) not in self._files:
            self._files[count, kind] = self.folder / f"{kind}-{count}.json"
            _WRITERS[kind](self._files[count, kind], count)
        return self._files[count, kind]

    def append(self, count: int, kind: str = "alike") -> Callable[[], Run]:
        """Add a key to a fresh copy of a file of so many keys; the copying is not measured."""
        source = self.file(count, kind)
        return self.fresh(source, "create", "openai", "--name", "new", "--value-env", "NEW_KEY")

    def fresh(self, source: Path, *arguments: str) -> Callable[[], Run]:
        """Run a command on a fresh copy of a file."""

        def run() -> Run:
            shutil.copyfile(source, self.target)
            self.target.chmod(0o600)
            with self.target.open("rb") as copy:
                os.fsync(copy.fileno())  # or the command's own flush would have to write the copy too
            return child(self.keys(*arguments, "--config", str(self.target)))

        return run

    def in_turn(self, runs: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
        """Every run in every round, after one that warms the caches."""
        for run in runs.values():
            run()
        each = [{name: run() for name, run in runs.items()} for _ in range(rounds)]
        return {name: [one[name] for one in each] for name in runs}


def ratio(seen: dict[str, list[Run]], one: str, other: str, what: str) -> float:
    """The median of the rounds' ratios."""
    pairs = zip(seen[one], seen[other], strict=True)
    return statistics.median(getattr(a, what) / getattr(b, what) for a, b in pairs)


def exponent(seen: dict[str, list[Run]], fewer: int, more: int) -> float:
    """The power of the size with which the time grows; "base" is the time of the smallest file.

    Of the rounds the quickest: what is left when start-up is taken off is small, and noise only adds.
    """
    base, few, many = (min(run.cpu for run in seen[name]) for name in ("base", "few", "many"))
    return math.log(max(many - base, 1e-6) / max(few - base, 1e-6)) / math.log(more / fewer)
