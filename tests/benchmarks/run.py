"""Measures what fast means here, and prints a table: ``python tests/benchmarks/run.py [--only WORD]``.

Every row is a ratio of two things that are run in turn (A B A B …) on this machine: the median of the
rounds' ratios. Start-up is measured in processor time of the child, large files in wall time, growth in
processor time. It always exits 0: it reports, it does not judge.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks import large_files, small_files
from tests.benchmarks.bench import Bench, Row

GROUPS = {
    "start-up": small_files.start_up,
    "references": small_files.references,
    "lock": small_files.lock,
    "fairness": small_files.fairness,
    "changing": large_files.changing,
    "reading": large_files.reading,
    "faults": large_files.faults,
    "odd": large_files.odd_texts,
}


def main() -> None:
    """Measure all rows and print them as they come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=list(GROUPS), help="these groups of rows alone")
    parser.add_argument("--million", action="store_true", help="a row at 1,000,000 keys too (256 MB)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds for start-up; a third for large files")
    parser.add_argument("--dir", help="where to work; the file system matters (default: a temporary one)")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="bifrost-keys-", dir=given.dir))
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"load of the machine: {load}")
    print(f"{'work':<58}{'ratio':>8}  {'of':<26}{'goal':>6}  reached")
    try:
        bench = Bench(folder, given.rounds)
        for name in given.only or GROUPS:
            for row in GROUPS[name](bench):
                show(row)
        if given.million:
            show(large_files.growth(bench, 100_000, 1_000_000))
    finally:
        shutil.rmtree(folder)


def show(row: Row) -> None:
    """One line of the table."""
    goal = f"{row.goal:6.2f}" if row.goal is not None else "     –"
    reached = "" if row.goal is None else "yes" if row.ratio <= row.goal else "NO"
    print(f"{row.work:<58}{row.ratio:8.2f}  {row.unit:<26}{goal}  {reached:<4}{row.note}", flush=True)


if __name__ == "__main__":
    main()
