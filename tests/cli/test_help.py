"""Help is whole, readable at eighty columns, and there when somebody types the program's name alone."""

from __future__ import annotations

from typing import Any

import pytest

from bifrost_keys.cli.completion import table as table
from bifrost_keys.cli.key_options import OWN_OPTIONS
from bifrost_keys.cli.main import COMMANDS
from tests.program import Program


@pytest.mark.parametrize(("columns", "widest"), [("80", 80), ("200", 100)])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_the_width_and_cuts_no_option(
    call: Any, monkeypatch: pytest.MonkeyPatch, command: str, columns: str, widest: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)

    shown = call(command, "--help").out

    words = set(shown.replace(",", " ").split())
    places = table.COMMANDS[command][2]
    assert {spelling for place in places for spelling in table.OPTIONS[place][0]} <= words
    assert max(map(len, shown.splitlines())) <= widest


def test_help_at_eighty_columns_is_within_eighty_columns(run: Program) -> None:
    shown = run.on_terminal("create", "--help", env={"NO_COLOR": "1"}).out

    assert max(map(len, shown.splitlines())) <= 80
    assert "--use-deployments-endpoint / --no-use-deployments-endpoint" in shown


def test_help_groups_the_options_and_begins_with_the_way_of_calling(call: Any) -> None:
    lines = call("create", "--help").out.splitlines()

    assert lines[0] == "Usage: keys create [OPTIONS] PROVIDER"
    headings = [line for line in lines[1:] if line and not line.startswith((" ", "Add", "Example"))]
    assert headings[:5] == ["Arguments", "The secret: one of", "The key", "Only for azure", "Only for vertex"]
    assert headings[-2:] == ["This run", "Global options"]


def test_the_commands_stand_in_groups_each_with_its_meaning(call: Any) -> None:
    lines = call("--help").out.splitlines()

    assert [line for line in lines if line in ("Keys", "Is it right?", "Many keys")] != []
    assert [name for name in COMMANDS if not any(line.startswith(f"  {name} ") for line in lines)] == []


def test_no_command_shows_the_help_at_a_terminal_and_is_told_in_a_line_elsewhere(
    run: Program, call: Any
) -> None:
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
    assert "\x1b[" not in run.on_terminal("create", "--help", env={"NO_COLOR": "1"}).out
    assert "\x1b[" not in call("create", "--help").out


def test_help_is_there_whatever_the_encoding_of_the_output(run: Program) -> None:
    assert run("create", "--help", env={"PYTHONIOENCODING": "ascii"}).code == 0


def test_the_table_of_providers_breaks_no_option_at_eighty_columns(run: Program) -> None:
    shown = run.on_terminal("providers", env={"NO_COLOR": "1"}).out

    options = {own.field.option for own in OWN_OPTIONS}
    assert [option for option in options if option not in shown.split()] == []
