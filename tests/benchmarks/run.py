"""Measure what fast means here, and print a table.

    python tests/benchmarks/run.py [--quick] [--only GROUP]... [--against COMMIT]

The program is installed as the README says, into a virtual environment of its own, and its installed script
is run. Every row is a ratio of two things that are run in turn (A B A B …) on this machine: the median of the
rounds' ratios. Start-up and growth are measured in processor time of the child, large files in wall time.
With --against the program of another commit is measured in the same rounds. It always exits 0: it reports,
it does not judge.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks import growth, large_files, locking, start_up
from tests.benchmarks.bench import Bench, Row
from tests.benchmarks.programs import Program, install

GROUPS = {
    "start-up": start_up.start_up,
    "peers": start_up.peers,
    "lock": locking.lock,
    "races": locking.races,
    "appending": large_files.appending,
    "reading": large_files.reading,
    "growth": growth.growth,
    "odd": large_files.odd_texts,
}
_ROUNDS, _QUICK_ROUNDS = 7, 3


def main() -> None:
    """Measure all rows and print them as they come."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="these groups of rows alone")
    parser.add_argument("--against", metavar="COMMIT", help="measure this commit too, as before")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, races and sizes: two minutes")
    parser.add_argument("--rounds", type=int, help="rounds for start-up; a third for large files")
    parser.add_argument("--dir", help="where to work; the file system matters (default: a temporary one)")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bifrost-keys-", dir=given.dir))
    rounds = given.rounds or (_QUICK_ROUNDS if given.quick else _ROUNDS)
    began = time.monotonic()
    try:
        programs = _install(folder, given.against)
        _isolate(folder)
        bench = Bench(folder, programs, rounds=rounds, quick=given.quick)
        _head(bench)
        for name in given.only or GROUPS:
            for row in GROUPS[name](bench):
                _show(row, bench.names)
        print(f"load of the machine: {_load()}; {time.monotonic() - began:.0f} s in all")
        for failure in sorted(bench.failed):
            print(f"failed: {failure}")
    finally:
        shutil.rmtree(folder)


def _install(folder: Path, against: str | None) -> Sequence[Program]:
    """Return the program of this tree, after that of the other commit, so that "before" is on the left."""
    commits = {"now": None} if against is None else {"before": against, "now": None}
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda name: install(name, folder, commits[name]), commits))


def _isolate(folder: Path) -> None:
    """Children see no configuration of the user's, and do not find this tree."""
    home = folder / "home"
    home.mkdir()
    os.environ["HOME"] = str(home)
    os.chdir(folder)


def _load() -> str:
    return ", ".join(f"{each:.1f}" for each in os.getloadavg())


def _head(bench: Bench) -> None:
    print(f"load of the machine: {_load()}; {os.cpu_count()} processors; Python {platform.python_version()}")
    names = "".join(f"{name:>9}" for name in bench.names)
    print(f"{'work':<62}{names}  {'of':<25}{'goal':>6}  reached")


def _show(row: Row, names: Sequence[str]) -> None:
    """One line of the table."""
    figures = [row.figures.get(name, row.figures.get("") if name == names[-1] else None) for name in names]
    cells = "".join(f"{'–' if figure is None else format(figure, '.2f'):>9}" for figure in figures)
    goal = f"{row.goal:6.2f}" if row.goal is not None else "     –"
    newest = figures[-1]
    reached = "" if row.goal is None or newest is None else "yes" if newest <= row.goal else "NO"
    print(f"{row.work:<62}{cells}  {row.unit:<25}{goal}  {reached:<4}{row.note}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
