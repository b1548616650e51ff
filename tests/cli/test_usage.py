"""Usage errors exit with 2, invalid values with 65, and no argument is ever repeated."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.cli.main import ALIASES, COMMANDS
from tests.cli.commands import CHANGING, CONFIG_TEXT, READING, remains, write_config
from tests.program import Program
from tests.sentinel import SECRET

pytestmark = pytest.mark.usefixtures("bulk_inputs")


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_repeats_an_argument_that_it_does_not_know(
    call: Any, tmp_path: Path, command: str, form: str
) -> None:
    write_config(tmp_path)

    for arguments in (
        [SECRET],
        ["openai", SECRET],
        ["openai/one", SECRET, SECRET],
        [f"--{SECRET}"],
        [f"--value-{SECRET}"],
        [f"--valeu={SECRET}"],
        [f"-{SECRET}"],
        ["openai", f"--quiet={SECRET}"],
        ["openai/one", "--weight", SECRET, SECRET],
        ["--", SECRET, SECRET, SECRET, SECRET],
    ):
        if command == "explain" and arguments[0] == "openai":
            continue  # a model is what is asked about there
        done = call(command, *arguments, "-o", form) if "--" not in arguments else call(command, *arguments)
        assert done.code in (0, 1, 2, 4, 5, 65, 74), arguments
        if done.code and form == "json" and "--" not in arguments:
            assert done.error["exit_code"] == done.code


@pytest.mark.parametrize("command", [SECRET, f"--{SECRET}", f"--version={SECRET}", f"crate-{SECRET}", "-x"])
def test_an_unknown_command_is_not_repeated(call: Any, command: str) -> None:
    assert call(command).code == 2


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--output", SECRET),
        ("--output", ""),
        ("--config", ""),
        ("--app-dir", ""),
        ("--lock-timeout", SECRET),
        ("--lock-timeout", "-1"),
        ("--lock-timeout", "nan"),
        ("--lock-timeout", "inf"),
        ("--lock-timeout", "1e400"),
        ("--lock-timeout", ""),
        ("--lock-timeout", " 5 "),
        ("--lock-timeout", "5\n"),
        ("--lock-timeout", "1_0"),
        ("--lock-timeout", "1,5"),
        ("--lock-timeout", "0x1"),
        ("--lock-timeout", "\N{ARABIC-INDIC DIGIT FIVE}"),
        ("--lock-timeout", "86401"),
        ("--gateway-release", SECRET),
        ("--gateway-release", "newest"),
    ],
)
def test_a_wrong_value_of_a_global_option_is_wrong_use(
    call: Any, tmp_path: Path, option: str, value: str
) -> None:
    write_config(tmp_path)

    assert call(*CHANGING["create"], f"{option}={value}").code == 2
    assert call(f"{option}={value}", *CHANGING["create"]).code == 2
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["--value-env", "A", "--value", SECRET], ["--value-env", "--value"]),
        (["--value-env", "A", "--value-stdin"], ["--value-env", "--value-stdin"]),
        (["--value-file", "f", "--value-stdin"], ["--value-file", "--value-stdin"]),
        (["--value-env", "A", "--value-env", "B"], ["--value-env is given twice"]),
        (["--value", SECRET, "--value="], ["--value is given twice"]),
        (
            ["--value-env", "A", "--secret-key", "env.A", "--secret-key=env.B"],
            ["--secret-key is given twice"],
        ),
        (["--value-env", "A", "--name", "a", "--name", "b"], ["--name is given twice"]),
        (["--value-file", "f", "--value", "-"], ["--value-file", "--value"]),
        (["--value-stdin", "--from-file", "-"], ["--value-stdin", "--from-file -"]),
        (["--value", "-", "--from-file", "-"], ["--value -", "--from-file -"]),
        (["--value-stdin", "--config", "-", "--stdout"], ["--value-stdin", "--config -"]),
        (["--from-file", "-", "--config", "-", "--stdout"], ["--from-file -", "--config -"]),
        (["--value-env", "A", "--stdout"], ["--stdout", "--config -"]),
        (["--value-env", "A", "--config", "-"], ["--stdout"]),
        (["--value-env", "A", "--secret-key", "s", "--secret-key-file", "f"], ["--secret-key-file"]),
        ([], ["--value-env"]),
        (["--value-env"], ["--value-env needs a value"]),
        (["--value-env", "A", "--if-not-exists"], ["--name", "--id"]),
    ],
)
def test_two_sources_and_missing_answers_are_usage_errors_naming_the_options(
    call: Any, tmp_path: Path, arguments: list[str], parts: list[str]
) -> None:
    write_config(tmp_path)

    for provider in ("openai", "bedrock") if arguments else ("openai",):
        done = call("create", provider, *arguments, stdin="{nope")

        assert (done.code, done.out) == (2, "")
        assert [part for part in parts if part not in done.err] == []
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


def test_a_required_option_that_is_missing_is_named(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    done = call("externalize", "openai/one")

    assert (done.code, "--env-file" in done.err) == (2, True)


def test_a_second_word_after_a_providers_name_gets_the_hint(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    for command in ("get", "show"):
        done = call(command, "openai", "one", "-o", "json")

        assert (done.code, done.error["hint"]) == (2, "did you mean openai/one?")
    assert SECRET not in call("get", "openai", SECRET).err


def test_a_missing_key_gets_the_nearest_names(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    for selector in ("onee", "openai/onee", "groq/one"):
        done = call("get", selector, "-o", "json")

        assert (done.code, done.error["hint"]) == (4, "did you mean openai/one?")


@pytest.mark.parametrize("command", [*COMMANDS, *ALIASES, ""])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_is_there_and_shows_an_example(call: Any, command: str, option: str) -> None:
    done = call(*([command] if command else []), option)

    assert done.code == 0
    examples = done.out.partition("Examples:")[2].partition("─")[0].splitlines()
    assert len([line for line in examples if "keys " in line]) > 1


def test_every_name_of_a_command_is_in_the_help(call: Any) -> None:
    shown = " ".join(call("--help").out.replace("│", "").split())

    for name in COMMANDS:
        assert f" {name} " in shown
        names = [alias for alias, command in ALIASES.items() if command == name]
        if names:
            told = f"Other names: {', '.join(names)}."
            assert told in shown
            assert told in call(name, "--help").out
            assert call(names[0], "--help").out == call(name, "--help").out


@pytest.mark.parametrize("command", [*CHANGING.values(), *READING.values()])
def test_global_options_may_be_before_or_after_the_command(
    call: Any, tmp_path: Path, command: tuple[str, ...]
) -> None:
    place = tmp_path / "elsewhere"
    place.mkdir()
    write_config(place)
    options = ("--config", "elsewhere/config.json", "-o", "json", "--no-color", "--no-input")

    before = call(*options, *command)
    write_config(place)
    after = call(*command, *options)

    assert (before.code, after.code) == (0, 0)
    assert before.json.keys() == after.json.keys()


def test_the_environment_sets_the_output(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    assert call("list", env={"BIFROST_KEYS_OUTPUT": "name"}).out == "openai/one\nopenai/two\n"
    assert call("list", "-o", "json").json["total"] == 2
    assert call("get", "nine", env={"BIFROST_KEYS_OUTPUT": "json"}).error["exit_code"] == 4
    assert call("list", env={"BIFROST_KEYS_OUTPUT": SECRET}).code == 2


def test_a_wrong_output_in_the_environment_names_the_variable(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    assert "BIFROST_KEYS_OUTPUT" in call("list", env={"BIFROST_KEYS_OUTPUT": "yaml"}).err
    assert "--output" in call("list", "-o", "yaml", env={"BIFROST_KEYS_OUTPUT": "json"}).err


SECRET_HINT = "set the secret with --value-env NAME, --value-stdin or --value-file PATH"


@pytest.mark.parametrize(
    ("arguments", "code", "hint"),
    [
        (
            ["create", "openai", "prod"],
            2,
            f"set the name with --name prod; {SECRET_HINT}",
        ),
        (["create", "openai", "prod", "--value-env", "A"], 2, "set the name with --name prod"),
        (["create", "openai", SECRET], 2, SECRET_HINT),
        (["create", "prod", "openai", "--value-env", "A"], 2, "did you mean keys create openai --name prod?"),
        (["explain", "gpt-4o", "openai"], 4, "the provider comes first: keys explain PROVIDER MODEL"),
        (["update", "one", "two"], 2, SECRET_HINT),
        (["rotate", "one", SECRET], 2, SECRET_HINT),
        (["list", "openai", "one"], 2, "see keys list --help"),
        (["apply"], 2, "add a FILE, or - for standard input"),
        (["enable"], 2, "name the keys, or use --all"),
        (["enable", "one", "--all"], 2, "use only one of them"),
        (["create", "openai", "--key", SECRET], 2, SECRET_HINT),
        (["create", "openai", f"--api-key={SECRET}"], 2, SECRET_HINT),
        (
            ["create", "--provider", "openai"],
            2,
            "use PROVIDER without an option; see keys create --help",
        ),
        (["list", "--provider", "openai"], 2, "use PROVIDER without an option; see keys list --help"),
        (["list", "--key", "x"], 2, "see keys list --help"),
        (["register", "openai"], 2, "did you mean keys create?"),
        (["unset", "one"], 2, "did you mean keys delete?"),
        (["set", "one", "--weight", "2"], 2, "for example openai/prod"),
        (["get", "one", "--reveal"], 2, "keys get one --field value --reveal prints the secret"),
    ],
)
def test_a_likely_mistake_gets_the_step_that_was_meant(
    call: Any, tmp_path: Path, arguments: list[str], code: int, hint: str
) -> None:
    write_config(tmp_path)

    done = call(*arguments, "-o", "json")

    assert (done.code, done.error["hint"]) == (code, hint)
    assert "[" not in done.error["message"]


def test_a_new_name_has_no_provider(call: Any, tmp_path: Path) -> None:
    """``rename openai/one openai/two`` would create a key that is then openai/openai/two."""
    write_config(tmp_path)

    for arguments in (
        ["rename", "openai/one", "openai/uno"],
        ["create", "openai", "--name", "openai/uno", "--value-env", "A"],
        ["create", "OpenAI", "--name", "openai/uno", "--value-env", "A"],
    ):
        done = call(*arguments)

        assert (done.code, "begins with the provider; use only the name" in done.err) == (65, True)
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    for arguments in (
        ["rename", "openai/one", "groq/uno"],
        ["create", "openai", "--name", "Anthropic/uno", "--value-env", "A"],
    ):
        done = call(*arguments)
        assert (done.code, "begins with the name of another provider" in done.err) == (65, True)
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    assert call("rename", "openai/one", "team/uno").code == 0


@pytest.mark.parametrize(
    "source",
    [("--value-stdin",), ("--value-file", os.devnull), ("--value-command", "true"), ("--value", "")],
    ids=lambda source: source[0],
)
def test_an_empty_source_is_named(call: Any, tmp_path: Path, source: tuple[str, ...]) -> None:
    write_config(tmp_path)

    for command in (("create", "openai", "--name", "new"), ("set", "openai/new")):
        assert f"value ({source[0]}): is missing or empty: " in call(*command, *source).err


def test_a_reference_without_a_name_asks_for_the_name_alone(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    refused = call("create", "openai", "--value-env", "")

    assert (refused.code, refused.err) == (
        65,
        "error: value (--value-env): is a reference without the name of a variable; add the name\n",
    )


def test_a_command_that_became_the_value_of_an_option_is_named(call: Any) -> None:
    refused = call("--gateway", "list")

    assert refused.err == "error: no command was given: list is the value of --gateway; see keys --help\n"
    assert call("--config", "config.json").err == "error: no command was given; see keys --help\n"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("update", "openai/one", "--enabled", "false"), "use --disabled by itself"),
        (("update", "openai/one", "--disabled", "No"), "use --enabled by itself"),
        (("create", "openai", "--batch", "true"), "use --batch by itself"),
        (("rotate", "openai/one", "--dry-run", "0"), "omit --dry-run"),
    ],
)
def test_an_option_that_is_on_or_off_takes_no_value(call: Any, words: tuple[str, ...], hint: str) -> None:
    refused = call(*words)

    assert (refused.code, refused.err) == (2, f"error: unexpected argument {words[-1]}; {hint}\n")


def test_an_empty_address_is_not_said_to_have_odd_characters(call: Any) -> None:
    assert "the URL is empty; " in call("--gateway", "", "list").err
    assert "the URL contains white space" in call("--gateway", "http://a b", "list").err


def test_a_variable_that_names_a_missing_file_is_named(call: Any) -> None:
    unset = call("list", env={"BIFROST_CONFIG": "/nowhere/config.json"}).err
    assert "no file /nowhere/config.json (from BIFROST_CONFIG); " in unset


@pytest.mark.parametrize("command", COMMANDS)
def test_the_usage_line_has_no_empty_and_no_doubled_brackets(call: Any, command: str) -> None:
    usage = next(line for line in call(command, "--help").out.splitlines() if "Usage:" in line)

    assert [odd for odd in ("[]", "[[", "{[") if odd in usage] == []


@pytest.mark.parametrize("arguments", [["--version"], ["-V"], ["version"], ["-v"]])
def test_the_version_is_one_line(run: Program, arguments: list[str]) -> None:
    from bifrost_keys import __version__

    assert run(*arguments).out == f"bifrost-keys {__version__}\n"
    if arguments != ["-v"]:  # that is the whole line, or an option to come
        assert run("--no-color", *arguments).out == f"bifrost-keys {__version__}\n"
        assert run("-o", "json", *arguments).json == {"version": __version__}


def test_an_argument_that_is_not_text_is_refused(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path)

    for arguments in ((b"--name", b"a\xff"), (b"--model=\xff",), (b"\xff",)):
        done = run("create", "openai", "--value-env", "A", *arguments)

        assert (done.code, "UTF-8" in done.err) == (65, True)
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


def test_secrets_of_an_entry_are_shown_only_when_asked_for(call: Any, tmp_path: Path, run: Program) -> None:
    config = {"region": "r", "access_key": "AKIASENTINEL", "secret_key": "SENTINEL", "role_arn": "SENTINEL"}
    odd = {"my_secret": "SENTINEL", "Value": "SENTINEL", "note": {"deep": ["SENTINEL"]}}
    key = {"name": "one", "value": SECRET, "bedrock_key_config": config, **odd}
    text = json.dumps({"providers": {"bedrock": {"keys": [key]}}})
    write_config(tmp_path, text)

    for form in ("table", "json", "name"):
        assert call("list", "-o", form).code == 0
        assert call("get", "one", "-o", form).code == 0
    for field in (
        "value",
        "access_key",
        "bedrock_key_config.secret_key",
        "role_arn",
        "my_secret",
        "note",
        "Value",
    ):
        assert call("get", "one", "--field", field).code == 2
    assert call("get", "one", "--field", "region").out == "r\n"


def test_reveal_prints_only_the_secret(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path)
    place = tmp_path / "config.db"
    with place.open("wb") as result:
        done = run("get", "one", "--field", "value", "--reveal", stdout=result)

    assert (done.code, done.err, place.read_text()) == (0, "", f"{SECRET}\n")


def test_a_selector_that_names_two_keys_is_refused_listing_both(call: Any, tmp_path: Path) -> None:
    keys = [{"name": "one", "id": "1"}, {"name": "two", "id": "one"}, {"name": "three", "id": "3"}]
    config = write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": keys}}}))
    before = config.read_bytes()

    for command in (["get"], ["delete", "--yes"], ["disable"], ["update", "--weight", "2"]):
        done = call(*command, "one")

        assert (done.code, "openai/one, openai/two" in done.err) == (5, True)
    assert config.read_bytes() == before
    assert call("get", "openai/one", "--field", "id").out == "1\n"


def test_all_faults_of_a_change_are_reported_at_once_before_any_conflict(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    faulty = ("--weight", "x", "--model", "*", "--model", "a", "--endpoint", "https://x", "--value-env", "1")

    for command in (("update", "openai/one", "--if-hash", "0"), ("set", "openai/one"), ("set", "openai/new")):
        done = call(*command, *faulty, "-o", "json")

        assert done.code == 65
        options = {fault["option"] for fault in done.error["faults"]}
        assert options == {"--weight", "--model", "--endpoint", "--value-env"}


@pytest.mark.parametrize(
    "words",
    [
        ("import", ""),
        ("apply", ""),
        ("create", "openai", "--value-file", ""),
        ("create", "openai", "--from-file", ""),
        ("create", "azure", "--client-secret-file", ""),
    ],
    ids=lambda words: words[-2],
)
def test_an_empty_path_is_not_a_missing_file(call: Any, tmp_path: Path, words: tuple[str, ...]) -> None:
    write_config(tmp_path)

    refused = call(*words)

    assert (refused.code, refused.err) == (2, "error: the path of a file is empty; name the file\n")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("exit-codes",), "did you mean keys help exit-codes?"),
        (("gateway",), "did you mean keys help gateway?"),
        (("help", "exit"), "did you mean exit-codes?"),
        (("get", "openai:one"), "did you mean openai/one?"),
        (("get", "openai.one"), "did you mean openai/one?"),
        (("create", "openai", "-n", "new"), "did you mean --name or --dry-run?"),
        (("update", "openai/one", "-n"), "did you mean --dry-run?"),
        (("rename", "openai/two", "one"), "choose another one"),
    ],
)
def test_a_near_word_gets_the_right_one(call: Any, tmp_path: Path, words: tuple[str, ...], hint: str) -> None:
    write_config(tmp_path)

    assert call(*words).err.endswith(f"; {hint}\n")


def test_a_taken_name_is_said_to_be_that_of_its_key(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    for words in (
        ("rename", "openai/two", "one"),
        ("create", "openai", "--name", "one", "--value-env", "A"),
        ("create", "groq", "--name", "one", "--value-env", "A"),
    ):
        assert 'the name "one" is taken by openai/one; ' in call(*words).err
