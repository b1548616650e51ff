"""examples/compose: each service as Compose would run it, in the same order."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.examples.machine import CHECKOUT, EXAMPLES, Machine, found, keys_of, needs_index, state_of
from tests.sentinel import SECRET, Sentinel


class Compose:
    """A project of Compose without containers: mounted paths are at their place on the host."""

    def __init__(self, machine: Machine, sentinel: Sentinel) -> None:
        self._machine = machine
        self.folder = machine.root / "compose"
        shutil.copytree(EXAMPLES / "compose", self.folder)
        self.services: dict[str, Any] = yaml.safe_load((self.folder / "compose.yaml").read_text())["services"]
        (self.folder / "data").mkdir()
        environment = (self.folder / ".env.example").read_text().replace("_KEY=", f"_KEY={SECRET}")
        (self.folder / ".env").write_text(environment)
        sentinel.allow(self.folder / ".env")
        lines = [line for line in environment.splitlines() if "=" in line and line[0] != "#"]
        self.variables = dict(line.split("=", 1) for line in lines)

    def interpolated(self, text: str) -> str:
        """Return the text with ``${NAME:-default}`` and ``${NAME:?message}`` as the file .env has them."""
        return re.sub(
            r"\$\{(\w+):([-?])([^}]*)\}",
            lambda match: self.variables.get(match[1]) or (match[3] if match[2] == "-" else ""),
            text,
        )

    def mounted(self, service: str) -> dict[str, str]:
        """Return the place on the host of each path in the container."""
        pairs = [volume.split(":") for volume in self.services[service]["volumes"]]
        return {pair[1]: str(self.folder / pair[0]) for pair in pairs}

    def up(self) -> int:
        """Run ``keys`` as the service does; its exit code decides whether the gateway starts."""
        keys = self.services["keys"]
        words = shlex.split(keys["command"])
        for inside, outside in self.mounted("keys").items():
            words = [outside if word == inside else word for word in words]
        env = {name: self.interpolated(value) for name, value in keys["environment"].items()}
        return self._machine("keys", *words, env=env).returncode


@pytest.fixture
def compose(machine: Machine, sentinel: Sentinel) -> Compose:
    return Compose(machine, sentinel)


def test_keys_is_done_before_the_gateway_starts_and_changes_nothing_twice(compose: Compose) -> None:
    gateway = compose.services["bifrost"]
    assert gateway["depends_on"] == {"keys": {"condition": "service_completed_successfully"}}
    assert compose.up() == 0
    config = Path(compose.mounted("bifrost")["/app/data"], "config.json")
    assert keys_of(config) == [
        ("openai", "prod", "env.OPENAI_API_KEY"),
        ("anthropic", "prod-claude", "env.ANTHROPIC_API_KEY"),
    ]
    before = state_of(config)
    assert compose.up() == 0
    assert state_of(config) == before
    (compose.folder / "keys.json").write_text('{"providers": {"openai": {"keys": [{"nmae": "x"}]}}}')
    assert compose.up() == 65
    assert state_of(config) == before


def test_only_the_gateway_gets_the_secrets_and_it_can_read_the_file(compose: Compose) -> None:
    keys, gateway = compose.services["keys"], compose.services["bifrost"]
    assert "env_file" not in keys
    assert gateway["env_file"] == ".env"
    assert keys["user"] == gateway["user"]
    assert compose.interpolated(gateway["user"]) == "1000:1000"
    assert compose.mounted("keys")["/app/data"] == compose.mounted("bifrost")["/app/data"]
    assert compose.up() == 0
    data = Path(compose.mounted("bifrost")["/app/data"])
    named = {key[2].removeprefix("env.") for key in keys_of(data / "config.json")}
    assert named <= {name for name, value in compose.variables.items() if value == SECRET}
    assert compose.services["bifrost"]["image"].endswith(":v${BIFROST_RELEASE:?see .env.example}")


def test_compose_accepts_the_file(machine: Machine, compose: Compose) -> None:
    if machine(found("docker"), "compose", "version").returncode == 0:
        command = [found("docker"), "compose"]
    else:
        command = [found("docker-compose")]
    done = machine(*command, "-f", compose.folder / "compose.yaml", "config", "--quiet", cwd=compose.folder)
    assert done.returncode == 0, done.stderr


@needs_index
def test_the_image_is_built_from_the_checkout(
    machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    image = tmp_path_factory.mktemp("image")
    lines = (EXAMPLES / "compose" / "Dockerfile").read_text().splitlines()
    instructions = [line.split(maxsplit=1) for line in lines if line[:1].isupper()]
    for *paths, target in (words.split() for name, words in instructions if name == "COPY"):
        inside = image / target.strip("/")
        for place in (CHECKOUT / path for path in paths):
            if place.is_dir():
                shutil.copytree(place, inside)
            else:
                inside.mkdir(exist_ok=True)
                shutil.copy(place, inside)
    assert machine(sys.executable, "-m", "venv", image / "venv").returncode == 0
    machine.install("rm")
    path = f"{image}/venv/bin:{machine.programs}"
    (run,) = [words for name, words in instructions if name == "RUN"]
    done = machine("/bin/sh", "-c", run.replace("/src", f"{image}/src"), env={"PATH": path})
    assert done.returncode == 0, done.stderr
    assert ["ENTRYPOINT", '["keys"]'] in instructions
    version = machine(image / "venv/bin/keys", "--version", env={"PYTHONPATH": ""})
    assert version.stdout.startswith("bifrost-keys ")
