"""The tests are tested: each of twelve faults in the write makes them fail."""

from __future__ import annotations

import os
import py_compile
import shutil
from pathlib import Path

import pytest

from tests.proof.planted_faults import FAULTS, Fault, find
from tests.sentinel import Sentinel

each = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)


@each
def test_every_fault_can_be_planted(fault: Fault, tmp_path: Path) -> None:
    package = Path(__file__).parents[2] / "bifrost_keys"
    shutil.copytree(package, tmp_path / "bifrost_keys", ignore=shutil.ignore_patterns("__pycache__"))
    fault.plant(tmp_path)
    for name, _, _ in fault.edits:
        py_compile.compile(str(tmp_path / name), doraise=True)


@pytest.mark.campaign
@pytest.mark.skipif(
    os.environ.get("BIFROST_KEYS_CAMPAIGN") != "1", reason="a long campaign: BIFROST_KEYS_CAMPAIGN=1 runs it"
)
@each
def test_every_planted_fault_turns_the_tests_red(fault: Fault, sentinel: Sentinel) -> None:
    found = find(fault)
    sentinel.outputs.clear()  # a test that fails shows what it compared, the tests' own secret too

    assert found.red
