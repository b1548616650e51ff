"""The memory that a command takes for the keys of a large file, beside the gateway's database."""

from __future__ import annotations

import contextlib
import json
import os
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.cli.main import main
from tests.gateway_database import columns, make_database

_FEW, _MANY = 10, 2000  # so many that JSON has one key on a line
_MOST = 4  # times the file


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
@pytest.mark.parametrize("line", ["status -o json", "list --enabled -o json", "check"])
def test_the_keys_of_a_large_file_take_at_most_four_times_its_size(
    files: tuple[Path, Path], line: str
) -> None:
    few, many = files
    peak(line, few)  # loads modules, and makes what is made once
    grown = many.stat().st_size - few.stat().st_size
    assert 0 < peak(line, many) - peak(line, few) < _MOST * grown


def peak(line: str, config: Path) -> int:
    """The most bytes that Python objects take at once while a command runs."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        tracemalloc.start()
        try:
            assert main([*line.split(), "--config", str(config)]) == 0
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
