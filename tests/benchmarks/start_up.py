"""Rows about start-up time, on files of ten keys, and that of other tools."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.benchmarks.bench import CHANGING, FRAMEWORKS, READING, SMALL, Bench, Row, Work, Yardstick, fresh
from tests.benchmarks.measure import Run, child

_KEY = "openai/key-0000000"
_READING: Mapping[str, tuple[str, ...]] = {
    "list": ("list",),
    "get": ("get", _KEY),
    "path": ("path",),
    "providers": ("providers",),
    "export": ("export",),
    "check": ("check",),
    "status": ("status",),
    "explain": ("explain", "openai", "gpt-4o"),
    "hash": ("hash",),
}
_CHANGING: Mapping[str, tuple[str, ...]] = {
    "update": ("update", _KEY, "--weight", "2"),
    "delete": ("delete", _KEY, "--yes"),
}
# The goals in M; those of the others are 1.1.
_GOALS: Mapping[str, float] = {
    **dict.fromkeys(("create", "create, mixed keys"), 0.8),
    "create at a terminal": 0.95,
    **dict.fromkeys(("list", "get", "path", "providers"), 0.6),
    **dict.fromkeys(("--help", "create --help"), 1.5),
}


def start_up(bench: Bench) -> Sequence[Row]:
    """Short runs, in processor time of the child."""
    alike, mixed = bench.file("alike", SMALL), bench.file("mixed", SMALL)
    default = Path.home() / ".config" / "bifrost"
    default.mkdir(parents=True)
    shutil.copy(alike, default / "config.json")
    in_m: dict[str, Work] = {
        "create": bench.create(alike),
        "create, mixed keys": bench.create(mixed),
        "create beside a database": bench.create(bench.file("alike", SMALL, database=True)),
        "create at a terminal": bench.create(alike, terminal=True),
        "list at a terminal": bench.read("list", "--config", str(alike), terminal=True),
        **{name: bench.change(alike, *line) for name, line in _CHANGING.items()},
        **{name: bench.read(*line, "--config", str(alike)) for name, line in _READING.items()},
        "--help": bench.read("--help"),
        "create --help": bench.read("create", "--help"),
    }
    in_pass: dict[str, Work] = {
        "--version": bench.read("--version"),
        "completion of options": bench.read("__complete", "bash", "keys create azure --en"),
        "completion of names": bench.read("__complete", "bash", f"keys get --config {alike} "),
        "completion of names, default file": bench.read("__complete", "bash", "keys get "),
    }
    python = bench.programs[-1].python
    yardsticks: dict[str, Yardstick] = {
        "pass": lambda: child([python, "-c", "pass"]),
        "M": lambda: child([python, "-c", FRAMEWORKS]),
        "changing": lambda: child([python, "-c", CHANGING]),
        "reading": lambda: child([python, "-c", READING]),
    }
    seen = bench.in_turn(in_m | in_pass, yardsticks)

    def note(work: str) -> str:
        milliseconds = 1000 * seen.medians(work, "cpu")[seen.newest]
        return f"{milliseconds:.0f} ms, {seen.against('pass', work, 'cpu')[seen.newest]:.1f} pass"

    return [
        Row("M (the frameworks)", seen.yardsticks("M", "pass", "cpu"), "pass"),
        Row(
            "floor of a change: typer, filelock, pydantic_core, json",
            seen.yardsticks("changing", "M", "cpu"),
            "M",
        ),
        Row("floor of completing names: json", seen.yardsticks("reading", "pass", "cpu"), "pass"),
        *(Row(work, seen.against("M", work, "cpu"), "M", _GOALS.get(work, 1.1), note(work)) for work in in_m),
        *(Row(work, seen.against("pass", work, "cpu"), "pass", 1.6, note(work)) for work in in_pass),
    ]


def peers(bench: Bench) -> Sequence[Row]:
    """Measure other tools with a similar edit, if they are installed."""
    source, folder, python = bench.file("alike", SMALL), bench.folder, bench.programs[-1].python
    target = fresh(source)
    added = '.providers.openai.keys += [{"name": "new", "value": "env.NEW_KEY"}]'
    edit = f"jq '{added}' {source} > {target}.new && mv {target}.new {target}"
    lines = {
        "jq + flock + rename": ["flock", f"{target}.lock", "/bin/sh", "-c", edit],
        "dotenv set": ["dotenv", "-f", str(folder / ".env"), "set", "NAME", "value"],
        "git config": ["git", "config", "--file", str(folder / "gitconfig"), "key.name", "value"],
        "aws configure set": ["aws", "configure", "set", "region", "eu-west-1"],
        "llm keys set": ["llm", "keys", "set", "name", "--value", "value"],
    }
    (folder / ".env").touch()
    runs: dict[str, Yardstick] = {"pass": lambda: child([python, "-c", "pass"])}
    absent = []
    for name, (command, *rest) in lines.items():
        program = _executable(command)
        if program is None or ("jq" in name and _executable("jq") is None):
            absent.append(Row(name, {}, "pass", None, "not installed here"))
        else:
            runs[name] = _other([program, *rest])
    seen = bench.in_turn({}, runs, rounds=min(bench.rounds, 5))
    failed = {name for name in runs if any(run.code for run in seen.runs[name, ""])}
    return [
        *(
            Row(name, seen.yardsticks(name, "pass", "cpu"), "pass", None, "failed" if name in failed else "")
            for name in runs
            if name != "pass"
        ),
        *absent,
    ]


def _other(argv: Sequence[str]) -> Yardstick:
    def run() -> Run:
        return child(argv)

    return run


def _executable(name: str) -> str | None:
    """Return the program itself, not the shim of a version manager."""
    found = shutil.which(name)
    if found is None or Path(found).parent.name != "shims":
        return found
    asked = subprocess.run(["pyenv", "which", name], capture_output=True, text=True, check=False)
    place = asked.stdout.strip()
    return place if asked.returncode == 0 and os.access(place, os.X_OK) else None
