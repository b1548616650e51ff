"""Rows about what people feel: start-up, the lock, many runs at once; on files of ten keys."""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks.bench import SMALL, Bench, Row, ratio
from tests.benchmarks.measure import Run, child, race

_FRAMEWORKS = "import typer, filelock; from pydantic import BaseModel; import rich.table, rich.console"
_KEY = "openai/key-0000000"
_READING = {
    "list -o json": ("list", "-o", "json"),
    "get": ("get", _KEY),
    "check": ("check",),
    "status": ("status",),
    "explain": ("explain", "openai", "gpt-4o"),
}
_GOALS = {
    "create": 0.8,
    "create, mixed keys": 0.8,
    "update": 1.1,
    "delete": 1.1,
    **dict.fromkeys(_READING, 1.1),
    "--help": 1.5,
    "create --help": 1.5,
}


def start_up(bench: Bench) -> Sequence[Row]:
    """Short runs, in processor time."""
    source = bench.file(SMALL)
    runs: dict[str, Callable[[], Run]] = {
        "pass": lambda: child([sys.executable, "-c", "pass"]),
        "M": lambda: child([sys.executable, "-c", _FRAMEWORKS]),
        "create": bench.append(SMALL),
        "create, mixed keys": bench.append(SMALL, "mixed"),
        "update": bench.fresh(source, "update", _KEY, "--weight", "2"),
        "delete": bench.fresh(source, "delete", _KEY, "--yes"),
        "--help": _start(bench.keys("--help")),
        "create --help": _start(bench.keys("create", "--help")),
        "--version": _start(bench.keys("--version")),
        "completion of options": _start(bench.keys("__complete", "bash", "keys create azure --en")),
        "completion of names": _start(bench.keys("__complete", "bash", f"keys get --config {source} ")),
    }
    runs |= {name: _start(bench.keys(*line, "--config", str(source))) for name, line in _READING.items()}
    seen = bench.in_turn(runs, bench.rounds)
    return [
        *(Row(f"{work}, 10 keys", ratio(seen, work, "M", "cpu"), "M", goal) for work, goal in _GOALS.items()),
        Row("M (the frameworks)", ratio(seen, "M", "pass", "cpu"), "python -c pass"),
        *(
            Row(work, ratio(seen, work, "pass", "cpu"), "python -c pass", 1.6)
            for work in ("--version", "completion of options", "completion of names")
        ),
    ]


def references(bench: Bench) -> Sequence[Row]:
    """What others take for a like edit, where they are installed."""
    source, target = bench.file(SMALL), bench.target
    edit = (
        f'flock {target}.lock sh -c \'jq ".providers.openai.keys += [{{}}]" {source} > {target}.new'
        f" && mv {target}.new {target}'"
    )
    commands: dict[str, list[str]] = {"pass": [sys.executable, "-c", "pass"]}
    if shutil.which("jq") and shutil.which("flock"):
        commands["jq + flock + rename"] = ["/bin/sh", "-c", edit]
    dotenv = Path(sys.executable).with_name("dotenv")
    if dotenv.exists():
        (bench.folder / ".env").touch()
        commands["dotenv set"] = [str(dotenv), "-f", str(bench.folder / ".env"), "set", "NAME", "value"]
    seen = bench.in_turn({name: _start(argv) for name, argv in commands.items()}, bench.rounds)
    return [
        Row(f"reference: {name}", ratio(seen, name, "pass", "cpu"), "python -c pass")
        for name in commands
        if name != "pass"
    ]


def lock(bench: Bench) -> Sequence[Row]:
    """How long the lock is held, against the bare write; measured inside a process of its own."""
    shutil.copyfile(bench.file(SMALL), bench.target)
    inside = Path(__file__).with_name("lock_held.py")
    run = child([sys.executable, str(inside), str(bench.target)])
    return [Row("lock held, 10 keys", float(run.out), "write+fsync+rename+fsync", 2.0)]


def fairness(bench: Bench) -> Sequence[Row]:
    """32 processes at once on one file: none may give up, and none of their keys be lost."""
    shutil.copyfile(bench.file(SMALL), bench.target)
    bench.target.chmod(0o600)
    line = ("create", "openai", "-q", "--config", str(bench.target), "--value-env")
    ended = race([bench.keys(*line, f"KEY_{number}") for number in range(32)])
    seconds = sorted(run.wall for run in ended)
    lost = SMALL + 32 - bench.target.read_text(encoding="utf-8").count('"value"')
    gave_up = sum(run.code != 0 for run in ended)
    note = f"  {lost} lost, slowest {seconds[-1]:.1f} s, half of them in {statistics.median(seconds):.1f} s"
    return [Row("32 processes at once: how many fail", max(lost, gave_up), "runs", 0, note)]


def _start(argv: list[str]) -> Callable[[], Run]:
    return lambda: child(argv)
