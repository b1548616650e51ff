"""examples/ci: the steps of the job, as the runner runs them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import Any

import pytest
import yaml

from tests.examples.machine import CHECKOUT, EXAMPLES, Machine, needs_index, state_of

JOB = yaml.safe_load((EXAMPLES / "ci" / "drift.yml").read_text())["jobs"]["drift"]


def run_of(words: str) -> str:
    """Return the command of the only step that begins with these words."""
    (found,) = [step["run"] for step in JOB["steps"] if step.get("run", "").startswith(words)]
    return str(found)


def step(machine: Machine, command: str, **more: Any) -> int:
    """Return the exit code of a step; GitHub runs it with bash -e."""
    return machine("bash", "-e", "-o", "pipefail", "-c", command, **more).returncode


def test_the_job_fails_if_the_file_drifted(machine: Machine) -> None:
    machine.install("bash")
    shutil.copy(EXAMPLES / "ci" / "desired.json", machine.root)
    config = machine.root / "config.json"
    assert machine("keys", "apply", "desired.json", "--init", "--config", config).returncode == 0
    check, drift = run_of("keys check"), run_of("keys --config")
    assert (step(machine, check), step(machine, drift)) == (0, 0)
    made = machine("keys", "create", "openai", "--name", "stray", "--value-env", "X", "--config", config)
    assert made.returncode == 0
    before = state_of(config)
    assert (step(machine, check), step(machine, drift)) == (0, 10)
    assert machine("keys", "disable", "prod", "--config", config).returncode == 0
    assert step(machine, check) == 0
    config.write_text(config.read_text().replace("env.X", "env.not a name"))
    assert step(machine, check) == 1
    assert state_of(config) != before


def test_nothing_is_installed_that_is_not_pinned() -> None:
    uses = [step["uses"] for step in JOB["steps"] if "uses" in step]
    assert len(uses) == 2
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+\.\d+\.\d+", each) for each in uses)
    assert JOB["steps"][0]["with"]["submodules"] is True
    assert JOB["runs-on"] != "ubuntu-latest"
    assert run_of("pip install") == "pip install ./tools/bifrost-keys"


@needs_index
def test_the_submodule_is_installed(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> None:
    machine.install("bash")
    place = tmp_path_factory.mktemp("repository")
    (place / "tools").mkdir()
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, stdout=-1, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        if (CHECKOUT / name).is_file():
            copy = place / "tools/bifrost-keys" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, copy)
    assert machine(sys.executable, "-m", "venv", place / "venv").returncode == 0
    path = {"PATH": f"{place}/venv/bin:{machine.programs}", "PYTHONPATH": ""}
    assert step(machine, run_of("pip install"), env=path, cwd=place) == 0
    assert step(machine, "keys --version", env=path, cwd=place) == 0
