"""The README's tasks, run as they stand."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.program import Program
from tests.sentinel import Sentinel

README = Path("README.md").read_text(encoding="utf-8")
SECRET = "sk-test-SENTINEL-00000000000000000001"


def blocks(heading: str) -> list[str]:
    """The shell blocks below a heading of the README."""
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.S)


@pytest.fixture
def home(run: Program, sentinel: Sentinel) -> Path:
    """A directory with a config file, and ``keys`` on the path."""
    programs = run.root / "programs"
    programs.mkdir()
    shim = programs / "keys"
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bifrost_keys "$@"\n')
    shim.chmod(0o755)
    assert run("init", "--config", "config.json").code == 0
    sentinel.allow(run.root / "config.json")
    return run.root


def shell(run: Program, home: Path, block: str) -> str:
    environment = {
        **run.environ,
        "PATH": f"{home / 'programs'}:{run.environ.get('PATH', '/usr/bin:/bin')}",
        "SECRET": SECRET,
    }
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=home,
        env=environment,
        text=True,
        capture_output=True,
        check=False,
    )
    for text in (done.stdout, done.stderr):
        run.sentinel.saw(text)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_five_tasks_work_as_they_stand(run: Program, home: Path) -> None:
    prompted, *others = blocks("Five tasks")
    words = prompted.split()[1:]
    assert run.on_terminal(*words, typed=f"{SECRET}\n", after="not shown").code == 0
    entry = {"name": "batch", "value": "env.OPENAI_BATCH_KEY", "use_for_batch_api": True}
    (home / "desired.json").write_text(json.dumps({"providers": {"openai": {"keys": [entry]}}}))
    for block in others:
        shell(run, home, block)
    providers = json.loads((home / "config.json").read_text())["providers"]
    names = {provider: [key["name"] for key in block["keys"]] for provider, block in providers.items()}
    assert names == {"openai": ["prod", "batch"], "anthropic": ["claude"], "groq": ["ci"]}
    assert providers["openai"]["keys"][0]["value"] == SECRET
    assert providers["anthropic"]["keys"][0]["value"] == "env.ANTHROPIC_API_KEY"


def test_the_tasks_may_be_run_again(run: Program, home: Path) -> None:
    *_, provision = blocks("Five tasks")
    (home / "desired.json").write_text(json.dumps({"providers": {}}))
    before = (home / "config.json").read_bytes()
    shell(run, home, provision)
    assert (home / "config.json").read_bytes() == before


def test_completion_is_installed_as_the_readme_says(run: Program, home: Path) -> None:
    (block,) = blocks("Completion")
    shell(run, home, block)
    script = Path(run.environ["HOME"], ".local/share/bash-completion/completions/keys")
    assert "complete -F" in script.read_text()
