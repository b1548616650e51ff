"""The form of a command line: the value of an option is the intended word, and every word is known."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.cli.completion import table
from bifrost_keys.cli.main import ALIASES, COMMANDS
from bifrost_keys.cli.suggestions import meant_command, meant_option
from bifrost_keys.gateway.secrets.detection import NOT_SHOWN
from tests.cli.commands import CONFIG_TEXT, remains, write_config
from tests.program import Program
from tests.sentinel import SECRET

# Every spelling of every option with a value, in every command.
VALUED = [
    (command, spelling)
    for command, (_, _, places) in table.COMMANDS.items()
    for place in places
    for spelling in table.OPTIONS[place][0]
    if table.OPTIONS[place][1]
]


def stored(root: Path) -> list[Any]:
    """Return the keys of openai in the file."""
    keys: list[Any] = json.loads((root / "config.json").read_text())["providers"]["openai"]["keys"]
    return keys


@pytest.mark.parametrize(("command", "option"), VALUED)
def test_an_option_needs_a_value_that_is_not_an_option_of_the_command(
    call: Any, tmp_path: Path, command: str, option: str
) -> None:
    write_config(tmp_path)

    followed, last = call(command, option, "--quiet"), call(command, option)

    assert (followed.code, last.code) == (2, 2)
    assert f"{option} needs a value; the next word, --quiet, is an option; use --" in followed.err
    assert last.err == f"error: {option} needs a value; see keys {command} --help\n"
    assert call(command, option, "--quiet", "-o", "json").error["option"] == option
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("word", "option"), [("-q", "-q"), ("-ojson", "-o"), ("--config=x", "--config"), ("--", "--")]
)
def test_an_option_is_one_in_every_form(call: Any, command: str, word: str, option: str) -> None:
    done = call(command, "--lock-timeout", word)

    assert (done.code, f"the next word, {option}, is an option" in done.err) == (2, True)


@pytest.mark.parametrize(
    "option", ["--value", "--value-env", "--value-file", "--name", "--model", "--id", "--weight"]
)
def test_an_unset_variable_does_not_make_a_dry_run_a_change(call: Any, tmp_path: Path, option: str) -> None:
    config = write_config(tmp_path)

    for line in (["create", "openai", option, "--dry-run"], ["create", "openai", option, "--disabled"]):
        done = call(*line, "-o", "json")

        assert (done.code, done.error["code"]) == (2, "option-value")
        assert done.error["hint"] == f"use {option}={line[-1]} if this is intended"
    assert config.read_text() == CONFIG_TEXT


def test_a_secret_that_begins_like_an_option_must_be_joined(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    for line in (
        ["rotate", "openai/one", "--value=--dry-run"],
        ["update", "openai/one", "--value=--SENTINEL"],
        ["set", "openai/one", "--value=--dry-run"],
        ["create", "openai", "--value=--SENTINEL-new"],
    ):
        done = call(*line, "-o", "json")

        assert (done.code, done.json["changed"]) == (0, True), done.err
    assert [key["value"] for key in (stored(tmp_path)[0], stored(tmp_path)[-1])] == [
        "--dry-run",
        "--SENTINEL-new",
    ]
    assert "value-option" in call("check", "-o", "json").out


@pytest.mark.parametrize(
    ("line", "stdin", "option", "hint"),
    [
        (["rotate", "openai/one", "--value", "--dryrun"], "", "--value", "did you mean --dry-run? "),
        (["create", "openai", "--value", "--SENTINEL"], "", "--value", ""),
        (["create", "openai", "--value-stdin"], "--SENTINEL", "--value-stdin", ""),
        (["rotate", "openai/one", "--value", "-"], "--SENTINEL", "--value", ""),
        (["create", "bedrock", "--secret-key", "--SENTINEL"], "", "--secret-key", ""),
        (
            ["create", "openai", "--value-env", "A", "--name=--dry-run"],
            "",
            "--name",
            "did you mean --dry-run?",
        ),
        (["create", "openai", "--value-env", "A", "--name", "--prod"], "", "--name", ""),
        (["update", "openai/one", "--model=--gpt"], "", "--model", ""),
        (["update", "openai/one", "--add-model", "--gpt"], "", "--add-model", ""),
        (["rename", "openai/one", "--", "--prod"], "", None, ""),
        (["set", "--value-env", "A", "--", "openai/--prod"], "", None, ""),
    ],
    ids=str,
)
def test_a_secret_name_or_model_does_not_begin_like_an_option(
    call: Any, tmp_path: Path, line: list[str], stdin: str, option: str | None, hint: str
) -> None:
    write_config(tmp_path)

    done = call("-o", "json", *line, stdin=stdin)

    assert done.code == 65
    (fault,) = done.error["faults"]
    assert fault["message"] == "begins with -- like an option"
    assert (fault["hint"] or "").startswith(hint)
    assert fault["option"] == option or fault["field"] == option
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


@pytest.mark.parametrize(
    ("line", "option"),
    [
        (["rotate", "openai/one", "--value", "@SENTINEL.txt"], "--value"),
        (["create", "openai", "--value=@SENTINEL.txt"], "--value"),
        (["create", "bedrock", "--access-key", "env.A", "--secret-key", "@SENTINEL.txt"], "--secret-key"),
    ],
)
def test_a_secret_that_begins_like_a_file_gets_the_option_for_a_file(
    call: Any, tmp_path: Path, line: list[str], option: str
) -> None:
    write_config(tmp_path)

    done = call(*line)

    assert (done.code, f"{option}-file PATH" in done.err) == (65, True)
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


def test_options_before_the_commands_name_count_until_a_later_one(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    assert call("-o", "json", "list").json["total"] == 2
    assert call("-o", "json", "list", "-o", "name").out == "openai/one\nopenai/two\n"
    assert call("-vo", "json", "list", "--output=name").out == "openai/one\nopenai/two\n"
    assert call("--config", "nowhere.json", "--quiet", "list", "--config", "config.json").code == 0


def test_an_option_of_a_command_before_its_name_gets_a_hint_where_it_belongs(call: Any) -> None:
    done = call("--dry-run", "create", "openai", "-o", "json")

    assert (done.code, done.error["message"]) == (2, "unknown option --dry-run")
    assert done.error["hint"] == "put it after the command: keys create … --dry-run"
    assert call("--jsonn", "list").err == "error: unknown option --jsonn; see keys --help\n"
    assert call("--json", "list").err == "error: unknown option --json; did you mean -o json?\n"


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (["nosuch"], "unknown command nosuch", "see keys --help"),
        (["crate"], "unknown command crate", "did you mean keys create?"),
        (["unset", "x"], "unknown command unset", "did you mean keys delete?"),
        (["verify"], "unknown command verify", "did you mean keys check?"),
        (["plan"], "unknown command plan", "did you mean keys apply FILE --dry-run --diff?"),
        (["has"], "unknown command has", "did you mean keys get?"),
        (["list", "--json"], "unknown option --json", "did you mean -o json?"),
        (["list", "--format", "json"], "unknown option --format", "did you mean -o json?"),
        (["delete", "--force", "x"], "unknown option --force", "did you mean --yes?"),
        (["create", "openai", "--env", "X"], "unknown option --env", "did you mean --value-env?"),
        (["update", "x", "--check"], "unknown option --check", "did you mean --dry-run?"),
        (["apply", "f", "--check"], "unknown option --check", "did you mean --exit-code or --dry-run?"),
        (["create", "openai", "--dry"], "unknown option --dry", "did you mean --dry-run?"),
        (["create", "openai", "--tag", "x"], "unknown option --tag", "see keys create --help"),
        (["list", "--all"], "unknown option --all", "see keys list --help"),
        (["create", "openai", "--modle", "m"], "unknown option --modle", "did you mean --model?"),
        (["list", "--quiet=yes"], "--quiet takes no value", "use --quiet by itself"),
        (["get"], "missing argument NAME", "see keys get --help"),
        (["rename"], "missing arguments NAME and NEW", "see keys rename --help"),
        (["externalize", "x"], "missing option --env-file", "see keys externalize --help"),
        (["list", "openai", "prod"], "unexpected argument prod", "see keys list --help"),
        (["update", "one", "--model", "a", "b"], "unexpected argument b", "repeat --model for each one"),
        (
            ["create", "openai/prod"],
            "PROVIDER must be the name of a provider alone, without that of a key",
            None,
        ),
        (["list", "-o", "yaml"], "--output: must be table, json or name", None),
        ([SECRET], f"unknown command {NOT_SHOWN}", "see keys --help"),
        ([f"--{SECRET}"], f"unknown option {NOT_SHOWN}", "see keys --help"),
        (["list", f"--{SECRET}"], f"unknown option {NOT_SHOWN}", "see keys list --help"),
        (["list", f"-{SECRET}"], f"unknown option {NOT_SHOWN}", "see keys list --help"),
        (["list", f"--jsonn={SECRET}"], "unknown option --jsonn", "see keys list --help"),
        (["list", "openai", SECRET], f"unexpected argument {NOT_SHOWN}", "see keys list --help"),
    ],
    ids=str,
)
def test_an_error_names_the_word_and_the_intended_one(
    call: Any, line: list[str], message: str, hint: str | None
) -> None:
    error = call(*line, env={"BIFROST_KEYS_OUTPUT": "json"}).error if "-o" not in line else None
    if error is None:
        assert call(*line).err == f"error: {message}\n"
        return

    assert (error["exit_code"], error["message"]) == (2, message)
    assert hint is None or error["hint"] == hint


def test_every_suggestion_names_an_existing_command_or_option() -> None:
    from bifrost_keys.cli import suggestions

    for word, hint in suggestions._COMMANDS.items():
        assert word not in COMMANDS
        assert word not in ALIASES
        for name in _named(hint):
            assert name in COMMANDS, hint
    spelled = {spelling for option in table.OPTIONS.values() for spelling in option[0]}
    for name, meant in suggestions._OPTIONS.items():
        assert meant
        assert {each.partition(" ")[0] for each in meant} <= spelled, name


def _named(hint: str) -> list[str]:
    words = hint.replace("?", " ").split()
    return [word for before, word in pairwise(words) if before == "keys" and word.islower()]


def test_no_suggestion_is_the_opposite_or_far_off() -> None:
    options = [spelling for option in table.OPTIONS.values() for spelling in option[0]]

    for word in ("restore", "restart", "read", "xyzzy", "openai"):
        assert "rotate" not in (meant_command(word, COMMANDS) or "")
    assert meant_command("unset", ["set"]) == "did you mean keys delete?"
    assert meant_option("--unenabled", ["--enabled"]) is None
    assert meant_option("--tag", options) is None
    assert meant_option("--colourful", options) is None


def test_an_empty_line_of_arguments_is_not_taken_apart(run: Program) -> None:
    for words in ([""], ["-"], ["--"], ["--", ""]):
        done = run(*words)
        assert (done.code, done.out) == (2, ""), words


def test_words_after_two_dashes_are_arguments(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    assert call("get", "--field", "weight", "--", "openai/one").out == "1\n"
    assert call("get", "--", "--help").code == 4
    assert call("-o", "name", "--", "list").out == "openai/one\nopenai/two\n"
