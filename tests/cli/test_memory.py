"""The memory that a command takes: for many keys, beside the gateway's database, and for one huge key."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.cli.main import main
from tests.gateway_database import columns, make_database

_FEW, _MANY = 10, 2000  # so many that JSON has one key on a line
_MOST = 4  # times the file
_MEMBERS = 5000


def entry(number: int) -> dict[str, Any]:
    own = {"id": f"{number:08}-1111-4111-8111-000000000000", "name": f"key-{number:07}"}
    secret = f"sk-test-SENTINEL-{number:040}"
    return {**own, "value": secret, "models": ["*"], "weight": 1, "enabled": True, "use_for_batch_api": False}


def write(folder: Path, count: int) -> Path:
    """A file of so many keys, as the program itself writes it, and the gateway's database of it."""
    keys = [entry(number) for number in range(count)]
    config = folder / "config.json"
    config.write_text(json.dumps({"$schema": "x", "providers": {"openai": {"keys": keys}}}, indent=2))
    config.chmod(0o600)
    make_database(folder / "config.db", *(columns("openai", key) for key in keys))
    return config


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    few, many = (write(tmp_path_factory.mktemp("keys"), count) for count in (_FEW, _MANY))
    return few, many


@pytest.mark.usefixtures("call")  # which isolates this process from the user's own configuration
@pytest.mark.parametrize("line", ["status -o json", "list --enabled -o json", "check", "hash"])
def test_the_keys_of_a_large_file_take_at_most_four_times_its_size(
    files: tuple[Path, Path], line: str
) -> None:
    few, many = files
    peak(line, few)  # loads modules, and makes what is made once
    grown = many.stat().st_size - few.stat().st_size
    assert 0 < peak(line, many) - peak(line, few) < _MOST * grown


# Python's own parser takes more than four times a text of short members.
@pytest.mark.usefixtures("call")
@pytest.mark.parametrize(("line", "most"), [("update key --weight 2 --dry-run", 3.5), ("check -o json", 6)])
def test_the_members_of_a_huge_key_take_a_few_times_the_memory_of_parsing_them(
    tmp_path: Path, line: str, most: float
) -> None:
    few, many = tmp_path / "few.json", tmp_path / "many.json"
    for config, count in ((few, 9), (many, _MEMBERS)):
        members = {f"x{number}": number for number in range(count)}
        key = {**entry(0), "name": "key", "value": "env.KEY", **members}
        config.write_text(json.dumps({"providers": {"openai": {"keys": [key]}}}))
    text = many.read_text()
    peak(line, few)
    assert 0 < peak(line, many) - peak(line, few) < most * traced(lambda: json.loads(text))


def peak(line: str, config: Path) -> int:
    """The most bytes that Python objects take at once while a command runs."""

    def work() -> None:
        assert main([*line.split(), "--config", str(config)]) == 0

    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        with contextlib.redirect_stderr(nowhere):
            return traced(work)


def traced(work: Callable[[], object]) -> int:
    """The most bytes that Python objects take at once during the work."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
