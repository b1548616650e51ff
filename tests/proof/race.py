"""Run the program many times at once: each run is a process, forked after everything is loaded.

``python -m tests.proof.race AT_ONCE`` reads a JSON list of command lines from standard input, runs that many
at a time, and prints their exit codes. Without the start of Python they request the lock at the same moment,
and a hundred of them take seconds instead of half a minute.
"""

from __future__ import annotations

import json
import os
import sys

from bifrost_keys.__main__ import run
from tests.proof.fork_server import load


def main() -> None:
    """Start the runs, never more than so many at once."""
    at_once, commands = int(sys.argv[1]), json.load(sys.stdin)
    load()
    numbers: dict[int, int] = {}
    codes: dict[int, int] = {}
    for number, command in enumerate(commands):
        if len(numbers) - len(codes) == at_once:
            _await_one(numbers, codes)
        numbers[_start(command)] = number
    while len(codes) < len(numbers):
        _await_one(numbers, codes)
    print(*(codes[number] for number in range(len(commands))))


def _start(command: list[str]) -> int:
    child = os.fork()
    if child:
        return child
    os._exit(run(command))


def _await_one(numbers: dict[int, int], codes: dict[int, int]) -> None:
    child, status = os.wait()
    codes[numbers[child]] = os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
