"""examples/ansible, run by Ansible itself on this machine; systemctl is a stand-in."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.examples.machine import CHECKOUT, EXAMPLES, Machine, found, keys_of, needs_index, state_of
from tests.sentinel import SECRET, Sentinel

PLAYBOOK = EXAMPLES / "ansible" / "keys.yml"
# What the module systemd_service asks, as systemctl answers it for a service that runs.
SYSTEMCTL = """#!/bin/sh
case $1 in
show) printf '%s\\n' Id=bifrost.service LoadState=loaded ActiveState=active UnitFileState=enabled ;;
is-enabled) echo enabled ;;
restart) echo restarted >>"$SYSTEMCTL_LOG" ;;
*) exit 1 ;;
esac
"""

NO_INSTALL = ("--skip-tags", "install")
WRONG = {"providers": {"openai": {"keys": [{"name": "prod", "weight": -1}]}}}


class Target:
    """A host of the inventory: this machine, with paths below a directory of the test."""

    def __init__(self, machine: Machine, name: str, *, program: bool = True, **variables: Any) -> None:
        root = machine.root / name
        self.name, self.home = name, root / "keys"
        self.config, self.env_file = root / "lib/config.json", root / "etc/bifrost.env"
        (self.home / "venv/bin").mkdir(parents=True)
        if program:
            (self.home / "venv/bin/keys").symlink_to(machine.keys)
        self.variables = {
            "bifrost_app_dir": str(self.config.parent),
            "bifrost_env_file": str(self.env_file),
            "bifrost_keys_home": str(self.home),
            **variables,
        }


class Play:
    """Runs the playbook on all targets at once, because Ansible takes longer to start than to work."""

    def __init__(self, machine: Machine, sentinel: Sentinel) -> None:
        if os.geteuid() != 0:
            pytest.skip("owners are given away by root only")
        self.machine, self.playbook, self.sentinel = machine, PLAYBOOK, sentinel
        self.log = machine.root / "log"
        machine.install("sh", "mkdir", "rm", "chmod", "echo", "cat", "sleep", "id", "uname", "ls")
        machine.program("systemctl", SYSTEMCTL)
        vault = machine.root / "secrets.yml"
        vault.write_text(f"bifrost_secrets: {{OPENAI_API_KEY: {SECRET}, OPENAI_BATCH_KEY: {SECRET}2}}\n")
        self.password = machine.root / "password"
        self.password.write_text("vault password")
        self.run("ansible-vault", "encrypt", "--vault-password-file", self.password, vault)
        assert "$ANSIBLE_VAULT" in vault.read_text()
        self.vault = vault

    def run(self, program: str, *arguments: str | Path) -> tuple[int, str]:
        env = {
            "ANSIBLE_HOME": str(self.machine.root / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_PIPELINING": "true",
            "SYSTEMCTL_LOG": str(self.log),
        }
        done = self.machine(found(program), *arguments, env=env)
        return done.returncode, done.stdout + done.stderr

    def __call__(self, *targets: Target, options: tuple[str, ...]) -> tuple[int, str]:
        for target in targets:
            self.sentinel.allow(target.env_file)
        given: dict[str, Any] = {
            "targets": {target.name: target.variables for target in targets},
            "bifrost_user": "daemon",
            "ansible_become": False,
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
        }
        # Variables of the inventory would not win over those of the play, and these have no target.
        for name in {name for target in targets for name in target.variables}:
            given[name] = f"{{{{ targets[inventory_hostname].{name} }}}}"
        secrets = ("-e", f"@{self.vault}", "--vault-password-file", self.password)
        hosts = "".join(f"{target.name}," for target in targets)
        return self.run(
            "ansible-playbook", "-i", hosts, "-e", json.dumps(given), *secrets, *options, self.playbook
        )

    @property
    def restarts(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


@pytest.fixture
def play(machine: Machine, sentinel: Sentinel) -> Play:
    return Play(machine, sentinel)


def recap(told: str, host: str) -> dict[str, int]:
    """Return the counts of the run for this host."""
    line = re.findall(rf"^{host} +: (.*)$", told, re.MULTILINE)[-1]
    return {name: int(count) for name, count in (each.split("=") for each in line.split())}


def failure(told: str, host: str) -> str:
    """Return the message of the task that failed on this host."""
    return "".join(re.findall(rf"fatal: \[{host}\].*?^}}", told, re.DOTALL | re.MULTILINE))


def test_a_run_does_what_check_mode_predicted_and_a_second_one_nothing(play: Play) -> None:
    """On a good target, on one without the program, and on one whose keys are refused."""
    wanted = {"providers": {"openai": {"keys": [{"name": "prod", "value": "env.OPENAI_API_KEY"}]}}}
    good, bare, wrong = (
        Target(play.machine, name, program=name != "bare", bifrost_keys=WRONG if name == "wrong" else wanted)
        for name in ("good", "bare", "wrong")
    )

    code, told = play(good, bare, options=(*NO_INSTALL, "--check", "--diff"))
    assert (code, recap(told, "good")["changed"] > 0, recap(told, "bare")["failed"]) == (0, True, 0), told
    assert play.restarts == 0
    assert not any(each.exists() for each in (good.config, good.env_file, bare.env_file))

    code, told = play(good, bare, wrong, options=(*NO_INSTALL, "--diff", "-vvv"))
    assert (code, play.restarts) == (2, 1), told
    assert [recap(told, name)["failed"] for name in ("good", "bare", "wrong")] == [0, 1, 1]
    assert str(bare.home / "venv/bin/keys") in failure(told, "bare")
    assert "No such file or directory" in told
    assert "weight-negative" in failure(told, "wrong")
    assert not wrong.config.exists()
    assert "'name': 'prod'" in told or '"name": "prod"' in told
    assert keys_of(good.config) == [("openai", "prod", "env.OPENAI_API_KEY")]
    assert f"OPENAI_API_KEY={SECRET}\n" in good.env_file.read_text()
    owner = pwd.getpwnam("daemon").pw_uid
    modes = {path: (path.stat().st_uid, path.stat().st_mode & 0o777) for path in (good.config, good.env_file)}
    assert modes == {good.config: (owner, 0o600), good.env_file: (0, 0o600)}

    before = state_of(good.config)
    code, told = play(good, options=(*NO_INSTALL, "--diff"))
    assert (code, recap(told, "good")["changed"], play.restarts) == (0, 0, 1), told
    assert state_of(good.config) == before


@needs_index
def test_the_wheel_is_installed_once(play: Play, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("wheel")
    files = place / "files"
    pip = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", files, CHECKOUT)
    built = play.machine(*pip)
    assert built.returncode == 0, built.stderr
    play.playbook = Path(shutil.copy(PLAYBOOK, place))
    play.machine.install("python3")
    target = Target(play.machine, "new", bifrost_keys_home=str(place / "home"))
    told = []
    for _ in range(2):
        code, text = play(target, options=("--tags", "install"))
        assert code == 0, text
        told.append(recap(text, "new")["changed"])
    assert told == [2, 0]
    version = play.machine(place / "home/venv/bin/keys", "--version", env={"PYTHONPATH": ""})
    assert version.stdout.startswith("bifrost-keys ")
