"""Run the program under strace: its system calls, and the consequences if one of them fails."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = str(Path(__file__).parents[2])
STRACE = shutil.which("strace")
CAMPAIGN = os.environ.get("BIFROST_KEYS_CAMPAIGN") == "1"
NO_STRACE = "strace is not installed: the program cannot be stopped at its system calls"
# How often these are asked for depends on the allocator's mood.
FICKLE = frozenset({"brk", "mmap", "munmap", "mremap", "madvise", "futex", "mprotect"})
# They change nothing on the disk: a run that is killed there leaves what it leaves at the next call.
LOOKING = FICKLE | {
    *(
        "close",
        "fstat",
        "getcwd",
        "getdents64",
        "getegid",
        "geteuid",
        "getpid",
        "getrandom",
        "gettid",
        "getuid",
    ),
    *("flistxattr", "ioctl", "lseek", "newfstatat", "read", "readlink", "rt_sigaction", "rt_sigprocmask"),
}
# A run takes less than a second; one that hangs is a finding, and must not hold up the others.
LIMIT_SECONDS = 60
_CALL = re.compile(r"(?:\d+ +)?([a-z_0-9]+)\(")


@dataclass(frozen=True)
class Call:
    """One system call of a run: its name, its number among those of that name, and strace's line."""

    name: str
    number: int
    line: str


@dataclass(frozen=True)
class Run:
    """The outcome of a traced run (negative: ended by that signal), and its output."""

    status: int
    out: bytes
    err: bytes
    calls: tuple[Call, ...]


class ForkServer:
    """The program with everything loaded: a run costs milliseconds instead of a start of Python."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.proof.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=scratch,
            env={"PYTHONPATH": SOURCE, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def run(self, folder: Path, argv: Sequence[str], inject: str | None = None) -> Run:
        """Run in ``folder``; ``inject`` is strace's expression of the same name, "" only traces."""
        out, err, trace = (self._scratch / name for name in ("out", "err", "trace"))
        request: dict[str, Any] = {"argv": list(argv), "cwd": str(folder), "env": environ(folder)}
        request |= {"out": str(out), "err": str(err), "stop": inject is not None}
        self._ask(json.dumps(request))
        child = self._answer()
        with _killed_in_time(child):
            if inject is not None:
                self._attach(child, trace, inject)
            status = self._answer()
        calls = calls_in(trace) if inject is not None else ()
        return Run(status, out.read_bytes(), err.read_bytes(), calls)

    def close(self) -> None:
        """End the server."""
        self._process.communicate()

    def _attach(self, child: int, trace: Path, inject: str) -> None:
        assert STRACE is not None
        options = ["-e", f"trace={inject.split(':')[0]}", "-e", f"inject={inject}"] if inject else []
        tracer = subprocess.Popen(
            [STRACE, "-y", "-s", "0", "-o", str(trace), *options, "-p", str(child)],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert tracer.stderr is not None
        said = tracer.stderr.readline()
        os.kill(child, signal.SIGCONT)
        rest = tracer.communicate()[1]
        assert "attached" in said, said + rest

    def _ask(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def _answer(self) -> int:
        assert self._process.stdout is not None
        return int(self._process.stdout.readline())


@contextmanager
def _killed_in_time(child: int) -> Iterator[None]:
    """Kill the child if the block takes too long, and fail then."""
    late = threading.Event()

    def end() -> None:
        late.set()
        os.kill(child, signal.SIGKILL)

    clock = threading.Timer(LIMIT_SECONDS, end)
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
        clock.join()
    assert not late.is_set(), f"the run did not end in {LIMIT_SECONDS} seconds"


@contextmanager
def fork_server(scratch: Path) -> Iterator[ForkServer]:
    """Yield a fork server for the time of the block."""
    server = ForkServer(scratch)
    try:
        yield server
    finally:
        server.close()


def run_whole(folder: Path, scratch: Path, argv: Sequence[str], inject: str) -> Run:
    """Run the program as a process of its own, traced from its first system call to its last."""
    assert STRACE is not None
    trace = scratch / "trace"
    options = ["-e", f"trace={inject.split(':')[0]}", "-e", f"inject={inject}"] if inject else []
    if "error=" in inject:
        # Only the calls of this name stop, so a run is three times as fast; signals are not injected so.
        options += ["-f", "--seccomp-bpf"]
    done = subprocess.run(
        [STRACE, "-s", "0", "-o", str(trace), *options, sys.executable, "-m", "bifrost_keys", *argv],
        timeout=LIMIT_SECONDS,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=folder,
        env=environ(folder),
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr, calls_in(trace))


def calls_in(trace: Path) -> tuple[Call, ...]:
    """Return the system calls of a trace in their order."""
    seen: Counter[str] = Counter()
    calls = []
    for line in trace.read_text(errors="replace").splitlines():
        found = _CALL.match(line)
        if found:
            seen[found[1]] += 1
            calls.append(Call(found[1], seen[found[1]], line))
    return tuple(calls)


def window(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Return the calls from the first that names the lock to the exit."""
    first = next(place for place, call in enumerate(calls) if ".lock" in call.line)
    return tuple(calls[first:])


def changing(calls: Sequence[Call]) -> tuple[Call, ...]:
    """Return the calls at which what is on the disk may be another than at the call before."""
    return tuple(call for call in calls if CAMPAIGN or call.name not in LOOKING)


def environ(folder: Path) -> dict[str, str]:
    """Return all of the environment that a traced run sees: nothing that differs from one run to the next."""
    return {
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": SOURCE,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
