"""Help is complete, readable at eighty columns, and shown for the program's name alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.cli.commands.help import TOPICS
from bifrost_keys.cli.completion import table as table
from bifrost_keys.cli.key_options import OWN_OPTIONS
from bifrost_keys.cli.main import COMMANDS
from bifrost_keys.gateway.fields.table import CONFIG_OBJECTS
from bifrost_keys.gateway.providers.table import PROVIDERS
from tests.program import Program


def words(shown: str) -> set[str]:
    """Return the words of a help page."""
    return set(shown.replace(",", " ").replace("│", " ").replace("|", " ").split())


@pytest.mark.parametrize(("columns", "widest"), [("80", 80), ("200", 100)])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_the_width_and_cuts_no_option(
    call: Any, monkeypatch: pytest.MonkeyPatch, command: str, columns: str, widest: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    shown = call(command, "--help").out

    places = table.COMMANDS[command][2]
    assert {spelling for place in places for spelling in table.OPTIONS[place][0]} <= words(shown)
    assert max(map(len, shown.splitlines())) <= widest


@pytest.mark.parametrize("columns", ["40", "80"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_contains_every_word_of_an_option(
    call: Any, monkeypatch: pytest.MonkeyPatch, command: str, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    told = call("help", command, "-o", "json").json

    shown = call(command, "--help").out

    assert words(" ".join(each["about"] for each in (*told["options"], *told["arguments"]))) <= words(shown)
    assert [example for example in told["examples"] if example not in shown] == []  # whole, for copying


def test_help_on_a_narrow_screen_shows_each_option_whole_above_its_description(run: Program) -> None:
    shown = run.on_terminal("create", "openai", "--help", columns=40, env={"NO_COLOR": "1"}).out
    lines = shown.splitlines()

    at = lines.index("  --use-openai-endpoints, --no-openai")
    assert lines[at + 1].startswith("      Call the provider's")
    assert max(len(line) for line in lines if not line.startswith("  keys ")) <= 40
    assert "\x1b[" in run.on_terminal("create", "--help", columns=40).out


def test_the_help_of_the_program_begins_with_the_commands(call: Any) -> None:
    lines = call("--help").out.splitlines()
    assert next(number for number, line in enumerate(lines) if line.startswith("│ create ")) < 30
    assert "keys COMMAND --help shows every option of a command" in call("--help").out


def test_help_is_paged_if_it_is_longer_than_the_screen(run: Program, tmp_path: Path) -> None:
    pager = tmp_path / "home" / "pager"
    pager.parent.mkdir(exist_ok=True)
    pager.write_text("#!/bin/sh\nexec head -n 3\n")
    pager.chmod(0o755)

    paged = run.on_terminal("create", "--help", env={"PAGER": str(pager), "NO_COLOR": "1"})

    assert (paged.code, len(paged.out.splitlines())) == (0, 3)
    assert "Usage: keys create" in paged.out


def test_a_reader_that_leaves_the_help_early_is_not_an_error(run: Program) -> None:
    done = run("help", "create", prefix=("sh", "-c", '"$@" | head -n 2', "sh"))
    assert (done.code, done.err, len(done.out.splitlines())) == (0, "", 2)


def test_help_at_eighty_columns_is_within_eighty_columns(run: Program) -> None:
    shown = run.on_terminal("create", "--help", env={"NO_COLOR": "1"}).out

    assert max(map(len, shown.splitlines())) <= 80
    assert {"--use-deployments-endpoint", "--no-deployments"} <= words(shown)


def test_the_help_of_create_for_one_provider_has_no_option_of_another(call: Any) -> None:
    for provider in ("openai", "azure", "Bedrock"):
        own = {each.field.option for each in OWN_OPTIONS if provider.lower() in each.providers}
        others = {each.field.option for each in OWN_OPTIONS} - own
        for line in (
            ["create", provider],
            ["set", f"{provider}/prod"],
            ["update", f"{provider}/prod"],
            ["--quiet", "create", "--name", "vllm", provider, "--weight", "1"],
        ):
            shown = words(call(*line, "--help").out.partition("Arguments")[2])
            assert own <= shown
            assert others & shown == set()
            assert "keys providers lists the other providers" in call(*line, "--help").out
    everything = words(call("create", "--help").out)
    assert {each.field.option for each in OWN_OPTIONS} <= everything


def test_the_help_of_update_is_true_for_a_key_that_is_there(call: Any) -> None:
    shown = " ".join(call("update", "--help").out.replace("│", " ").split())

    assert "default" not in shown.partition("The key")[2].partition("Only for")[0]
    assert "Replace the list of models" in shown
    assert "Replace all aliases" in shown


def test_a_command_shows_the_global_options_that_mean_something_to_it(call: Any) -> None:
    assert {"--stdout", "--lock-timeout", "--gateway-release"} <= words(call("create", "--help").out)
    for command in ("path", "list", "help", "providers", "completion", "version"):
        shown = words(call(command, "--help").out)
        assert {"--stdout", "--lock-timeout", "--gateway-release"} & shown == set()
        assert "--help" in shown
    assert call("path", "--lock-timeout", "5", "--config", "x.json").code == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_help_with_a_commands_name_is_the_help_of_the_command(call: Any, command: str) -> None:
    if command in TOPICS:
        pytest.skip("a topic has this name")
    assert call("help", command).out == call(command, "--help").out


@pytest.mark.parametrize("name", [*COMMANDS, *TOPICS])
def test_help_is_json_for_programs(call: Any, name: str) -> None:
    told = call("help", name, "-o", "json").json

    if name in TOPICS:
        assert ("schema" in told) is (name == "json")
        assert {each: told[each] for each in told if each != "schema"} == {
            "topic": name,
            "text": call("help", name).out,
        }
        return
    places = table.COMMANDS[name][2]
    spelled = [list(table.OPTIONS[place][0]) for place in places if place != "--help"]
    assert [option["names"] for option in told["options"]] == spelled
    assert told["about"].startswith(table.COMMANDS[name][0])
    assert len(told["arguments"]) == len(table.COMMANDS[name][1])
    assert all(" keys " in f" {line}" or "$(keys " in line for line in told["examples"])
    assert len(told["examples"]) > 1


def test_help_on_an_unknown_topic_suggests_similar_ones(call: Any) -> None:
    near = call("help", "secret", "-o", "json")
    far = call("help", "nowhere", "-o", "json")

    assert (near.code, near.error["message"]) == (4, "no help on secret")
    assert near.error["hint"] == "did you mean secrets?"
    assert (far.code, far.error["hint"]) == (4, "keys help lists the topics")


def test_the_commands_are_in_groups_each_with_a_description(call: Any) -> None:
    lines = call("--help").out.splitlines()

    for heading in ("Keys", "Check and inspect", "Many keys at once", "Setup and help"):
        assert [line for line in lines if line.startswith(f"╭─ {heading} ─")] != []
    assert [name for name in COMMANDS if not any(line.startswith(f"│ {name} ") for line in lines)] == []


def test_no_command_shows_the_help_at_a_terminal_and_an_error_elsewhere(run: Program, call: Any) -> None:
    at_terminal = run.on_terminal(env={"NO_COLOR": "1"})

    assert at_terminal.code == 2
    assert at_terminal.out.splitlines() == call("--help").out.splitlines()
    for done in (call(), run.on_terminal(env={"BIFROST_KEYS_OUTPUT": "json"})):
        assert done.code == 2
        assert "no command was given" in done.out + done.err
        assert len((done.out + done.err).splitlines()) == 1


def test_help_is_styled_for_terminals_that_did_not_decline_it(run: Program, call: Any) -> None:
    assert "\x1b[" in run.on_terminal("create", "--help").out
    assert "\x1b[" not in run.on_terminal("create", "--help", "--no-color").out
    assert "\x1b[" not in run.on_terminal("--no-color", "help", "create").out
    assert "\x1b[" not in run.on_terminal("create", "--help", env={"NO_COLOR": "1"}).out
    assert "\x1b[" not in run.on_terminal("create", "--help", env={"TERM": "dumb"}).out
    assert "\x1b[" not in call("create", "--help").out


@pytest.mark.parametrize("env", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}], ids=str)
@pytest.mark.parametrize("command", [[], ["create"], ["test"]], ids=" ".join)
def test_help_is_there_whatever_the_encoding_of_the_output(
    run: Program, command: list[str], env: dict[str, str]
) -> None:
    shown = run(*command, "--help", env=env)

    assert (shown.code, shown.err) == (0, "")
    assert shown.out.isascii() or "PYTHONIOENCODING" not in env


def test_the_table_of_providers_breaks_no_option_at_eighty_columns(run: Program) -> None:
    shown = run.on_terminal("providers", env={"NO_COLOR": "1"}).out.split()
    needed = [config for config in CONFIG_OBJECTS if config.required]
    required = {field.option for config in needed for field in config.fields if field.required}
    assert [name for name in (*PROVIDERS, *required) if name not in shown] == []

    for config in CONFIG_OBJECTS:
        shown = run.on_terminal("providers", config.provider, env={"NO_COLOR": "1"}).out.split()
        options = {field.option for _, field in config.members()}
        assert [option for option in options if option not in shown and option] == []
