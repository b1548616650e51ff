"""Rows about concurrent runs: how long each holds the lock, and whether any loses a key or gives up."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.bench import SMALL, Bench, Row, fresh
from tests.benchmarks.measure import child, race
from tests.benchmarks.programs import Program

_THOUSANDS = 10_000
_GAVE_UP = 6
# How many runs, on how many keys, and whether the gateway's database is beside them.
_QUICK_RACES = ((32, SMALL, False), (32, _THOUSANDS, False), (32, _THOUSANDS, True))
_LONG_RACES = ((200, SMALL, False), (200, _THOUSANDS, True))


def lock(bench: Bench) -> Sequence[Row]:
    """Return how long the lock is held, against the bare write; measured inside a process of its own."""
    inside = str(Path(__file__).with_name("lock_held.py"))
    target = str(fresh(bench.file("alike", SMALL)))
    said: dict[str, list[float]] = {}
    for _ in range(bench.rounds):
        for program in bench.programs:
            out = child([program.python, inside, target]).out
            said.setdefault(program.name, []).extend([float(out)] if out else [])
    figures = {name: statistics.median(found) for name, found in said.items() if found}
    return [Row("lock held, 10 keys", figures, "write+fsync+rename+fsync", 2.0)]


def races(bench: Bench) -> Iterator[Row]:
    """Run many processes at once on one file: none may give up, and none of their keys may be lost."""
    for many, count, database in _QUICK_RACES if bench.quick else _QUICK_RACES + _LONG_RACES:
        yield _race(bench, many, count, database=database)


def _race(bench: Bench, many: int, count: int, *, database: bool) -> Row:
    source = bench.file("alike", count, database=database)
    results = {program.name: _run(program, source, many) for program in bench.programs}
    beside = " and a database" if database else ""
    failed = {name: float(max(lost, gave_up, others)) for name, (lost, gave_up, others, _) in results.items()}
    lost, gave_up, others, note = results[bench.names[-1]]
    said = f"{lost} lost, {gave_up} gave up, {others} failed; {note}"
    return Row(f"{many} at once on {count:,} keys{beside}", failed, "runs that fail", 0.0, said)


def _run(program: Program, source: Path, many: int) -> tuple[int, int, int, str]:
    """Return how many keys are lost, how many runs gave up or failed otherwise; and how long they took."""
    target = fresh(source)
    before = target.read_bytes().count(b'"value"')
    line = (program.script, "create", "openai", "-q", "--config", str(target), "--value-env")
    ended = race([(*line, f"KEY_{number}") for number in range(many)])
    gave_up = sum(run.code == _GAVE_UP for run in ended)
    failed = sum(run.code not in (0, _GAVE_UP) for run in ended)
    written = target.read_bytes().count(b'"value"') - before
    seconds = sorted(run.wall for run in ended)
    note = f"half in {statistics.median(seconds):.1f} s, all in {seconds[-1]:.1f} s"
    return many - gave_up - failed - written, gave_up, failed, note
