"""The hidden prompt on a real terminal: whole secrets, a clean line, and echo restored."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import CONFIG_TEXT, remains, write_config
from tests.program import Program
from tests.sentinel import SECRET
from tests.terminal import Terminal

PROMPT = "Secret for openai/new (not shown): "
CREATE = ("create", "openai", "--name", "new")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config with two keys."""
    return write_config(tmp_path)


@pytest.fixture
def prompt(run: Program, config: Path) -> Iterator[Terminal]:
    """Yield a run of create that asks for a secret."""
    terminal = Terminal(run, run.command(*CREATE))
    terminal.read_until(PROMPT)
    assert not terminal.echoes
    yield terminal
    terminal.close()


def value_of(config: Path, name: str = "new") -> str:
    keys = json.loads(config.read_text())["providers"]["openai"]["keys"]
    return next(key["value"] for key in keys if key["name"] == name)


@pytest.mark.parametrize("length", [1, 4094, 4095, 4096, 5008, 64 * 1024])
def test_a_secret_of_any_length_is_read_whole(prompt: Terminal, config: Path, length: int) -> None:
    secret = (SECRET * (length // len(SECRET) + 1))[:length]
    prompt.type(f"{secret}\n")

    assert (prompt.end(), value_of(config)) == (0, secret)
    assert prompt.echoes


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("x" * (64 * 1024 + 1), "64 KiB"),
        (b"sk-\xff\xfe-SENTINEL", "not UTF-8"),
        ("sk-a\tb", "control character"),
    ],
    ids=["too long", "not UTF-8", "control character"],
)
def test_a_text_that_cannot_be_a_secret_is_refused(
    prompt: Terminal, tmp_path: Path, typed: str | bytes, words: str
) -> None:
    prompt.type(typed)
    prompt.type("\n")

    assert (prompt.end(), words.encode() in prompt.shown) == (65, True)
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    assert prompt.echoes


@pytest.mark.parametrize(
    ("typed", "secret"),
    [
        (f"  {SECRET} \t\n", SECRET),
        (f"\u00a0{SECRET}\r", SECRET),
        ("sk-one\x7f\x7f\x7ftwo\n", "sk-two"),
        ("sk-é🔑\x08\x7fx\n", "sk-x"),
        ("\x7f\x7fsk-x\n", "sk-x"),
        ("wrong\x15sk-x\n", "sk-x"),
        ("wrong\x17sk-x\n", "sk-x"),
        ("sk-\x04x\n", "sk-x"),
    ],
)
def test_the_line_can_be_edited_and_its_edges_are_trimmed(
    prompt: Terminal, config: Path, typed: str, secret: str
) -> None:
    prompt.type(typed)

    assert (prompt.end(), value_of(config)) == (0, secret)


def test_an_empty_answer_asks_again(prompt: Terminal, config: Path) -> None:
    for nothing in ("\n", " \t\n", "\x7f\n"):
        prompt.type(nothing)
        prompt.read_until(PROMPT)
        assert b"nothing was entered; type the secret, or press Ctrl-C to stop" in prompt.shown
    prompt.type(f"{SECRET}\n")

    assert (prompt.end(), value_of(config)) == (0, SECRET)


def test_the_end_of_the_input_is_a_missing_answer(prompt: Terminal, tmp_path: Path) -> None:
    prompt.type("\x04")

    assert prompt.end() == 2
    assert b"error: no secret was given\r\nhint: use --value-env" in prompt.shown
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    assert prompt.echoes


@pytest.mark.parametrize(
    ("key", "sent", "code"),
    [
        ("\x03", None, 130),
        ("\x1c", None, 131),
        (None, signal.SIGINT, 130),
        (None, signal.SIGQUIT, 131),
        (None, signal.SIGTERM, 143),
        (None, signal.SIGHUP, 129),
    ],
)
def test_a_signal_leaves_a_clean_line_and_the_echo_on(
    prompt: Terminal, tmp_path: Path, key: str | None, sent: signal.Signals | None, code: int
) -> None:
    prompt.type("sk-SENTINEL-half")
    if key is not None:
        prompt.type(key)
    if sent is not None:
        prompt.settle()
        prompt.process.send_signal(sent)

    assert prompt.end() == code
    assert prompt.echoes
    assert prompt.shown.endswith(f"{PROMPT}\r\n".encode())
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


@pytest.fixture
def shell(run: Program) -> Iterator[Terminal]:
    """Yield a shell with job control."""
    terminal = Terminal(run, ["bash", "--norc", "--noprofile", "--noediting", "-i"])
    terminal.read_until("shell$ ")
    yield terminal
    terminal.close()


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash, whose job control this is about")
def test_a_suspended_run_restores_the_terminal_and_later_hides_input_again(
    run: Program, config: Path, shell: Terminal
) -> None:
    words = " ".join(f"'{os.fsdecode(word)}'" for word in run.command(*CREATE))
    shell.type(f"{words}\n")
    shell.read_until(PROMPT)
    shell.type("sk-half")
    shell.type("\x1a")
    shell.read_until("shell$ ")
    assert shell.echoes
    shell.type("fg\n")
    shell.read_until(PROMPT)
    shell.type(f"{SECRET}\n")
    shell.read_until("shell$ ")
    assert shell.echoes
    shell.type("exit\n")

    assert shell.end() == 0
    assert value_of(config) == SECRET


def test_the_prompt_names_the_key(run: Program, tmp_path: Path, config: Path) -> None:
    prompts = {
        ("create", "OpenAI"): "Secret for OpenAI (not shown): ",
        ("set", "openai/new"): PROMPT,
        ("rotate", "one"): "New secret for openai/one (not shown): ",
    }
    for command, prompt in prompts.items():
        terminal = Terminal(run, run.command(*command))
        terminal.read_until(prompt)
        terminal.type("\x03")
        assert terminal.end() == 130
        terminal.close()
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
