"""examples/secrets: each line of the page, with a stand-in for the manager that it calls.

A stand-in takes the arguments that the manager documents and no others, prints the secret with the line
ends that the manager prints, and fails with its exit code and words while it is locked.
"""

from __future__ import annotations

import re
import shlex
from typing import NamedTuple

import pytest

from tests.examples.machine import EXAMPLES, Machine, keys_of, state_of
from tests.sentinel import SECRET, Sentinel

PAGE = (EXAMPLES / "secrets" / "README.md").read_text()
LINES = re.findall(r"```sh\n(.*?)\n```", PAGE, re.S)


class Manager(NamedTuple):
    """A manager's arguments, the text after the secret, and its failure while it is locked."""

    arguments: str
    end: str
    code: int
    words: str


MANAGERS = {
    "op": Manager(
        "read op://Production/OpenAI/credential",
        "\\n",
        1,
        "[ERROR] You are not currently signed in. Please run `op signin --help` for instructions",
    ),
    "pass": Manager(
        "show bifrost/openai", "\\nuser: me@example.com\\n", 2, "gpg: decryption failed: No secret key"
    ),
    "vault": Manager(
        "kv get -mount=secret -field=openai bifrost", "", 2, "Code: 403. Errors: * permission denied"
    ),
    "aws": Manager(
        "secretsmanager get-secret-value --secret-id bifrost/openai --query SecretString --output text",
        "\\n",
        253,
        "Unable to locate credentials. You can configure credentials by running aws configure.",
    ),
    "gcloud": Manager(
        "secrets versions access latest --secret=bifrost-openai",
        "",
        1,
        "ERROR: (gcloud.secrets.versions.access) You do not currently have an active account selected.",
    ),
    "sops": Manager(
        """decrypt --extract '["openai"]' secrets.yaml""",
        "",
        128,
        "Failed to get the data key required to decrypt the SOPS file.",
    ),
}


def prepare(machine: Machine, sentinel: Sentinel, name: str) -> None:
    """Install the manager's stand-in; it is locked if the variable LOCKED is set."""
    manager = MANAGERS[name]
    wanted = shlex.join(shlex.split(manager.arguments))
    place = machine.program(
        name,
        f"""#!/bin/sh
set -f
given=$*
set -- {wanted}
if [ "$given" != "$*" ]; then echo "unknown arguments: $given" >&2; exit 64; fi
if [ -n "${{LOCKED:-}}" ]; then echo {shlex.quote(manager.words)} >&2; exit {manager.code}; fi
printf '{SECRET}{manager.end}'
""",
    )
    sentinel.allow(place)
    machine.install("sh", "head")


def test_the_page_has_a_line_for_each_manager() -> None:
    programs = [re.sub(r"^sh -c '", "", shlex.split(line)[-1]).split()[0] for line in LINES]
    assert programs == list(MANAGERS)


@pytest.mark.parametrize("line", LINES, ids=list(MANAGERS))
def test_the_secret_is_set_once(
    machine: Machine, sentinel: Sentinel, line: str, request: pytest.FixtureRequest
) -> None:
    prepare(machine, sentinel, request.node.callspec.id)
    config = machine.root / "config.json"
    env = {"BIFROST_CONFIG": str(config)}
    done = machine("sh", "-c", line, env=env)
    assert done.returncode == 0, done.stderr
    assert keys_of(config) == [("openai", "prod", SECRET)]
    before = state_of(config)
    assert machine("sh", "-c", line, env=env).returncode == 0
    assert state_of(config) == before


@pytest.mark.parametrize("line", LINES, ids=list(MANAGERS))
def test_a_locked_manager_reports_it_and_nothing_is_written(
    machine: Machine, sentinel: Sentinel, line: str, request: pytest.FixtureRequest
) -> None:
    name = request.node.callspec.id
    prepare(machine, sentinel, name)
    config = machine.root / "config.json"
    done = machine("sh", "-c", line, env={"BIFROST_CONFIG": str(config), "LOCKED": "1"})
    assert done.returncode == 65
    assert MANAGERS[name].words in done.stderr
    assert not config.exists()


def test_a_manager_that_is_not_installed_is_named(machine: Machine) -> None:
    machine.install("sh", "head")
    for line, name in zip(LINES, MANAGERS, strict=True):
        done = machine("sh", "-c", line)
        assert done.returncode == 65
        assert f"{name}: " in done.stderr or f"cannot run {name}" in done.stderr
