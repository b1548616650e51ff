"""examples/systemd: the installed tree, checked by systemd's own tools, and the commands of the units."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.examples.machine import EXAMPLES, Machine, found, keys_of, state_of
from tests.sentinel import SECRET, Sentinel

# Resolves a reference of its config as the gateway does, and notes which secret it would use.
GATEWAY = f"""#!{sys.executable}
import hashlib, json, os, sys
folder = sys.argv[sys.argv.index("-app-dir") + 1]
with open(os.path.join(folder, "config.json")) as stream:
    value = json.load(stream)["providers"]["openai"]["keys"][0]["value"]
secret = os.environ[value.removeprefix("env.")]
print(hashlib.sha256(secret.encode()).hexdigest())
"""
# Of the units that ours name, those that a root without systemd lacks.
TARGETS = ("sysinit", "basic", "shutdown", "network-online", "multi-user")


def unit(path: Path) -> dict[str, str]:
    """Return the settings of a unit, none of which appears twice."""
    lines = [line for line in path.read_text().splitlines() if line and line[0] not in "#["]
    settings = [(name, value) for name, _, value in (line.partition("=") for line in lines)]
    assert len(dict(settings)) == len(settings)
    return dict(settings)


@pytest.fixture
def installed(machine: Machine) -> Path:
    """Return the root directory after install.sh, with the two programs that the units start."""
    machine.install("dirname", "install", "cat")
    root = machine.root / "root"
    done = machine("/bin/sh", EXAMPLES / "systemd" / "install.sh", env={"DESTDIR": str(root)})
    assert (done.returncode, done.stderr) == (0, "")
    programs = root / "usr/local/bin"
    programs.mkdir()
    (programs / "keys").write_text(machine.keys.read_text())
    (programs / "bifrost-http").write_text(GATEWAY)
    for program in programs.iterdir():
        program.chmod(0o755)
    return root


def units(root: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Return the settings of the unit of keys, and of the gateway's."""
    folder = root / "etc/systemd/system"
    return unit(folder / "bifrost-keys.service"), unit(folder / "bifrost.service")


def command(settings: dict[str, str], root: Path) -> list[str]:
    """Return the unit's command line below this root, with the state directory that systemd gives it."""
    words = settings["ExecStart"].replace("%S", "/var/lib").split()
    return [f"{root}{word}" if word.startswith("/") else word for word in words]


def test_install_keeps_the_keys_that_are_there(machine: Machine, installed: Path) -> None:
    wanted = installed / "etc/bifrost/keys.json"
    wanted.write_text("{}")
    script = EXAMPLES / "systemd" / "install.sh"
    assert machine("/bin/sh", script, env={"DESTDIR": str(installed)}).returncode == 0
    assert wanted.read_text() == "{}"


def test_systemd_accepts_the_units_and_finds_them_confined(machine: Machine, installed: Path) -> None:
    analyze = found("systemd-analyze")
    for target in TARGETS:
        (installed / f"etc/systemd/system/{target}.target").write_text("[Unit]\n")
    both = ("bifrost.service", "bifrost-keys.service")
    verified = machine(analyze, "verify", "--man=no", f"--root={installed}", *both)
    assert (verified.returncode, verified.stderr) == (0, "")
    for name, tenths in (("bifrost-keys", 10), ("bifrost", 35)):
        judged = machine(
            analyze,
            "security",
            "--offline=true",
            f"--root={installed}",
            f"--threshold={tenths}",
            f"{name}.service",
        )
        assert judged.returncode == 0, judged.stdout


def test_the_gateway_gets_the_secret_and_the_file_a_reference(
    machine: Machine, installed: Path, sentinel: Sentinel
) -> None:
    keys, gateway = units(installed)
    assert (gateway["Requires"], keys["Type"]) == ("bifrost-keys.service", "oneshot")
    assert "bifrost-keys.service" in gateway["After"].split()
    assert {settings["User"] for settings in (keys, gateway)} == {"bifrost"}
    state = installed / "var/lib" / keys["StateDirectory"]
    state.mkdir(parents=True, mode=0o700)
    assert machine(*command(keys, installed)).returncode == 0
    config = state / "config.json"
    assert keys_of(config) == [("openai", "prod", "env.OPENAI_API_KEY")]
    assert config.stat().st_mode & 0o777 == 0o600
    before = state_of(config)
    assert machine(*command(keys, installed)).returncode == 0
    assert state_of(config) == before

    name = gateway["LoadCredentialEncrypted"].partition(":")[0]
    credentials = machine.root / "credentials"
    credentials.mkdir()
    (credentials / name).write_text(SECRET)
    sentinel.allow(credentials / name)
    started = machine(*command(gateway, installed), env={"CREDENTIALS_DIRECTORY": str(credentials)})
    assert started.stdout.strip() == hashlib.sha256(SECRET.encode()).hexdigest(), started.stderr


@pytest.mark.parametrize("credentials", [None, "empty"])
def test_the_gateway_does_not_start_without_its_secret(
    machine: Machine, installed: Path, credentials: str | None
) -> None:
    _, gateway = units(installed)
    env = {}
    if credentials:
        (machine.root / credentials).mkdir()
        env = {"CREDENTIALS_DIRECTORY": str(machine.root / credentials)}
    started = machine(*command(gateway, installed), env=env)
    assert started.returncode != 0
    assert started.stdout == ""


def test_keys_makes_no_system_call_that_its_unit_forbids(machine: Machine, installed: Path) -> None:
    strace, analyze = found("strace"), found("systemd-analyze")
    keys, _ = units(installed)
    (installed / "var/lib/bifrost").mkdir(parents=True)
    trace = machine.root / "trace"
    done = machine(strace, "-f", "-qq", "-o", trace, *command(keys, installed))
    assert done.returncode == 0, done.stderr
    lines = trace.read_text().splitlines()
    called = {match[1] for line in lines if (match := re.match(r"\d+ +(\w+)\(", line))}
    assert called - _allowed(analyze, keys["SystemCallFilter"]) == set()
    assert keys["MemoryDenyWriteExecute"] == "yes"
    assert [line for line in lines if "PROT_WRITE|PROT_EXEC" in line] == []
    assert (keys["RestrictAddressFamilies"], keys["PrivateNetwork"]) == ("none", "yes")
    assert "rename" in called or "renameat" in called or "linkat" in called


def _allowed(analyze: str, group: str) -> set[str]:
    """Return the system calls of a group, and of the groups in it."""
    listed = subprocess.run([analyze, "syscall-filter", group], stdout=-1, text=True, check=True).stdout
    names = [line.strip() for line in listed.splitlines()[1:] if line.strip() and "#" not in line]
    below = [_allowed(analyze, name) for name in names if name.startswith("@")]
    return set().union(*below, (name for name in names if not name.startswith("@")))
