"""Measures what fast means here, and prints a table: ``python tests/benchmarks/run.py [--million]``.

Every row is a ratio of two things that are run in turn (A B A B …) on this machine: the median of the
rounds' ratios. Start-up is measured in processor time of the child, large files in wall time. It always
exits 0: it tells, it does not judge.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.measure import Run, child, race, sh, write_config

FRAMEWORKS = "import typer, filelock; from pydantic import BaseModel; import rich.table, rich.console"
LARGE = 100_000
SMALL = 10
# Between these the growth is seen beside the time that every start takes.
FEWER, MORE = 25_000, 200_000


class Row(NamedTuple):
    """One line of the table; ``goal`` is None where a figure is for reference only."""

    work: str
    ratio: float
    unit: str
    goal: float | None = None
    note: str = ""


def main() -> None:
    """Measure all rows and print them as they come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--million", action="store_true", help="a row at 1,000,000 keys too (256 MB)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds for start-up; a third for large files")
    parser.add_argument("--dir", help="where to work; the file system matters (default: a temporary one)")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bifrost-keys-", dir=given.dir))
    print(f"{'work':<52}{'ratio':>8}  {'of':<26}{'goal':>6}  reached")
    try:
        bench = Bench(folder, given.rounds)
        for group in (
            bench.start_up,
            bench.references,
            bench.lock,
            bench.fairness,
            bench.large,
            bench.reading,
            bench.linear,
        ):
            for row in group():
                tell(row)
        if given.million:
            tell(bench.growth(LARGE, 1_000_000, 1))
    finally:
        shutil.rmtree(folder)


def tell(row: Row) -> None:
    """One line of the table."""
    goal = f"{row.goal:6.2f}" if row.goal is not None else "     –"
    reached = "" if row.goal is None else "yes" if row.ratio <= row.goal else "NO"
    print(f"{row.work:<52}{row.ratio:8.2f}  {row.unit:<26}{goal}  {reached:<4}{row.note}", flush=True)


class Bench:
    """The rows, on files in one directory."""

    def __init__(self, folder: Path, rounds: int) -> None:
        self.folder = folder
        self.rounds = rounds
        self.script = folder / "keys"
        # What pip installs as the console script.
        self.script.write_text("import sys\nfrom bifrost_keys.__main__ import main\nsys.exit(main())\n")
        self.target = folder / "config.json"
        self.files: dict[int, Path] = {}

    def keys(self, *arguments: str) -> list[str]:
        """The command line of the program."""
        return [sys.executable, str(self.script), *arguments]

    def file(self, count: int) -> Path:
        """A config of so many keys, made once."""
        if count not in self.files:
            self.files[count] = self.folder / f"{count}.json"
            write_config(self.files[count], count)
        return self.files[count]

    def append(self, count: int) -> Callable[[], Run]:
        """Adds a key to a fresh copy of a file of so many keys; the copying is not measured."""
        return self.fresh(count, "create", "openai", "--name", "new", "--value-env", "NEW_KEY")

    def fresh(self, count: int, *arguments: str) -> Callable[[], Run]:
        """Runs a command on a fresh copy of a file."""

        def run() -> Run:
            shutil.copyfile(self.file(count), self.target)
            self.target.chmod(0o600)
            with self.target.open("rb") as copy:
                os.fsync(copy.fileno())  # or the command's own flush would have to write the copy too
            return child(self.keys(*arguments, "--config", str(self.target)))

        return run

    def start_up(self) -> Sequence[Row]:
        """Short runs, in processor time."""
        nothing = [sys.executable, "-c", "pass"]
        config = str(self.file(SMALL))
        runs: dict[str, Callable[[], Run]] = {
            "pass": lambda: child(nothing),
            "M": lambda: child([sys.executable, "-c", FRAMEWORKS]),
            "create": self.append(SMALL),
            "list": lambda: child(self.keys("list", "-o", "json", "--config", config)),
            "version": lambda: child(self.keys("--version")),
            "words": lambda: child(self.keys("__complete", "bash", "keys create azure --en")),
            "names": lambda: child(self.keys("__complete", "bash", f"keys get --config {config} ")),
            "module": lambda: child([sys.executable, "-m", "bifrost_keys", "--version"]),
        }
        seen = self.in_turn(runs, self.rounds)
        return [
            Row("create on a 10-key file", ratio(seen, "create", "M", "cpu"), "M (the frameworks)", 1.15),
            Row("list -o json of 10 keys", ratio(seen, "list", "M", "cpu"), "M"),
            Row("M itself", ratio(seen, "M", "pass", "cpu"), "python -c pass"),
            Row("completion of commands and options", ratio(seen, "words", "pass", "cpu"), "pass", 1.25),
            Row("completion of names from the file", ratio(seen, "names", "pass", "cpu"), "pass"),
            Row("--version", ratio(seen, "version", "pass", "cpu"), "pass", 1.1),
            Row("python -m bifrost_keys --version", ratio(seen, "module", "pass", "cpu"), "pass"),
        ]

    def references(self) -> Sequence[Row]:
        """What others take for a like edit, where they are installed."""
        source, target = self.file(SMALL), self.target
        edit = (
            f'flock {target}.lock sh -c \'jq ".providers.openai.keys += [{{}}]" {source} > {target}.new'
            f" && mv {target}.new {target}'"
        )
        commands: dict[str, list[str]] = {"pass": [sys.executable, "-c", "pass"]}
        if shutil.which("jq") and shutil.which("flock"):
            commands["jq + flock + rename"] = ["/bin/sh", "-c", edit]
        dotenv = Path(sys.executable).with_name("dotenv")
        if dotenv.exists():
            (self.folder / ".env").touch()
            commands["dotenv set"] = [str(dotenv), "-f", str(self.folder / ".env"), "set", "NAME", "value"]
        seen = self.in_turn({name: _start(argv) for name, argv in commands.items()}, self.rounds)
        return [
            Row(f"reference: {name}", ratio(seen, name, "pass", "cpu"), "pass")
            for name in commands
            if name != "pass"
        ]

    def lock(self) -> Sequence[Row]:
        """How long the lock is held, against the bare write; measured inside a process of its own."""
        shutil.copyfile(self.file(SMALL), self.target)
        inside = Path(__file__).with_name("lock_held.py")
        run = child([sys.executable, str(inside), str(self.target)])
        return [Row("lock held, 10 keys", float(run.out), "write+fsync+rename+fsync", 2.0)]

    def fairness(self) -> Sequence[Row]:
        """32 processes at once on one file."""
        shutil.copyfile(self.file(SMALL), self.target)
        self.target.chmod(0o600)
        ended = race(
            [
                self.keys("create", "openai", "--value-env", f"KEY_{i}", "-q", "--config", str(self.target))
                for i in range(32)
            ]
        )
        seconds = sorted(run.wall for run in ended)
        lost = SMALL + 32 - self.target.read_text(encoding="utf-8").count('"value"')
        gave_up = sum(run.code != 0 for run in ended)
        note = f"  {lost} lost, {gave_up} gave up, slowest {seconds[-1]:.1f} s"
        return [Row("32 processes at once: p99", seconds[-1] / statistics.median(seconds), "p50", 2.0, note)]

    def large(self) -> Sequence[Row]:
        """A file of 100,000 keys, in wall time."""
        source, copy = self.file(LARGE), self.folder / "copy"
        one, many = self.folder / "one.json", self.folder / "many.json"
        write_config(one, 1, prefix="new")
        write_config(many, 1000, prefix="new")
        runs: dict[str, Callable[[], Run]] = {
            "copy": lambda: sh(f"cp {source} {copy} && sync -d {copy}"),
            "append": self.append(LARGE),
            "one": self.fresh(LARGE, "apply", str(one)),
            "many": self.fresh(LARGE, "apply", str(many)),
            "small": self.append(SMALL),
        }
        seen = self.in_turn(runs, max(3, self.rounds // 3))
        size = source.stat().st_size
        rss = {name: statistics.median(run.peak for run in seen[name]) for name in ("append", "small")}
        note = f"  {statistics.median(run.wall for run in seen['append']):.2f} s, file {size / 1e6:.1f} MB"
        return [
            Row("append to 100,000 keys", ratio(seen, "append", "copy", "wall"), "cp && sync -d", 13.0, note),
            Row(
                "its peak memory above that at 10 keys",
                (rss["append"] - rss["small"]) / size,
                "the file",
                4.0,
            ),
            Row("1,000 keys in one apply at 100,000", ratio(seen, "many", "one", "wall"), "one key", 1.2),
            self.growth(FEWER, MORE, 5),
        ]

    def reading(self) -> Sequence[Row]:
        """Commands that only read 100,000 keys, against Python's own JSON reader and the barest of them."""
        path = str(self.file(LARGE))
        load = "import json, sys; json.load(open(sys.argv[1], encoding='utf-8'))"
        commands = {
            "check": ("check",),
            "list -o json": ("list", "-o", "json"),
            "status": ("status",),
            "hash -o json": ("hash", "-o", "json"),
        }
        runs: dict[str, Callable[[], Run]] = {
            "load": lambda: child([sys.executable, "-c", load, path]),
            "names": lambda: child(self.keys("list", "-o", "name", "--config", path)),
        }
        runs |= {name: _start(self.keys(*line, "--config", path)) for name, line in commands.items()}
        seen = self.in_turn(runs, max(3, self.rounds // 3))
        rows = [Row("check of 100,000 keys", ratio(seen, "check", "names", "wall"), "list -o name")]
        for name in ("names", *commands):
            note = f"  {statistics.median(run.wall for run in seen[name]):.2f} s"
            work = f"{'list -o name' if name == 'names' else name} of 100,000 keys"
            rows.append(Row(work, ratio(seen, name, "load", "wall"), "json.load of it", None, note))
        return rows

    def growth(self, fewer: int, more: int, rounds: int) -> Row:
        """How the time of an append grows with the file: the exponent, start-up taken off."""
        seen = self.in_turn(
            {"base": self.append(SMALL), "few": self.append(fewer), "many": self.append(more)}, rounds
        )
        return Row(f"growth of append, {fewer:,} to {more:,}", exponent(seen, fewer, more), "exponent", 1.1)

    def linear(self) -> Sequence[Row]:
        """Reading commands on large files."""
        rows = []
        for command in (("list", "-o", "json"), ("check",), ("status",), ("hash", "-o", "name")):
            seen = self.in_turn(
                {
                    "base": self.fresh(SMALL, *command),
                    "few": self.fresh(FEWER, *command),
                    "many": self.fresh(MORE, *command),
                },
                3,
            )
            note = f"  {statistics.median(run.wall for run in seen['many']):.1f} s"
            value = exponent(seen, FEWER, MORE)
            rows.append(Row(f"growth of {command[0]}, {FEWER:,} to {MORE:,}", value, "exponent", 1.1, note))
        return rows

    def in_turn(self, runs: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
        """Every run in every round, after one that warms the caches."""
        for run in runs.values():
            run()
        return _turned([{name: run() for name, run in runs.items()} for _ in range(rounds)])


def ratio(seen: dict[str, list[Run]], one: str, other: str, what: str) -> float:
    """The median of the rounds' ratios."""
    pairs = zip(seen[one], seen[other], strict=True)
    return statistics.median(getattr(a, what) / getattr(b, what) for a, b in pairs)


def exponent(seen: dict[str, list[Run]], fewer: int, more: int) -> float:
    """The power of the size with which the wall time grows; "base" is the time of a file of 10 keys.

    Of the rounds the quickest: what is left when start-up is taken off is small, and noise only adds.
    """
    import math

    base, few, many = (min(run.wall for run in seen[name]) for name in ("base", "few", "many"))
    return math.log(max(many - base, 1e-6) / max(few - base, 1e-6)) / math.log(more / fewer)


def _start(argv: list[str]) -> Callable[[], Run]:
    return lambda: child(argv)


def _turned(rounds: Sequence[dict[str, Run]]) -> dict[str, list[Run]]:
    return {name: [each[name] for each in rounds] for name in rounds[0]}


if __name__ == "__main__":
    main()
