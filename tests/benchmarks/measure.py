"""Run child processes and measure their cost.

The measuring process must stay small, because a child's peak memory includes its parent's until it starts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

_NOTHING = os.open(os.devnull, os.O_RDWR)
_KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL")


class Run(NamedTuple):
    """The cost of a child: processor and wall time in seconds, peak memory in bytes; and its output."""

    code: int
    cpu: float
    wall: float
    peak: int
    out: str = ""


def child(argv: Sequence[str], *, terminal: bool = False) -> Run:
    """Run one child to its end, with a pipe or a terminal."""
    reader, writer = os.openpty() if terminal else os.pipe()
    began = time.perf_counter()
    pid = _start(argv, writer if terminal else _NOTHING, writer, writer if terminal else _NOTHING)
    os.close(writer)
    said = b""
    with os.fdopen(reader, "rb", buffering=0) as stream, suppress(OSError):  # a terminal ends with an error
        while piece := stream.read(1 << 16):
            said = said or piece
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    return _run(status, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss, said.decode(errors="replace"))


def sh(command: str) -> Run:
    """Run a line of shell."""
    return child(["/bin/sh", "-c", command])


def race(lines: Sequence[Sequence[str]]) -> list[Run]:
    """Start all at once; the wall time of each is that from the common start to its own end."""
    began = time.perf_counter()
    running = {_start(argv, _NOTHING, _NOTHING, _NOTHING) for argv in lines}
    ended = []
    while running:
        pid, status, usage = os.wait4(-1, 0)
        running.discard(pid)
        wall = time.perf_counter() - began
        ended.append(_run(status, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss))
    return ended


def _start(argv: Sequence[str], given: int, out: int, errors: int) -> int:
    return os.posix_spawn(
        argv[0],
        argv,
        {name: os.environ[name] for name in _KEPT if name in os.environ},
        file_actions=[(os.POSIX_SPAWN_DUP2, *each) for each in ((given, 0), (out, 1), (errors, 2))],
    )


def _run(status: int, cpu: float, wall: float, kibibytes: int, out: str = "") -> Run:
    return Run(os.waitstatus_to_exitcode(status), cpu, wall, kibibytes * 1024, out)
