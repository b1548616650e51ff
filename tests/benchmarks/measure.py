"""Runs children and says what they cost.

The measuring process must stay small: a child's peak memory counts its parent's until it starts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

_SOURCE = str(Path(__file__).parents[2])
_NOTHING = os.open(os.devnull, os.O_RDWR)


class Run(NamedTuple):
    """What a child cost: seconds of processor and of the wall clock, bytes at its peak; and what it said."""

    code: int
    cpu: float
    wall: float
    peak: int
    out: str


def child(argv: Sequence[str]) -> Run:
    """Run one child to its end."""
    began = time.perf_counter()
    reader, writer = os.pipe()
    pid = _start(argv, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        said = b""
        while piece := stream.read(1 << 16):
            said = said or piece
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - began
    return _run(status, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024, said.decode())


def sh(command: str) -> Run:
    """Run a line of shell."""
    return child(["/bin/sh", "-c", command])


def race(lines: Sequence[Sequence[str]]) -> list[Run]:
    """Start all at once; each one's wall time is that from the common start to its own end."""
    began = time.perf_counter()
    running = {_start(argv, _NOTHING) for argv in lines}
    ended = []
    while running:
        pid, status, usage = os.wait4(-1, 0)
        running.discard(pid)
        wall = time.perf_counter() - began
        ended.append(_run(status, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024, ""))
    return ended


def _start(argv: Sequence[str], out: int) -> int:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
    return os.posix_spawn(
        argv[0],
        argv,
        {**kept, "PYTHONPATH": _SOURCE},
        file_actions=[
            (os.POSIX_SPAWN_DUP2, _NOTHING, 0),
            (os.POSIX_SPAWN_DUP2, out, 1),
            (os.POSIX_SPAWN_DUP2, _NOTHING, 2),
        ],
    )


def _run(status: int, cpu: float, wall: float, peak: int, out: str) -> Run:
    return Run(os.waitstatus_to_exitcode(status), cpu, wall, peak, out)
