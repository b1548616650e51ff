"""Rows about what must not happen: cliffs, in time or memory, on files of many keys and on odd ones."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence

from tests.benchmarks.bench import SMALL, Bench, Row, exponent, ratio
from tests.benchmarks.configs import write_alike, write_entry
from tests.benchmarks.measure import Run, child, sh

_THOUSANDS = 10_000
_LARGE = 100_000
# Between these the growth is seen beside the time that every start takes.
_FEWER, _MORE = 25_000, 200_000
_FAULTS = 5_000, 40_000
_READING = (("list", "-o", "json"), ("check",), ("status",), ("hash", "-o", "name"))


def changing(bench: Bench) -> Sequence[Row]:
    """A file of 100,000 keys, in wall time; its peak memory; and how an append grows with the file."""
    copy = bench.folder / "copy"
    one, many = bench.folder / "one.json", bench.folder / "many.json"
    write_alike(one, 1, prefix="new")
    write_alike(many, 1000, prefix="new")
    rows = []
    for kind in ("mixed", "alike"):
        source = bench.file(_LARGE, kind)
        runs: dict[str, Callable[[], Run]] = {
            "copy": lambda source=source: sh(f"cp {source} {copy} && sync -d {copy}"),  # type: ignore[misc]
            "append": bench.append(_LARGE, kind),
            "one": bench.fresh(source, "apply", str(one)),
            "many": bench.fresh(source, "apply", str(many)),
            "small": bench.append(SMALL, kind),
        }
        seen = bench.in_turn(runs, max(3, bench.rounds // 3))
        size = source.stat().st_size
        peak = {name: statistics.median(run.peak for run in seen[name]) for name in ("append", "small")}
        note = f"  {statistics.median(run.wall for run in seen['append']):.2f} s, file {size / 1e6:.1f} MB"
        append = ratio(seen, "append", "copy", "wall")
        more = (peak["append"] - peak["small"]) / size
        rows += [
            Row(f"append to 100,000 {kind} keys", append, "cp && sync -d", 32.0, note),
            Row("its peak memory above that at 10 keys", more, "the file", 4.0),
            Row("1,000 keys in one apply at 100,000", ratio(seen, "many", "one", "wall"), "one key", 1.3),
        ]
    return [*rows, growth(bench, _FEWER, _MORE)]


def reading(bench: Bench) -> Sequence[Row]:
    """Commands that only read 10,000 mixed keys, and how they grow."""
    source = bench.file(_THOUSANDS, "mixed")
    load = "import json, sys; json.load(open(sys.argv[1], encoding='utf-8'))"
    runs: dict[str, Callable[[], Run]] = {
        "json.load": lambda: child([sys.executable, "-c", load, str(source)])
    }
    runs |= {" ".join(line): bench.fresh(source, *line) for line in _READING}
    seen = bench.in_turn(runs, max(3, bench.rounds // 3))
    rows = []
    for line in _READING:
        seconds = statistics.median(run.cpu for run in seen[" ".join(line)])
        note = f"  {ratio(seen, ' '.join(line), 'json.load', 'cpu'):.1f} times json.load"
        rows.append(Row(f"{' '.join(line)} of 10,000 mixed keys", seconds, "seconds of processor", 1.0, note))
    for line in _READING:
        runs = {
            "base": bench.fresh(bench.file(SMALL, "mixed"), *line),
            "few": bench.fresh(bench.file(_FEWER, "mixed"), *line),
            "many": bench.fresh(bench.file(_FEWER * 4, "mixed"), *line),
        }
        value = exponent(bench.in_turn(runs, 3), _FEWER, _FEWER * 4)
        rows.append(Row(f"growth of {line[0]}, {_FEWER:,} to {_FEWER * 4:,}", value, "exponent", 1.1))
    return rows


def faults(bench: Bench) -> Sequence[Row]:
    """How an update grows with the faults of one entry."""
    few, many = _FAULTS
    kinds: dict[str, Callable[[int], dict[str, object]]] = {
        "unknown members": lambda count: {f"x{number}": 1 for number in range(count)},
        "unknown members of an object": lambda count: {
            "azure_key_config": {f"x{number}": 1 for number in range(count)}
        },
        "alias objects": lambda count: {
            "aliases": {f"a{number}": {"model_id": "m"} for number in range(count)}
        },
        "duplicate models": lambda count: {"models": ["m"] * count},
    }
    rows = []
    for kind, members in kinds.items():
        runs: dict[str, Callable[[], Run]] = {}
        for name, count in (("base", 1), ("few", few), ("many", many)):
            place = bench.folder / f"faults-{name}.json"
            write_entry(place, **members(count))
            runs[name] = bench.fresh(place, "update", "k", "--weight", "2")
        seen = bench.in_turn(runs, 3)
        note = f"  {statistics.median(run.wall for run in seen['many']):.1f} s"
        value = exponent(seen, few, many)
        rows.append(Row(f"growth of update, {few:,} to {many:,} {kind}", value, "exponent", 1.1, note))
    return rows


def odd_texts(bench: Bench) -> Sequence[Row]:
    """The peak memory of a text that is one run of escapes, and never ends."""
    source = bench.folder / "escapes.json"
    with source.open("w", encoding="utf-8") as file:
        file.write('{"a": "')
        for _ in range(24):
            file.write("\\n" * 1_000_000)
    runs = {
        "odd": bench.fresh(source, "list"),
        "small": bench.fresh(bench.file(SMALL), "list"),
    }
    seen = bench.in_turn(runs, 3)
    peak = {name: statistics.median(run.peak for run in each) for name, each in seen.items()}
    more = (peak["odd"] - peak["small"]) / source.stat().st_size
    return [Row("peak memory of 48 MB of escapes", more, "the file", 4.0)]


def growth(bench: Bench, fewer: int, more: int) -> Row:
    """How the time of an append grows with the file: the exponent, start-up taken off."""
    runs = {"base": bench.append(SMALL), "few": bench.append(fewer), "many": bench.append(more)}
    value = exponent(bench.in_turn(runs, 3), fewer, more)
    return Row(f"growth of append, {fewer:,} to {more:,}", value, "exponent", 1.1)
