"""The recipes in examples/, each run as it stands there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.stores.files.lock import locked
from tests.program import Program
from tests.sentinel import SECRET, Sentinel

yaml = pytest.importorskip("yaml", reason="PyYAML (a part of Ansible, extra test) is not installed")

EXAMPLES = Path(__file__).parents[1] / "examples"


class Recipes:
    """Runs a recipe with ``keys`` on its path, in a directory of its own."""

    def __init__(self, run: Program, sentinel: Sentinel) -> None:
        self.root = run.root
        self._sentinel = sentinel
        commands = run.root / "bin"
        commands.mkdir()
        keys = commands / "keys"
        keys.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bifrost_keys "$@"\n')
        keys.chmod(0o755)
        self.keys = keys
        self.environ = {**run.environ, "PATH": f"{commands}:{os.environ['PATH']}"}

    def __call__(
        self,
        *command: str | Path,
        stdin: str = "",
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [str(part) for part in command],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=cwd or self.root,
            env={**self.environ, **(env or {})},
            timeout=120,
            check=False,
        )
        self._sentinel.saw(done.stdout)
        self._sentinel.saw(done.stderr)
        return done


@pytest.fixture
def recipe(run: Program, sentinel: Sentinel) -> Recipes:
    return Recipes(run, sentinel)


def found(tool: str) -> str:
    """The tool beside this interpreter or on the path; skips with the reason where it is absent."""
    beside = Path(sys.executable).parent / tool
    path = str(beside) if beside.exists() else shutil.which(tool)
    if path is None:
        pytest.skip(f"{tool} is not installed here")
    return path


def keys_of(config: Path) -> list[tuple[str, str, Any]]:
    providers = json.loads(config.read_text())["providers"]
    return [(name, key["name"], key.get("value")) for name in providers for key in providers[name]["keys"]]


def stat_of(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_shell_script_tells_every_outcome_apart(recipe: Recipes, shell: str) -> None:
    config = recipe.root / "config.json"
    script = EXAMPLES / "shell" / "provision.sh"

    def outcome(*arguments: str) -> tuple[int, str]:
        done = recipe(found(shell), script, *arguments, "--config", str(config))
        return done.returncode, done.stdout + done.stderr

    assert outcome("openai/prod", "OPENAI_API_KEY") == (0, "openai/prod: set, restart the gateway\n")
    before = stat_of(config)
    assert outcome("openai/prod", "OPENAI_API_KEY") == (0, "openai/prod: unchanged\n")
    assert stat_of(config) == before
    assert keys_of(config) == [("openai", "prod", "env.OPENAI_API_KEY")]
    assert outcome("nosuch/prod", "X") == (1, "nosuch/prod: no such provider\n")
    taken = "groq/prod: the name is taken, or somebody changed the key in the web UI\n"
    assert outcome("groq/prod", "X") == (1, taken)
    wrong = "openai/prod: the input is wrong, trying again does not help\n"
    assert outcome("openai/prod", "X", "--weight", "-1") == (65, wrong)
    with locked(str(config), timeout=1, owner=None):
        busy = "openai/prod: another run holds the lock, try again later\n"
        assert outcome("openai/prod", "X", "--lock-timeout", "0.1") == (75, busy)


def test_the_chezmoi_script_is_a_filter(recipe: Recipes) -> None:
    source = EXAMPLES / "chezmoi"
    original = source / "private_dot_config" / "bifrost" / "modify_private_config.json"
    # chezmoi runs a copy in a temporary directory, so the script finds nothing by its own place.
    script = recipe.root / "script"
    shutil.copy(original, script)
    script.chmod(0o700)
    env = {"CHEZMOI_SOURCE_DIR": str(source)}
    made = recipe(script, env=env)
    assert made.returncode == 0, made.stderr
    config = recipe.root / "config.json"
    config.write_text(made.stdout)
    assert keys_of(config) == [
        ("openai", "laptop", "env.OPENAI_API_KEY"),
        ("anthropic", "laptop-claude", "env.ANTHROPIC_API_KEY"),
    ]
    again = recipe(script, stdin=made.stdout, env=env)
    assert (again.returncode, again.stdout) == (0, made.stdout)
    mine = made.stdout.replace('"providers"', '"client": {"enable_logging": 1.10},\n\t"providers"')
    changed = recipe(script, stdin=mine.replace('"weight": 0.5', '"weight": 3'), env=env)
    assert changed.stdout == mine
    broken = recipe(script, stdin="{", env=env)
    assert (broken.returncode, broken.stdout) == (78, "")


def test_the_ansible_task_reports_a_change_once(recipe: Recipes, sentinel: Sentinel) -> None:
    playbook = found("ansible-playbook")
    config = recipe.root / "data" / "config.json"
    env = {"BATCH_KEY": SECRET, "ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_HOME": str(recipe.root / "a")}

    def play(*options: str) -> str:
        done = recipe(
            playbook,
            *("-i", "localhost,", "-c", "local", "-e", f"app_dir={config.parent}", "-vvv"),
            *("-e", f"ansible_python_interpreter={sys.executable}"),
            *options,
            EXAMPLES / "ansible" / "keys.yml",
            env=env,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return next(line for line in done.stdout.splitlines() if "changed=" in line)

    assert "changed=1" in play("--check")
    assert not config.exists()
    assert "changed=1" in play()
    before = stat_of(config)
    assert keys_of(config) == [("openai", "prod", "env.OPENAI_API_KEY"), ("openai", "batch", SECRET)]
    assert "changed=0" in play()
    assert stat_of(config) == before


def test_compose_mounts_the_gateways_directory(recipe: Recipes, sentinel: Sentinel) -> None:
    folder = recipe.root / "compose"
    shutil.copytree(EXAMPLES / "compose", folder)
    environment = folder / "bifrost.env"
    environment.write_text(f"OPENAI_API_KEY={SECRET}\nGROQ_API_KEY={SECRET}2\n")
    sentinel.allow(environment)
    script, config = folder / "provision.sh", folder / "data" / "config.json"
    done = recipe("sh", script, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    service = yaml.safe_load((folder / "compose.yaml").read_text())["services"]["bifrost"]
    assert (service["volumes"], service["env_file"]) == (["./data:/app/data"], ["./bifrost.env"])
    assert keys_of(config) == [
        ("openai", "OPENAI_API_KEY", "env.OPENAI_API_KEY"),
        ("groq", "GROQ_API_KEY", "env.GROQ_API_KEY"),
    ]
    listed = recipe("keys", "export", "--env", "--app-dir", folder / "data").stdout.splitlines()
    assert listed[1::2] == ["OPENAI_API_KEY=", "GROQ_API_KEY="]
    before = stat_of(config)
    assert recipe("sh", script, folder).returncode == 0
    assert stat_of(config) == before


def test_docker_compose_accepts_the_file(recipe: Recipes) -> None:
    docker = found("docker")
    if recipe(docker, "compose", "version").returncode != 0:
        pytest.skip("docker has no compose plugin here: the file was checked as data only")
    folder = recipe.root / "compose"
    shutil.copytree(EXAMPLES / "compose", folder)
    (folder / "bifrost.env").write_text("OPENAI_PROD_API_KEY=x\n")
    done = recipe(docker, "compose", "-f", folder / "compose.yaml", "config", "--quiet")
    assert done.returncode == 0, done.stderr


def unit(path: Path) -> dict[str, str]:
    """The settings of a unit, none of which stands there twice."""
    lines = [line for line in path.read_text().splitlines() if line and line[0] not in "#["]
    return dict(line.partition("=")[::2] for line in lines)


def test_the_systemd_unit_writes_the_credential_into_the_file(recipe: Recipes, sentinel: Sentinel) -> None:
    settings = unit(EXAMPLES / "systemd" / "bifrost-keys.service")
    credential = settings["LoadCredential"].partition(":")[0]
    credentials, state = recipe.root / "credentials", recipe.root / "lib"
    credentials.mkdir()
    (state / settings["StateDirectory"]).mkdir(parents=True)
    (credentials / credential).write_text(SECRET + "\n")
    sentinel.allow(credentials / credential)
    command = settings["ExecStart"].replace("%d", str(credentials)).replace("%S", str(state)).split()
    config = state / "bifrost" / "config.json"
    assert recipe("keys", *command[1:]).returncode == 0
    assert keys_of(config) == [("openai", "prod", SECRET)]
    assert config.stat().st_mode & 0o777 == 0o600
    before = stat_of(config)
    assert recipe("keys", *command[1:]).returncode == 0
    assert stat_of(config) == before


def test_systemd_accepts_the_unit(recipe: Recipes) -> None:
    analyze = found("systemd-analyze")
    copy = recipe.root / "bifrost-keys.service"
    text = (EXAMPLES / "systemd" / copy.name).read_text()
    copy.write_text(text.replace("/usr/local/bin/keys", str(recipe.keys)))
    done = recipe(analyze, "verify", "--man=no", copy)
    complaints = [line for line in done.stderr.splitlines() if copy.name in line]
    assert (done.returncode, complaints) == (0, [])


def test_the_ci_job_fails_where_the_file_drifted(recipe: Recipes) -> None:
    job = yaml.safe_load((EXAMPLES / "ci" / "drift.yml").read_text())["jobs"]["drift"]
    check, drift = [step["run"] for step in job["steps"] if "keys " in step.get("run", "")]
    wanted = {"providers": {"openai": {"keys": [{"name": "prod", "value": "env.OPENAI_API_KEY"}]}}}
    (recipe.root / "desired.json").write_text(json.dumps(wanted))
    config = recipe.root / "config.json"
    assert recipe("keys", "apply", "desired.json", "--init", "--config", config).returncode == 0

    def step(command: str) -> int:
        # As the runner does: bash -e.
        return recipe(found("bash"), "-e", "-o", "pipefail", "-c", command).returncode

    assert (step(check), step(drift)) == (0, 0)
    made = recipe("keys", "create", "openai", "--name", "stray", "--value-env", "X", "--config", config)
    assert made.returncode == 0
    before = stat_of(config)
    assert (step(check), step(drift)) == (0, 10)
    assert stat_of(config) == before


def test_every_recipe_is_in_the_readme() -> None:
    text = (EXAMPLES / "README.md").read_text()
    folders = sorted(place.name for place in EXAMPLES.iterdir() if place.is_dir())
    assert folders == ["ansible", "chezmoi", "ci", "compose", "shell", "systemd"]
    assert [name for name in folders if f"({name}/" not in text] == []
