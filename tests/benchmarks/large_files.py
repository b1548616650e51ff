"""Rows about files of many keys, and about peak memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.benchmarks.bench import SMALL, Bench, Row, Work, Yardstick
from tests.benchmarks.measure import child, sh

_THOUSANDS = 10_000
_LARGE = 100_000
_READING = (("list", "-o", "json"), ("check",), ("status",), ("hash", "-o", "name"))
_SECONDS = {"check": 1.0, "list": 1.0, "status beside a database": 2.0}
_ESCAPES = {
    "quotation marks": '\\"',
    "letters as escapes": "\\u0041",
    "line ends": "ab\\n",
    "emoji": "\U0001f600",
}
_ESCAPED_BYTES = 24_000_000
_SHORT = 200_000


def appending(bench: Bench) -> Iterator[Row]:
    """Add to a file of 100,000 keys, in wall time: compared with a copy of it, and with a database."""
    kinds = ("mixed",) if bench.quick else ("mixed", "alike")
    return (row for kind in kinds for row in _append(bench, kind))


def _append(bench: Bench, kind: str) -> Sequence[Row]:
    source, copy = bench.file(kind, _LARGE), bench.folder / "copy"
    beside = bench.file(kind, _LARGE, database=True)
    works: dict[str, Work] = {
        "append": bench.create(source),
        "beside": bench.create(beside),
        "one": bench.change(source, "apply", str(bench.file("new", 1))),
        "many": bench.change(source, "apply", str(bench.file("new", 1000))),
        "small": bench.create(bench.file(kind, SMALL)),
    }
    yardsticks = {"copy": lambda: sh(f"cp {source} {copy} && sync -d {copy}")}
    seen = bench.in_turn(works, yardsticks, rounds=bench.fewer_rounds)
    size = source.stat().st_size
    note = f"{seen.medians('append', 'wall')[seen.newest]:.2f} s, file {size / 1e6:.1f} MB"
    append = seen.against("copy", "append", "wall")
    return [
        Row(f"append to 100,000 keys, {kind}", append, "cp && sync -d", 32.0, note),
        Row("  beside a database", seen.against_own("append", "beside", "wall"), "without it", 1.3),
        Row("  peak memory", seen.peak_above("small", "append", size), "the file", 4.0),
        Row("  peak memory beside a database", seen.peak_above("small", "beside", size), "the file", 4.0),
        Row("  1,000 keys in one apply", seen.against_own("one", "many", "wall"), "one key", 1.3),
    ]


def reading(bench: Bench) -> Sequence[Row]:
    """Run commands on 10,000 keys without and with a database: processor time, and peak memory with it."""
    works: dict[str, Work] = {}
    for beside in (False, True):
        source = bench.file("mixed", _THOUSANDS, database=beside)
        suffix = " beside a database" if beside else ""
        works |= {f"{line[0]}{suffix}": bench.read(*line, "--config", str(source)) for line in _READING}
        works[f"create{suffix}"] = bench.create(source)
    small = bench.file("mixed", SMALL, database=True)
    few = {f"small {line[0]}": bench.read(*line, "--config", str(small)) for line in _READING}
    seen = bench.in_turn(works | few, rounds=bench.fewer_rounds)
    database = seen.against_own("create", "create beside a database", "wall")
    size = source.stat().st_size
    return [
        *(
            Row(
                f"{work}, 10,000 mixed keys",
                seen.medians(work, "cpu"),
                "seconds of processor",
                _SECONDS.get(work),
            )
            for work in works
        ),
        *(
            Row(
                f"peak memory of {line[0]} beside a database",
                seen.peak_above(f"small {line[0]}", f"{line[0]} beside a database", size),
                "the file",
                4.0,
            )
            for line in _READING
        ),
        Row("create beside a database, 10,000 mixed keys", database, "without it", 1.3),
    ]


def odd_texts(bench: Bench) -> Iterator[Row]:
    """Yield the peak memory for one long text of escapes, and for one key with many members or models."""
    source = bench.folder / "escapes.json"
    for what, unit in list(_ESCAPES.items())[: 1 if bench.quick else None]:
        bench.write(unit, _ESCAPED_BYTES, source)
        yield from _peaks(bench, f"24 MB of {what}", source, "list", "create")
    for kind in () if bench.quick else ("unknown-members", "models"):
        work = f"a key of {_SHORT:,} {kind.replace('-', ' ')}"
        yield from _peaks(bench, work, bench.file(kind, _SHORT), "list", "update")


def _peaks(bench: Bench, what: str, source: Path, *commands: str) -> Iterator[Row]:
    small, python = bench.file("alike", SMALL), bench.programs[-1].python
    works: dict[str, Work] = {}
    for size, place in (("small", small), ("large", source)):
        works |= {
            f"{size} list": bench.read("list", "--config", str(place)),
            f"{size} create": bench.create(place),
            f"{size} update": bench.change(place, "update", "openai/*", "--weight", "2"),
        }
    works = {name: work for name, work in works.items() if name.split()[1] in commands}
    parse = "import json, sys; json.loads(open(sys.argv[1]).read())"
    yardsticks: dict[str, Yardstick] = {
        size: partial(child, [python, "-c", parse, str(place)])
        for size, place in (("small", small), ("large", source))
    }
    seen = bench.in_turn(works, yardsticks, rounds=1, warm=False)
    bytes_ = source.stat().st_size
    parsed = (seen.runs["large", ""][0].peak - seen.runs["small", ""][0].peak) / bytes_
    for command in commands:
        above = seen.peak_above(f"small {command}", f"large {command}", bytes_)
        yield Row(f"peak memory of {command}, {what}", above, "the file", 4.0, f"json.loads {parsed:.1f}")
