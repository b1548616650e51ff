"""Shared parts of the benchmark: programs, files of any size, alternating runs, and their ratios."""

from __future__ import annotations

import math
import os
import shutil
import statistics
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from tests.benchmarks.measure import Run, child
from tests.benchmarks.programs import ROOT, Program

SMALL = 10
FRAMEWORKS = "import typer, filelock; from pydantic import BaseModel; import rich.table, rich.console"
# The least that a command that changes a file, and one that reads JSON, imports of the frameworks.
CHANGING = "import typer, filelock, pydantic_core, json"
READING = "import json"
# check exits with 1 if it finds errors.
_EXPECTED = frozenset({0, 1})

Work: TypeAlias = Callable[[Program], Run]
Yardstick: TypeAlias = Callable[[], Run]
Figures: TypeAlias = Mapping[str, float]


class Row(NamedTuple):
    """One line of the table.

    ``figures`` has one for each program, or one under "" for anything else; ``goal`` is None if a figure is
    for reference only.
    """

    work: str
    figures: Figures
    unit: str
    goal: float | None = None
    note: str = ""


class Seen(NamedTuple):
    """The runs of each work by each program, and of each yardstick (with program ""), round by round."""

    programs: Sequence[str]
    runs: Mapping[tuple[str, str], Sequence[Run]]

    @property
    def newest(self) -> str:
        """The program that notes refer to."""
        return self.programs[-1]

    def medians(self, work: str, what: str) -> Figures:
        """Return the median of all rounds."""
        return {name: _median(self.runs[work, name], what) for name in self.programs}

    def against(self, yardstick: str, work: str, what: str) -> Figures:
        """Return the median of the rounds' ratios to a yardstick."""
        return {name: self._ratio((work, name), (yardstick, ""), what) for name in self.programs}

    def against_own(self, other: str, work: str, what: str) -> Figures:
        """Return the median of the rounds' ratios to another work of the same program."""
        return {name: self._ratio((work, name), (other, name), what) for name in self.programs}

    def yardsticks(self, one: str, other: str, what: str) -> Figures:
        """Return the median of the rounds' ratios of two yardsticks."""
        return {"": self._ratio((one, ""), (other, ""), what)}

    def peak_above(self, base: str, work: str, size: int) -> Figures:
        """Return the peak memory above that of another work, in files of this size."""
        return {
            name: (_median(self.runs[work, name], "peak") - _median(self.runs[base, name], "peak")) / size
            for name in self.programs
        }

    def exponents(self, fewer: int, more: int) -> Figures:
        """Return the power of the size with which the time grows from "few" to "many".

        The quickest round counts, because the rest after subtracting the start ("base") is small, and noise
        only adds.
        """
        return {name: self._exponent(name, fewer, more) for name in self.programs}

    def _exponent(self, program: str, fewer: int, more: int) -> float:
        base, few, many = (
            min(run.cpu for run in self.runs[each, program]) for each in ("base", "few", "many")
        )
        return math.log(max(many - base, 1e-3) / max(few - base, 1e-3)) / math.log(more / fewer)

    def _ratio(self, one: tuple[str, str], other: tuple[str, str], what: str) -> float:
        pairs = zip(self.runs[one], self.runs[other], strict=True)
        return statistics.median(getattr(run, what) / getattr(yardstick, what) for run, yardstick in pairs)


def _median(runs: Sequence[Run], what: str) -> float:
    return statistics.median(getattr(run, what) for run in runs)


class Bench:
    """Runs of the programs on files in one folder."""

    def __init__(self, folder: Path, programs: Sequence[Program], *, rounds: int, quick: bool) -> None:
        self.folder = folder
        self.programs = programs
        self.rounds = rounds
        self.fewer_rounds = max(1, rounds // 3)
        self.quick = quick
        self.failed: set[str] = set()

    @property
    def names(self) -> Sequence[str]:
        """The names of the programs."""
        return [program.name for program in self.programs]

    def file(self, kind: str, count: int, *, database: bool = False) -> Path:
        """Return a config of a kind (of ``configs``), created once, with the gateway's database beside it."""
        place = self.folder / f"{kind}-{count}{'-database' if database else ''}" / "config.json"
        if not place.exists():
            place.parent.mkdir()
            self.write(kind, count, place, *(["--database"] if database else []))
        return place

    def write(self, *line: object) -> None:
        """Create a file as ``configs`` does, in another process, because this one must stay small."""
        command = [self.programs[-1].python, "-m", "tests.benchmarks.configs", *map(str, line)]
        subprocess.run(command, check=True, cwd=ROOT)

    def read(self, *line: str, terminal: bool = False) -> Work:
        """Run a command that changes nothing."""
        return lambda program: self._run(program, line, terminal=terminal)

    def change(self, source: Path, *line: str, terminal: bool = False) -> Work:
        """Run a command on a fresh copy of a file; copying is not measured."""

        def work(program: Program) -> Run:
            return self._run(program, (*line, "--config", str(fresh(source))), terminal=terminal)

        return work

    def create(self, source: Path, *, terminal: bool = False) -> Work:
        """Add a key to a fresh copy of a file."""
        line = ("create", "openai", "--name", "new", "--value-env", "NEW_KEY")
        return self.change(source, *line, terminal=terminal)

    def in_turn(
        self,
        works: Mapping[str, Work],
        yardsticks: Mapping[str, Yardstick] | None = None,
        *,
        rounds: int | None = None,
        warm: bool = True,
    ) -> Seen:
        """Run each yardstick, and each work by each program, in every round.

        ``warm``: once before, without a record, so that the files are in memory.
        """
        seen: dict[tuple[str, str], list[Run]] = {}
        for number in range(-1 if warm else 0, self.rounds if rounds is None else rounds):
            for name, yardstick in (yardsticks or {}).items():
                seen.setdefault((name, ""), []).append(yardstick())
            for name, work in works.items():
                # Who is first in one round is last in the next.
                for program in self.programs[:: 1 if number % 2 else -1]:
                    seen.setdefault((name, program.name), []).append(work(program))
        return Seen(self.names, {name: runs[1 if warm else 0 :] for name, runs in seen.items()})

    def _run(self, program: Program, line: Sequence[str], *, terminal: bool) -> Run:
        done = child([program.script, *line], terminal=terminal)
        if done.code not in _EXPECTED:
            self.failed.add(f"exit code {done.code} of {program.name}: keys {' '.join(line)}")
        return done


def fresh(source: Path) -> Path:
    """Return a copy of the file in its own folder, where its database is, flushed to disk."""
    target = source.with_name("target.json")
    shutil.copyfile(source, target)
    target.chmod(0o600)
    with target.open("rb") as copy:
        os.fsync(copy.fileno())  # or the command's own flush would have to write the copy too
    return target
