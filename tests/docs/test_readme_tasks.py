"""Follow the README with nothing installed: its commands in order, in an empty home directory."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.examples.machine import CHECKOUT, Machine, keys_of, needs_index
from tests.program import Program
from tests.sentinel import SECRET
from tests.stores.gateway_api.clients import config, fake
from tests.stores.gateway_api.fake_api import PASSWORD, USER
from tests.stores.gateway_api.fake_gateway import FakeGateway
from tests.stores.gateway_api.http_server import Answer, HttpServer

README = Path("README.md").read_text(encoding="utf-8")
ADDRESS = "http://localhost:8080"
NEW_SECRET = "sk-test-SENTINEL-fedcba9876543210"


def blocks(heading: str) -> list[str]:
    """Return the shell blocks below a heading of the README."""
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.S)


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    """Yield a running gateway that has the key openai/prod."""
    entry = {"id": "one", "name": "prod", "value": SECRET, "models": ["*"], "weight": 1}
    with fake(config=config(openai={"keys": [entry]})) as running:
        yield running


@pytest.fixture
def home(machine: Machine, gateway: FakeGateway) -> Path:
    """An empty home directory on a machine with a shell and ``keys``, and with a gateway to log in to."""
    machine.install("bash")
    machine.environ |= {
        "SECRET": NEW_SECRET,
        "BIFROST_GATEWAY_USER": USER,
        "BIFROST_GATEWAY_PASSWORD": PASSWORD,
    }
    return Path(machine.environ["HOME"])


def shell(machine: Machine, block: str) -> str:
    """Return the output of the block in the home directory; a failing command ends it."""
    home = Path(machine.environ["HOME"])
    done = machine("bash", "-euo", "pipefail", "-c", block, cwd=home)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_tasks_work_in_their_order(
    run: Program, machine: Machine, home: Path, gateway: FakeGateway
) -> None:
    begin, from_variable, right, script, rotate, provision, at_gateway = blocks("Tasks")
    file = home / ".config/bifrost/config.json"

    init, prompted = begin.splitlines()
    shell(machine, init)
    assert run.on_terminal(*prompted.split()[1:], typed=f"{SECRET}\r", after="not shown").code == 0
    shell(machine, from_variable)
    assert keys_of(file) == [
        ("openai", "prod", SECRET),
        ("anthropic", "claude", "env.ANTHROPIC_API_KEY"),
    ]

    with HttpServer(lambda _: Answer(body=b'{"data": [{"id": "gpt-4o"}]}')) as provider:
        # The provider's own address is not to be asked by a test.
        whole = json.loads(file.read_text())
        whole["providers"]["openai"]["network_config"] = {"base_url": provider.url}
        file.write_text(json.dumps(whole))
        told = shell(machine, right)
        assert "openai/prod" in told
        made = json.loads(shell(machine, script))
        assert (made["changed"], made["changes"][0]["provider"]) == (True, "groq")
        assert json.loads(shell(machine, script))["changed"] is False
        shell(machine, rotate)
        assert keys_of(file)[0] == ("openai", "prod", NEW_SECRET)
        assert [request.headers["authorization"] for request in provider.seen] == [
            f"Bearer {SECRET}",
            f"Bearer {NEW_SECRET}",
        ]

    before = file.read_bytes()
    shell(machine, provision)
    assert file.read_bytes() == before
    assert SECRET.encode() not in (home / "desired.json").read_bytes()

    assert ADDRESS in at_gateway
    shell(machine, at_gateway.replace(ADDRESS, gateway.url))
    row = gateway.database.row("one")
    assert row is not None
    assert row.key.enabled is False


def test_the_lock_file_is_where_the_readme_says(machine: Machine, home: Path) -> None:
    shell(machine, "keys init && keys create openai --name prod --value-env X")
    left = {path.name for path in (home / ".config/bifrost").iterdir()}
    assert left == {"config.json", "config.json.lock"}
    assert "`config.json.lock`" in README


@pytest.fixture
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the tracked files, without anything that was installed."""
    place = tmp_path_factory.mktemp("checkout")
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, stdout=-1, text=True, check=False)
    if tracked.returncode != 0:
        pytest.skip("this is not a checkout")
    for name in filter(None, tracked.stdout.split("\0")):
        if (CHECKOUT / name).is_file():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, place / name)
    return place


def in_checkout(machine: Machine, checkout: Path, line: str) -> str:
    """Return the output of an installing line; Python is on the PATH, and nothing of this project."""
    machine.install("dirname")
    (machine.programs / "keys").unlink(missing_ok=True)
    if not (machine.programs / "python3").exists():
        machine.program("python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    env = {
        "PYTHONPATH": "",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PATH": f"{machine.environ['HOME']}/.local/bin:{machine.programs}",
    }
    done = machine("bash", "-euo", "pipefail", "-c", f"({line}) 2>&1", cwd=checkout, env=env)
    assert done.returncode == 0, done.stdout
    return done.stdout


@needs_index
def test_the_first_command_does_the_main_job_and_begins_with_the_result(
    machine: Machine, home: Path, checkout: Path
) -> None:
    told = in_checkout(machine, checkout, blocks("Try it")[0])
    assert told.startswith("created")
    assert keys_of(checkout / "demo/config.json") == [("openai", "openai-1", "env.OPENAI_API_KEY")]


@needs_index
def test_it_is_installed_updated_and_removed_for_the_whole_machine(
    machine: Machine, home: Path, checkout: Path
) -> None:
    root = checkout / "root"
    (root / "usr/local/bin").mkdir(parents=True)
    machine.install("ln", "rm")
    _, line = blocks("Install, update, remove")
    (remove,) = re.findall(r"`(rm -r [^`]*)`", README)
    for text in (line, line):
        in_checkout(machine, checkout, re.sub(r"(/opt/|/usr/local/)", rf"{root}\1", text))
        assert in_checkout(machine, checkout, f"{root}/usr/local/bin/keys --version") != ""
    in_checkout(machine, checkout, re.sub(r"(/opt/|/usr/local/)", rf"{root}\1", remove))
    assert [path.name for path in root.rglob("*") if "bifrost" in path.name or path.name == "keys"] == []


@needs_index
def test_it_is_installed_updated_and_removed_by_pipx(machine: Machine, home: Path, checkout: Path) -> None:
    tools = checkout.parent / "pipx"
    in_checkout(machine, checkout, f"python3 -m venv {tools} && {tools}/bin/pip install -q pipx")
    (machine.programs / "pipx").symlink_to(tools / "bin/pipx")
    machine.environ |= {"PIPX_HOME": str(tools / "home")}
    block, _ = blocks("Install, update, remove")
    in_checkout(machine, checkout, block)
    assert (home / ".local/share/bash-completion/completions/keys").exists()
    update, remove = re.findall(r"`(pipx (?:install --force|uninstall) [^`]*)`", README)
    in_checkout(machine, checkout, update)
    in_checkout(machine, checkout, "keys --version && bifrost-keys --version")
    in_checkout(machine, checkout, remove)
    assert not (home / ".local/bin/keys").exists()
