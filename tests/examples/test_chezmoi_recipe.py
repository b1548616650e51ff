"""examples/chezmoi, applied by chezmoi if it is installed, and by a stand-in that knows these names."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.examples.machine import CHECKOUT, EXAMPLES, Machine, keys_of, state_of
from tests.sentinel import SECRET, Sentinel

# What chezmoi does with the names in the recipe: dot_, private_, modify_, .tmpl with the function pass.
CHEZMOI = f"""#!{sys.executable}
import os, pathlib, re, subprocess, sys, tempfile
source = pathlib.Path(os.environ["HOME"], ".local/share/chezmoi")
if sys.argv[1:] == ["source-path"]:
    source.mkdir(parents=True, exist_ok=True)
    sys.exit(print(source))
assert sys.argv[1:] == ["apply", "--force"]
def run(*command, text=None):
    env = dict(os.environ, CHEZMOI_SOURCE_DIR=str(source))
    done = subprocess.run(command, input=text, env=env, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"chezmoi: {{command[0]}}: exit status {{done.returncode}}")
    return done.stdout
def put(item, folder):
    name, mode = item.name, 0o777 if item.is_dir() else 0o666
    modify, name = name.startswith("modify_"), name.removeprefix("modify_")
    if name.startswith("private_"):
        name, mode = name.removeprefix("private_"), mode & 0o700
    template, name = name.endswith(".tmpl"), name.removesuffix(".tmpl")
    target = folder / re.sub("^dot_", ".", name)
    if item.is_dir():
        target.mkdir(exist_ok=True)
        target.chmod(mode & ~0o022)
        return [put(each, target) for each in sorted(item.iterdir()) if each.name[0] != "."]
    text = item.read_text()
    if template:
        text = re.sub(r"\\{{\\{{- /\\*.*?\\*/ -\\}}\\}}\\s*", "", text, flags=re.S)
        shown = lambda match: run("pass", "show", match[1]).splitlines()[0]
        text = re.sub(r'\\{{\\{{ pass "([^"]*)" \\}}\\}}', shown, text)
        assert "{{{{" not in text
    if modify:
        with tempfile.TemporaryDirectory() as place:
            script = pathlib.Path(place, "script")
            script.write_text(text)
            script.chmod(0o700)
            text = run(str(script), text=target.read_text() if target.exists() else "")
    if not target.exists() or target.read_text() != text:
        target.write_text(text)
    target.chmod(mode & ~0o022)
for each in sorted(source.iterdir()):
    if each.name[0] != ".":
        put(each, pathlib.Path(os.environ["HOME"]))
"""
# pass prints a whole entry; the secret is its first line.
PASS = f"""#!/bin/sh
[ "$1" = show ] || exit 1
case $2 in
bifrost/openai) printf '%s\\nuser: me\\n' {SECRET}1 ;;
bifrost/anthropic) printf '%s\\n' {SECRET}2 ;;
*) echo "Error: $2 is not in the password store." >&2; exit 1 ;;
esac
"""


# chezmoi asks before it replaces what somebody changed since its last run; --force answers.
APPLY = ("chezmoi", "apply", "--force")


@pytest.fixture(params=["chezmoi", "stand-in"])
def home(machine: Machine, sentinel: Sentinel, request: pytest.FixtureRequest) -> Path:
    """Return the home directory with the recipe in the source directory of chezmoi, as its page says."""
    if request.param == "chezmoi":
        machine.install("chezmoi", "git")
    else:
        machine.program("chezmoi", CHEZMOI)
    machine.install("cp", "sh")
    machine.program("pass", PASS)
    home = Path(machine.environ["HOME"])
    sentinel.allow(home / ".config/bifrost/bifrost.env", machine.programs / "pass")
    machine("chezmoi", "source-path")
    (home / ".local/share/chezmoi").mkdir(parents=True, exist_ok=True)
    (copy,) = re.findall(r"`(cp -a [^`]*)`", (EXAMPLES / "README.md").read_text())
    done = machine("sh", "-c", copy, cwd=CHECKOUT)
    assert done.returncode == 0, done.stderr
    return home


def test_apply_makes_references_and_secrets_once(machine: Machine, home: Path) -> None:
    done = machine(*APPLY)
    assert done.returncode == 0, done.stderr
    folder = home / ".config/bifrost"
    config, environment = folder / "config.json", folder / "bifrost.env"
    assert keys_of(config) == [
        ("openai", "laptop", "env.OPENAI_API_KEY"),
        ("anthropic", "laptop-claude", "env.ANTHROPIC_API_KEY"),
    ]
    assert environment.read_text() == f"OPENAI_API_KEY={SECRET}1\nANTHROPIC_API_KEY={SECRET}2\n"
    modes = [path.stat().st_mode & 0o777 for path in (folder, config, environment)]
    assert modes == [0o700, 0o600, 0o600]
    before = state_of(config)
    assert machine(*APPLY).returncode == 0
    assert state_of(config) == before


def test_everything_else_in_the_file_stays(machine: Machine, home: Path) -> None:
    assert machine(*APPLY).returncode == 0
    config = home / ".config/bifrost/config.json"
    mine = config.read_text().replace('"providers"', '"client": {"enable_logging": 1.10},\n\t"providers"')
    config.write_text(mine.replace('"weight": 0.5', '"weight": 3'))
    assert machine(*APPLY).returncode == 0
    assert config.read_text() == mine


def test_a_failure_leaves_the_file_alone(machine: Machine, home: Path) -> None:
    config = home / ".config/bifrost/config.json"
    config.parent.mkdir(parents=True)
    config.write_text("{")
    done = machine(*APPLY)
    assert done.returncode != 0
    assert "not JSON" in done.stderr
    assert config.read_text() == "{"


def test_the_copy_has_the_file_that_begins_with_a_dot(home: Path) -> None:
    source = home / ".local/share/chezmoi"
    assert (source / ".bifrost-keys.json").exists()
    assert not (source / "chezmoi").exists()
