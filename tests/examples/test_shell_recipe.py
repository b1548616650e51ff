"""examples/shell."""

from __future__ import annotations

import json

import pytest

from bifrost_keys.stores.files.lock import locked
from tests.examples.machine import EXAMPLES, Machine, keys_of, state_of

SCRIPT = EXAMPLES / "shell" / "provision.sh"


def outcome(machine: Machine, *arguments: str) -> tuple[int, str, str]:
    """Return the exit code, standard output, and the last line of standard error."""
    done = machine("/bin/sh", SCRIPT, *arguments)
    return done.returncode, done.stdout, (done.stderr.splitlines() or [""])[-1]


def test_a_key_is_set_once_and_then_unchanged(machine: Machine) -> None:
    machine.install("jq")
    config = machine.root / "config.json"
    call = ("openai/prod", "OPENAI_API_KEY", "--config", str(config))
    assert outcome(machine, *call)[:2] == (0, "openai/prod: set; restart the gateway\n")
    before = state_of(config)
    assert outcome(machine, *call)[:2] == (0, "openai/prod: unchanged\n")
    assert state_of(config) == before
    assert keys_of(config) == [("openai", "prod", "env.OPENAI_API_KEY")]


def test_refusals_keep_the_reason(machine: Machine) -> None:
    machine.install("jq")
    config = machine.root / "config.json"
    refused = ": refused; nothing was written, and trying again does not help"
    for arguments, code, reason in (
        (("nosuch/prod", "X"), 4, "no provider named"),
        (("openai/prod", "X", "--weight", "-1"), 65, "weight is negative"),
        (("openai/prod", "X", "--no-such-option"), 2, "--no-such-option"),
    ):
        done = machine("/bin/sh", SCRIPT, *arguments, "--config", config)
        first, *_, last = done.stderr.splitlines()
        assert (done.returncode, done.stdout, last) == (code, "", arguments[0] + refused)
        assert first.startswith("error: ")
        assert reason in first
    assert not config.exists()


def test_a_lock_in_use_means_try_again_later(machine: Machine) -> None:
    machine.install("jq")
    config = machine.root / "config.json"
    with locked(str(config), timeout=1, owner=None):
        code, _, last = outcome(machine, "openai/prod", "X", "--config", str(config), "--lock-timeout", "0.1")
    assert (code, last) == (
        6,
        "openai/prod: nothing was written; try again later",
    )


@pytest.mark.parametrize("code", [70, 74])
def test_a_failure_that_may_have_written_is_distinguished(machine: Machine, code: int) -> None:
    machine.install("jq")
    error = json.dumps({"error": {"code": "x", "exit_code": code, "message": "written: but m", "hint": None}})
    machine.program("keys", f"#!/bin/sh\necho '{error}' >&2\nexit {code}\n")
    done = machine("/bin/sh", SCRIPT, "openai/prod", "X")
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.splitlines() == [
        "error: written: but m",
        'openai/prod: failed; if the error begins with "written", the file has the key',
    ]


def test_without_keys_or_jq_the_file_is_not_mentioned(machine: Machine) -> None:
    absent = "is not installed, or not on PATH"
    assert outcome(machine, "openai/prod", "X") == (127, "", f"jq {absent}")
    machine.install("jq")
    machine.keys.unlink()
    assert outcome(machine, "openai/prod", "X") == (127, "", f"keys {absent}")


def test_a_broken_installation_shows_its_own_words(machine: Machine) -> None:
    machine.install("jq")
    machine.program("keys", "#!/no/such/interpreter\n")
    done = machine("/bin/sh", SCRIPT, "openai/prod", "X")
    assert (done.returncode, done.stdout) in ((126, ""), (127, ""))
    assert done.stderr.splitlines()[0] != ""
    assert done.stderr.splitlines()[-1] == "openai/prod: keys could not be run"
