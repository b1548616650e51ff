"""The secret from the output of a command: --value-command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.cli.input.value_command import command_output
from bifrost_keys.errors import InvalidInputError, UsageError
from tests.cli.commands import CONFIG_TEXT, remains, write_config
from tests.program import Program
from tests.sentinel import SECRET, Sentinel


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config with two keys."""
    return write_config(tmp_path)


@pytest.fixture
def printing(tmp_path: Path, sentinel: Sentinel) -> str:
    """Return a program that prints a secret and a line end, and a message on standard error."""
    program = tmp_path / "my manager"
    program.write_text(f"#!/bin/sh\necho 'unlocked '\"$1\" >&2\necho {SECRET}-$#\n")
    program.chmod(0o700)
    sentinel.allow(program)
    return f"'{program}'"


def output(command: str, limit: int = 100) -> bytes:
    return command_output(command, limit=limit, terminal=False, silent=True)


def value_of(config: Path, name: str) -> str:
    keys = json.loads(config.read_text())["providers"]["openai"]["keys"]
    return next(key["value"] for key in keys if key["name"] == name)


def test_the_secret_is_the_output_of_the_command(call: Any, config: Path, printing: str) -> None:
    ran = call("create", "openai", "--name", "new", "--value-command", f"{printing} one 'two  three'")
    assert (ran.code, value_of(config, "new")) == (0, f"{SECRET}-2")

    ran = call("rotate", "openai/new", "--value-command", printing, "-o", "json")
    assert (ran.code, value_of(config, "new")) == (0, f"{SECRET}-0")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("printf %s.%s 'a b' c\\ d", b"a b.c d"),
        ('printf %s "$HOME;|>#"', b"$HOME;|>#"),
        ("printf '%s\\r\\n' x", b"x\r\n"),
        ("true", b""),
    ],
)
def test_words_are_split_as_a_shell_would_and_no_shell_reads_them(command: str, words: bytes) -> None:
    assert output(command) == words


@pytest.mark.parametrize("command", ["", "  ", "''", "op 'read", "op read\\"])
def test_an_empty_command_is_a_usage_error(command: str) -> None:
    with pytest.raises(UsageError) as caught:
        output(command)

    assert caught.value.field == "--value-command"


@pytest.mark.parametrize(
    ("command", "code", "message"),
    [
        ("no-such-program", "value-command-not-run", "cannot run no-such-program: no such program"),
        ("/", "value-command-not-run", "cannot run /: Permission denied"),
        ("false", "value-command-failed", "false exited with 1; nothing was written"),
        ("sh -c 'echo x; exit 9'", "value-command-failed", "sh exited with 9; nothing was written"),
        ("sh -c 'kill -9 $$'", "value-command-failed", "sh was ended by signal 9; nothing was written"),
        ("head -c 3000 /dev/zero", "value-too-long", "head printed more than 2 KiB"),
        ("cat /dev/zero", "value-too-long", "cat printed more than 2 KiB"),
        (f"{SECRET} x", "value-command-not-run", None),
    ],
)
def test_a_command_that_fails_is_invalid_input(command: str, code: str, message: str | None) -> None:
    with pytest.raises(InvalidInputError) as caught:
        output(command, limit=2048)

    assert (caught.value.code, caught.value.exit_code, caught.value.hint) == (code, 65, None)
    assert message is None or caught.value.message == f"--value-command: {message}"
    assert SECRET not in caught.value.message


@pytest.mark.parametrize("command", ["nosuch | head -1", "nosuch $HOME", "false > x", "~/bin/nosuch"])
def test_a_command_that_is_written_for_a_shell_gets_the_hint(command: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        output(command)

    assert "no shell reads the command" in (caught.value.hint or "")


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("script", ["exit 4", "echo", 'printf "\\377"', "echo a b", "cat /dev/zero"])
def test_nothing_is_written_and_nothing_of_it_is_shown(
    run: Program, tmp_path: Path, config: Path, form: str, script: str
) -> None:
    command = f"sh -c 'echo complaint >&2; {script}'"
    done = run("rotate", "openai/one", "--value-command", command, "-o", form)

    assert (done.code, done.out, done.err.startswith("complaint\n")) == (65, "", form == "table")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    if form == "json":
        assert done.error["exit_code"] == 65


def test_the_input_of_a_loop_is_not_read(run: Program, config: Path) -> None:
    command = "sh -c 'printf %s sk-; wc -c'"
    assert run("rotate", "openai/one", "--value-command", command, stdin="a line\n").code == 0
    assert value_of(config, "one") == "sk-0"


def test_two_sources_are_wrong_use_and_no_command_is_run(call: Any, tmp_path: Path, config: Path) -> None:
    ran = call("rotate", "openai/one", "--value-command", "touch made", "--value-env", "A")

    assert (ran.code, (tmp_path / "made").exists()) == (2, False)
    assert "--value-env and --value-command" in ran.err


def test_the_command_may_ask_at_the_terminal(run: Program, config: Path) -> None:
    command = "sh -c 'printf password: >&2; read answer; printf sk-$answer'"
    done = run.on_terminal(
        "rotate", "openai/one", "--value-command", command, typed="yes\n", after="password:"
    )

    assert (done.code, value_of(config, "one")) == (0, "sk-yes")


def test_a_signal_ends_the_command_too(run: Program, tmp_path: Path, config: Path) -> None:
    command = (
        f'{sys.executable} -c \'import os, time; open("pid", "w").write(str(os.getpid())); time.sleep(60)\''
    )
    pid = tmp_path / "pid"
    arguments = run.command("rotate", "openai/one", "--value-command", command)
    with subprocess.Popen(arguments, cwd=tmp_path, env=run.environ) as process:
        while not (pid.exists() and pid.read_text()):
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)

    assert process.returncode == 143
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    pid.unlink()
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
