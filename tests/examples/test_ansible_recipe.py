"""examples/ansible, run by Ansible itself on this machine; systemctl is a stand-in."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import sys
from pathlib import Path

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


class Play:
    """Runs the playbook on this machine, its places below a directory of the test."""

    def __init__(self, machine: Machine, sentinel: Sentinel) -> None:
        if os.geteuid() != 0:
            pytest.skip("owners are given away by root only")
        self.machine, self.playbook = machine, PLAYBOOK
        root = machine.root / "target"
        (root / "keys/venv/bin").mkdir(parents=True)
        (root / "keys/venv/bin/keys").symlink_to(machine.keys)
        self.config, self.env_file, self.log = root / "lib/config.json", root / "bifrost.env", root / "log"
        self.home = root / "keys"
        machine.install("sh", "mkdir", "rm", "chmod", "echo", "cat", "sleep", "id", "uname", "ls")
        machine.program("systemctl", SYSTEMCTL)
        vault = machine.root / "secrets.yml"
        vault.write_text(f"bifrost_secrets: {{OPENAI_API_KEY: {SECRET}, OPENAI_BATCH_KEY: {SECRET}2}}\n")
        self.password = machine.root / "password"
        self.password.write_text("vault password")
        self.run("ansible-vault", "encrypt", "--vault-password-file", self.password, vault)
        assert "$ANSIBLE_VAULT" in vault.read_text()
        self.vault = vault
        sentinel.allow(self.env_file)

    def run(self, program: str, *arguments: str | Path) -> tuple[int, str]:
        env = {
            "ANSIBLE_HOME": str(self.machine.root / "ansible"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "SYSTEMCTL_LOG": str(self.log),
        }
        done = self.machine(found(program), *arguments, env=env)
        return done.returncode, done.stdout + done.stderr

    def __call__(self, *options: str | Path, **variables: str | Path) -> tuple[int, str]:
        places = {
            "bifrost_user": "daemon",
            "bifrost_app_dir": self.config.parent,
            "bifrost_env_file": self.env_file,
            "bifrost_keys_home": self.home,
            "ansible_become": "false",
            "ansible_python_interpreter": sys.executable,
            **variables,
        }
        given = [part for name, value in places.items() for part in ("-e", f"{name}={value}")]
        secrets = ["-e", f"@{self.vault}", "--vault-password-file", self.password]
        return self.run(
            "ansible-playbook", "-i", "localhost,", "-c", "local", *given, *secrets, *options, self.playbook
        )

    @property
    def restarts(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


@pytest.fixture
def play(machine: Machine, sentinel: Sentinel) -> Play:
    return Play(machine, sentinel)


NO_INSTALL = ("--skip-tags", "install")


def changes(told: str) -> int:
    return int(re.findall(r"changed=(\d+)", told)[-1])


def test_check_mode_foresees_a_run_changes_and_a_second_one_does_not(play: Play) -> None:
    code, told = play(*NO_INSTALL, "--check", "--diff")
    assert (code, changes(told) > 0, play.restarts) == (0, True, 0), told
    assert not play.config.exists()
    assert not play.env_file.exists()

    code, told = play(*NO_INSTALL, "--diff", "-vvv")
    assert (code, play.restarts) == (0, 1), told
    assert "'name': 'batch'" in told or '"name": "batch"' in told
    assert keys_of(play.config) == [
        ("openai", "prod", "env.OPENAI_API_KEY"),
        ("openai", "batch", "env.OPENAI_BATCH_KEY"),
    ]
    assert f"OPENAI_API_KEY={SECRET}\n" in play.env_file.read_text()
    owner = pwd.getpwnam("daemon").pw_uid
    modes = {path: (path.stat().st_uid, path.stat().st_mode & 0o777) for path in (play.config, play.env_file)}
    assert modes == {play.config: (owner, 0o600), play.env_file: (0, 0o600)}
    before = state_of(play.config)
    code, told = play(*NO_INSTALL, "--diff")
    assert (code, changes(told), play.restarts) == (0, 0, 1), told
    assert state_of(play.config) == before


def test_a_refusal_shows_the_reason(play: Play) -> None:
    wrong = play.machine.root / "wrong.yml"
    wrong.write_text("bifrost_keys: {providers: {openai: {keys: [{name: prod, weight: -1}]}}}\n")
    code, told = play(*NO_INSTALL, "-e", f"@{wrong}")
    assert code != 0
    assert "weight-negative" in told
    assert not play.config.exists()


def test_a_missing_program_is_named(play: Play) -> None:
    (play.home / "venv/bin/keys").unlink()
    code, told = play(*NO_INSTALL)
    assert code != 0
    assert "No such file or directory" in told
    assert play(*NO_INSTALL, "--check")[0] == 0


@needs_index
def test_the_wheel_is_installed_once(play: Play, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("wheel")
    files = place / "files"
    pip = (sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", files, CHECKOUT)
    built = play.machine(*pip)
    assert built.returncode == 0, built.stderr
    play.playbook = Path(shutil.copy(PLAYBOOK, place))
    play.machine.install("python3")
    told = []
    for _ in range(2):
        code, text = play("--tags", "install", bifrost_keys_home=place / "home")
        assert code == 0, text
        told.append(changes(text))
    assert told == [2, 0]
    version = play.machine(place / "home/venv/bin/keys", "--version", env={"PYTHONPATH": ""})
    assert version.stdout.startswith("bifrost-keys ")
