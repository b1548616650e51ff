"""Questions at a terminal: missing arguments are asked for, unless nobody can answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.cli.input.questions import matching
from tests.cli.commands import CONFIG_TEXT, remains, write_config
from tests.keys import ONE as KEY
from tests.program import Program
from tests.terminal import Terminal

ASK = "number, or part of the name: "


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return a config with two keys."""
    return write_config(tmp_path)


@pytest.fixture
def talk(run: Program, config: Path) -> Iterator[Callable[..., Terminal]]:
    """Return a function that runs a command at a terminal; the config has two keys."""
    opened = []

    def start(*words: str, columns: int = 80) -> Terminal:
        opened.append(Terminal(run, run.command(*words), columns=columns))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def keys_of(config: Path, provider: str) -> list[Any]:
    """Return the keys of a provider as they are in the file."""
    found: list[Any] = json.loads(config.read_text())["providers"].get(provider, {}).get("keys", [])
    return found


def test_the_key_is_chosen_by_its_number(talk: Callable[..., Terminal]) -> None:
    terminal = talk("get")
    terminal.read_until(ASK)
    assert terminal.shown.startswith(b"Which key?\r\n  1  openai/one\r\n  2  openai/two\r\n")
    terminal.type("2\n")

    assert terminal.end() == 0
    assert b"id-two" in terminal.shown


@pytest.mark.parametrize("typed", ["openai/two", "OPENAI/TWO", "two", "tw"])
def test_the_key_is_chosen_by_its_name_or_a_part_of_it(talk: Callable[..., Terminal], typed: str) -> None:
    terminal = talk("get")
    terminal.read_until(ASK)
    terminal.type(f"{typed}\n")

    assert (terminal.end(), b"id-two" in terminal.shown) == (0, True)


def test_an_ambiguous_answer_narrows_the_list_and_an_empty_one_asks_again(
    talk: Callable[..., Terminal],
) -> None:
    terminal = talk("get")
    terminal.read_until(ASK)
    for typed, shown in (("\n", ""), ("o\n", "  1  openai/one\r\n  2  openai/two\r\n"), ("9\n", "")):
        terminal.type(typed)
        terminal.read_until(shown + ASK)
    assert b'no choice is named "9"' in terminal.shown
    terminal.type("sk-ant-api03-0123456789-abcdefgh\n")
    terminal.read_until("no choice is named (not shown: it may be a secret)")
    terminal.read_until(ASK)
    terminal.type("1\n")

    assert terminal.end() == 0
    # A terminal shows what is typed at it; the program does not repeat it.
    assert terminal.shown.count(b"sk-ant") == 1


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_provider_is_chosen_among_all_of_them_and_google_is_known(
    talk: Callable[..., Terminal], config: Path, columns: int
) -> None:
    terminal = talk("create", "--value-env", "A", columns=columns)
    terminal.read_until("Which provider?")
    terminal.read_until(ASK)
    assert max(len(line) for line in terminal.shown.decode().split("\r\n")) <= columns
    assert (b"more\r\n" in terminal.shown, b" xai" in terminal.shown) == (columns < 80, columns >= 80)
    terminal.type("google\n")
    terminal.read_until("  1  gemini\r\n  2  vertex\r\n")
    terminal.read_until(ASK)
    terminal.type("1\n")

    assert terminal.end() == 0
    assert [key["value"] for key in keys_of(config, "gemini")] == ["env.A"]


def test_required_fields_and_the_secret_are_asked_for_with_the_name_of_the_key(
    talk: Callable[..., Terminal], config: Path
) -> None:
    terminal = talk("create", "vllm", "--name", "mine")
    terminal.read_until("--url for vllm/mine: ")
    terminal.type("\n")
    terminal.read_until("--url for vllm/mine: ")
    terminal.type("http://inner:8000\n")
    terminal.read_until("--model-name for vllm/mine: ")
    terminal.type("llama\n")

    assert terminal.end() == 0
    (key,) = keys_of(config, "vllm")
    assert key["vllm_key_config"] == {"url": "http://inner:8000", "model_name": "llama"}


def test_a_field_that_the_rules_refuse_is_asked_for_again(
    talk: Callable[..., Terminal], config: Path
) -> None:
    terminal = talk("create", "azure", "--name", "eu", "--value-env", "A")
    terminal.read_until("--endpoint for azure/eu: ")
    terminal.type("env.\n")
    terminal.read_until("error: ")
    terminal.read_until("--endpoint for azure/eu: ")
    terminal.type("https://eu.openai.azure.com\n")

    assert terminal.end() == 0
    assert [key["azure_key_config"]["endpoint"] for key in keys_of(config, "azure")] == [
        "https://eu.openai.azure.com"
    ]


def test_nothing_is_asked_for_a_key_that_is_refused(talk: Callable[..., Terminal]) -> None:
    terminal = talk("create", "vllm", "--name", "one")

    assert terminal.end() == 5
    assert b"--url for" not in terminal.shown


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (("rotate", "--value-env", "NEW"), {ASK: "one"}),
        (("update", "--weight", "3"), {ASK: "one"}),
        (("rename",), {ASK: "one", "New name for openai/one: ": "first"}),
        (("rename", "one"), {"New name for one: ": "first"}),
        (("disable",), {ASK: "one"}),
        (("delete",), {ASK: "one", "delete this key? [y/N] ": "y"}),
        (("set", "--value-env", "X"), {ASK: "groq", "Name of the key of groq: ": "ci"}),
    ],
    ids=" ".join,
)
def test_every_command_asks_for_the_names_that_it_lacks(
    talk: Callable[..., Terminal], config: Path, words: tuple[str, ...], answers: dict[str, str]
) -> None:
    terminal = talk(*words)
    for question, answer in answers.items():
        terminal.read_until(question)
        terminal.type(f"{answer}\n")

    assert terminal.end() == 0, terminal.shown
    assert config.read_text() != CONFIG_TEXT


@pytest.mark.parametrize(("key", "code"), [("\x03", 130), ("\x1c", 131), ("\x04", 2)])
@pytest.mark.parametrize(
    ("words", "question"),
    [
        (("get",), ASK),
        (("create", "vllm"), "--url for vllm: "),
        (("delete", "one"), "delete this key? [y/N] "),
    ],
    ids=str,
)
def test_ctrl_c_leaves_a_clean_line_and_the_end_of_input_is_a_missing_answer(
    talk: Callable[..., Terminal], tmp_path: Path, words: tuple[str, ...], question: str, key: str, code: int
) -> None:
    terminal = talk(*words)
    terminal.read_until(question)
    terminal.type(key)

    assert terminal.end() == code
    # What the terminal itself shows of the key is "^C"; Ctrl-D shows nothing.
    after = terminal.shown.decode().rpartition(question)[2].removeprefix("^C").removeprefix("^\\")
    assert (after == "\r\n") if code != 2 else after.startswith("\r\nerror: "), after
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


def test_the_consequences_are_above_the_question(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": [KEY]}}}))
    terminal = Terminal(run, run.command("delete", "one"))
    terminal.read_until("delete this key? [y/N] ")
    before = terminal.shown.decode()
    terminal.type("n\n")

    assert terminal.end() == 2
    terminal.close()
    assert "it goes on using the key after every restart" in " ".join(before.split())
    assert before.index("warning: ") < before.index("openai/one")


def test_a_warning_above_the_question_is_also_in_the_json(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path, CONFIG_TEXT.replace('"enabled": false', '"enabled": true', 1))
    told = tmp_path / "told.json"
    with told.open("wb") as output:
        run.on_terminal("delete", "one", "-o", "json", typed="y\n", after="[y/N] ", stdout=output)
    assert [each["code"] for each in json.loads(told.read_text())["warnings"]] == ["key-stays-live"]


ASKED = [["get"], ["create"], ["rename", "one"], ["delete"], ["disable"], ["set"], ["rotate"], ["update"]]


@pytest.mark.parametrize("command", ASKED, ids=" ".join)
def test_nothing_is_asked_if_nobody_can_answer(
    run: Program, call: Any, tmp_path: Path, command: list[str]
) -> None:
    write_config(tmp_path)
    piped = call(*command, stdin="1\n" * 9)
    with open("/dev/null") as nothing:
        for options, streams in ((["--no-input"], {}), ([], {"stdin": nothing}), ([], {"stderr": nothing})):
            silent = run.on_terminal(*command, *options, **streams)
            assert (silent.code, "Which" in silent.out, "New name" in silent.out) == (2, False, False)

    assert (piped.code, piped.out) == (2, "")
    assert piped.err.startswith("error: missing argument")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


@pytest.mark.parametrize("command", ["import", "completion", "explain"])
def test_only_keys_and_providers_are_asked_for(run: Program, tmp_path: Path, command: str) -> None:
    write_config(tmp_path)
    ran = run.on_terminal(command)
    assert (ran.code, "missing argument" in ran.out) == (2, True)


def test_questions_go_to_standard_error(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path)
    out = tmp_path / "home" / "out"
    out.parent.mkdir(exist_ok=True)
    with out.open("w") as stream:
        ran = run.on_terminal("get", "-o", "name", typed="two\n", after=ASK, stdout=stream)
    assert (ran.code, out.read_text()) == (0, "openai/two\n")


def test_a_whole_name_is_the_key_of_that_name_not_every_longer_one() -> None:
    choices = ["openai/prod", "openai/prod-2", "groq/old-prod"]
    assert matching("prod", choices, choices, {}) == ["openai/prod"]
    assert matching("pro", choices, choices, {}) == choices
