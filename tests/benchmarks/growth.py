"""Rows about growth: the power of a size with which the time of a command grows, in each dimension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.benchmarks.bench import Bench, Row, Work

_READING = {
    "check": ("check",),
    "list": ("list",),
    "status": ("status",),
    "explain": ("explain", "openai", "gpt-4o"),
    "hash": ("hash",),
    "export": ("export", "--reveal"),
}
_CHANGING = {
    "create": ("create", "openai", "--name", "new", "--value-env", "NEW_KEY"),
    "update": ("update", "k", "--weight", "2"),
    "update all": ("update", "openai/*", "--weight", "2"),
    "rename": ("rename", "k", "new"),
    "delete": ("delete", "openai/key-0000000", "--yes"),
}


class _Case(NamedTuple):
    """A command, the dimension of the file, and two sizes between which growth is measured."""

    command: str
    kind: str
    few: int
    many: int
    database: bool = False


_QUICK = (
    _Case("create", "mixed", 25_000, 100_000),
    _Case("check", "mixed", 5_000, 20_000),
    _Case("update", "unknown-members", 5_000, 20_000),
    _Case("check", "twins", 3_000, 12_000),
)
_OTHERS = (
    _Case("create", "alike", 20_000, 80_000),
    _Case("create", "mixed", 10_000, 40_000, database=True),
    _Case("update all", "alike", 500, 2_000),
    _Case("delete", "alike", 10_000, 40_000),
    _Case("list", "mixed", 5_000, 20_000),
    _Case("status", "mixed", 5_000, 20_000),
    _Case("status", "mixed", 2_500, 10_000, database=True),
    _Case("explain", "alike", 5_000, 20_000),
    _Case("hash", "mixed", 5_000, 20_000),
    _Case("export", "mixed", 5_000, 20_000),
    _Case("apply", "alike", 1_000, 4_000),
    _Case("check", "providers", 1_000, 4_000),
    _Case("list", "providers", 2_000, 8_000),
    _Case("check", "references", 5_000, 20_000),
    _Case("rename", "references", 5_000, 20_000),
    _Case("update", "models", 10_000, 40_000),
    _Case("check", "models", 100_000, 400_000),
    _Case("update", "aliases", 10_000, 40_000),
    _Case("update", "alias-objects", 5_000, 20_000),
    _Case("check", "unknown-members", 5_000, 20_000),
    _Case("check", "duplicate-models", 10_000, 40_000),
    _Case("update", "wrong-types", 10_000, 40_000),
    _Case("update", "letters-of-a-value", 1_000_000, 4_000_000),
    _Case("check", "letters-of-a-model", 1_000_000, 4_000_000),
)


def growth(bench: Bench) -> Iterator[Row]:
    """Yield the exponents of processor time, without the start."""
    return (_row(bench, case) for case in (_QUICK if bench.quick else _QUICK + _OTHERS))


def _row(bench: Bench, case: _Case) -> Row:
    sizes = {"base": 1, "few": case.few, "many": case.many}
    works = {name: _work(bench, case, count) for name, count in sizes.items()}
    seen = bench.in_turn(works, rounds=1 if bench.quick else 2, warm=False)
    work = f"growth of {case.command}, {case.few:,} to {case.many:,} {case.kind.replace('-', ' ')}"
    beside = " beside a database" if case.database else ""
    note = f"{seen.medians('many', 'wall')[seen.newest]:.1f} s"
    return Row(work + beside, seen.exponents(case.few, case.many), "exponent", 1.1, note)


def _work(bench: Bench, case: _Case, count: int) -> Work:
    source = bench.file(case.kind, count, database=case.database)
    if case.command == "apply":
        return bench.change(bench.file("new", 1), "apply", str(source))
    if case.command in _CHANGING:
        return bench.change(source, *_CHANGING[case.command])
    return bench.read(*_READING[case.command], "--config", str(source))
