"""Many runs of the program at once: each a process of its own, forked when everything is loaded.

``python -m tests.proof.race AT_ONCE WRITERS PATH ...``: each writer adds a key named by its number to openai;
they take the paths in turn. Prints their exit codes. As no start of Python lies between them, they want the
lock at the same moment, and a hundred of them take seconds instead of half a minute.
"""

from __future__ import annotations

import os
import sys

from bifrost_keys.__main__ import run
from tests.proof.fork_server import load

LONGEST_SECONDS = 60


def main() -> None:
    """Start the writers, never more than so many at once."""
    at_once, writers, *paths = sys.argv[1:]
    load()
    numbers: dict[int, int] = {}
    codes: dict[int, int] = {}
    for number in range(int(writers)):
        if len(numbers) - len(codes) == int(at_once):
            _await_one(numbers, codes)
        numbers[_start(number, paths[number % len(paths)])] = number
    while len(codes) < len(numbers):
        _await_one(numbers, codes)
    print(*(codes[number] for number in range(int(writers))))


def _start(number: int, path: str) -> int:
    child = os.fork()
    if child:
        return child
    options = ("-q", "--config", path, "--lock-timeout", str(LONGEST_SECONDS))
    os._exit(run(["create", "openai", "--name", f"k{number}", "--value-env", "A", *options]))


def _await_one(numbers: dict[int, int], codes: dict[int, int]) -> None:
    child, status = os.wait()
    codes[numbers[child]] = os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
