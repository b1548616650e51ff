"""Tables at every width: whole words, the useful columns, records if narrow, tabs in a pipe."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.cli.output.screen import Screen
from bifrost_keys.cli.output.tables import Cell, Column, Row, Table, parts_text
from bifrost_keys.cli.output.text_width import shortened, shortened_list, text_width, wrapped
from tests.cli.commands import write_config
from tests.program import Program

MODELS = ["gpt-4o", "gpt-5", "o3", "o4-mini", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini"]
NAMES = {
    "ordinary": ["prod", "backup", "claude"],
    "long": [f"{'a-name-that-nobody-would-type-by-hand-' * 3}{n}" for n in range(3)],
    "wide": ["生产环境的密钥", "🔑 clé d'équipe", "韓国語のキー"],
    "right to left": ["מפתח ראשי", "مفتاح الإنتاج", "גיבוי 2"],
}


def keys(names: list[str], count: int) -> list[dict[str, Any]]:
    """So many keys with names made of these."""
    return [
        {
            "id": f"00000000-0000-4000-8000-{number:012}",
            "name": names[number % len(names)] + (f" {number}" if number >= len(names) else ""),
            "value": "env.ANTHROPIC_API_KEY" if number % 2 else "env.A",
            "models": ["*"] if number % 3 else MODELS,
            "weight": [1, 0.25, 10][number % 3],
            "enabled": number % 5 != 4,
        }
        for number in range(count)
    ]


def listed(run: Program, columns: int) -> list[str]:
    """Return the lines of ``keys list`` on a terminal of this width."""
    ran = run.on_terminal("list", columns=columns, env={"NO_COLOR": "1"})
    assert ran.code == 0
    return ran.out.replace("\u200e", "").split("\r\n")[:-1]


def cells(text: str) -> int:
    """Return the width of the text on a terminal, computed without the program."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text
    )


@pytest.mark.parametrize("columns", [40, 80, 120, 200])
@pytest.mark.parametrize("count", [3, 10, 300])
@pytest.mark.parametrize("kind", NAMES)
def test_every_key_is_there_and_no_line_is_wider_than_the_terminal(
    run: Program, tmp_path: Path, kind: str, count: int, columns: int
) -> None:
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": keys(NAMES[kind], count)}}}))

    *lines, foot = listed(run, columns)

    while not foot.startswith(str(count)):  # a long path has a line of its own
        foot = lines.pop()
    assert foot.startswith(f"{count} keys in")
    assert max(map(cells, lines)) <= columns
    if columns == 40:
        assert sum(line.startswith("openai/") for line in lines) == count
        assert lines[1].startswith("  value    env.")
        assert lines[2].startswith("  models   gpt-4o, gpt-5")
    else:
        assert lines[0].split()[:3] == ["provider", "name", "value"]
        assert len(lines) == count + 1
        assert "env.ANTHROPIC_API_KEY" in lines[2]
        assert len({line.index("env.") for line in lines[1:]}) == 1 or kind in ("wide", "right to left")


def test_a_narrow_terminal_loses_the_least_useful_columns_first(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": keys(NAMES["long"], 3)}}}))
    heads = [listed(run, columns)[0].split() for columns in (60, 80, 120, 200)]

    assert heads[0] == ["provider", "name", "value"]
    assert heads[1] == ["provider", "name", "value", "models", "enabled"]
    assert heads[2] == ["provider", "name", "value", "models", "weight", "enabled"]
    assert heads[3] == ["provider", "name", "value", "models", "weight", "enabled", "id"]


def test_numbers_are_right_aligned_and_a_long_list_counts_its_rest(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": keys(["a"], 3)}}}))
    head, *rows, _ = listed(run, 100)

    end = head.index("weight") + len("weight")
    assert [row[:end].split()[-1] for row in rows] == ["1", "0.25", "10"]
    assert re.search(r"gpt-4o, gpt-5, o3, o4-mini, gpt-4o-mini \+2 ", rows[0])


def test_a_pipe_gets_a_head_and_rows_with_tabs_and_nothing_else(call: Any, tmp_path: Path) -> None:
    odd = [{**keys(["x"], 1)[0], "name": "a\tb\nc", "models": MODELS}]
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": odd}, "groq": {"keys": []}}}))

    assert call("list").out == (
        "provider\tname\tvalue\tmodels\tweight\tenabled\tid\n"
        f"openai\ta\\tb\\nc\tenv.A\t{', '.join(MODELS)}\t1\ttrue\t00000000-0000-4000-8000-000000000000\n"
    )
    assert call("list", "groq").out == "provider\tname\tvalue\tmodels\tweight\tenabled\tid\n"
    assert call("list", env={"FORCE_COLOR": "1"}).out.count("\x1b") == 0


def test_a_key_without_a_name_is_listed_by_its_place(call: Any, tmp_path: Path) -> None:
    nameless = {"value": "env.A", "models": ["*"], "weight": 1}
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": [*keys(["a"], 1), nameless]}}}))

    assert call("list", "-o", "name").out == "openai/a\nopenai/#2\n"
    assert call("list").out.splitlines()[2].startswith("openai\t#2\tenv.A\t")
    assert call("get", "openai/#2").code == 0


@pytest.mark.parametrize("command", ["list", "status", "hash", "check", "providers"])
def test_a_disabled_key_and_the_states_have_colours_on_a_terminal_only(
    run: Program, call: Any, tmp_path: Path, command: str
) -> None:
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": keys(["a"], 5)}}}))

    assert "\x1b[" in run.on_terminal(command).out
    for options, environ in (
        (["--no-color"], {}),
        ([], {"NO_COLOR": "1"}),
        ([], {"TERM": "dumb"}),
        ([], {"CLICOLOR": "0"}),
        ([], {"NO_COLOR": "1", "FORCE_COLOR": "1"}),
    ):
        assert "\x1b[" not in run.on_terminal(command, *options, env=environ).out
    assert "\x1b[" not in call(command).out
    if command == "list":
        assert re.search(r"\x1b\[2m.*false", run.on_terminal("list").out)


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "CLICOLOR_FORCE"])
def test_colour_can_be_forced_into_a_log(call: Any, tmp_path: Path, variable: str) -> None:
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": keys(["a"], 1)}}}))

    assert "\x1b[1;31merror:" in call("get", "nope", env={variable: "1"}).err
    assert "\x1b[" in call("check", env={variable: "1"}).out
    assert "\x1b[" not in call("check", env={variable: "0"}).out
    assert "\x1b[" not in call("check", "--no-color", env={variable: "1"}).out


@pytest.mark.parametrize(
    ("text", "columns", "short"),
    [
        ("claude-sonnet-4-5", 17, "claude-sonnet-4-5"),
        ("claude-sonnet-4-5", 9, "clau…-4-5"),
        ("claude-sonnet-4-5", 1, "…"),
        ("生产环境的密钥", 8, "生产…钥"),
        ("", 3, ""),
    ],
)
def test_a_text_is_shortened_in_its_middle(text: str, columns: int, short: str) -> None:
    assert shortened(text, columns) == short
    assert text_width(shortened(text, columns)) <= columns


@pytest.mark.parametrize(
    ("items", "columns", "short"),
    [
        (MODELS[:2], 13, "gpt-4o, gpt-5"),
        (MODELS, 19, "gpt-4o, gpt-5 +5"),
        (MODELS, 9, "gpt-4o +6"),
        (MODELS, 7, "gp…o +6"),
    ],
)
def test_a_list_shows_what_fits_and_counts_the_rest(items: list[str], columns: int, short: str) -> None:
    assert shortened_list(items, columns) == short


def test_a_line_is_wrapped_at_words_and_a_long_word_stays_whole() -> None:
    path = "/a/very/long/path/without/any/blank/in/it/config.json"
    assert [*wrapped(f"error: no file {path}; keys init", 30, "  ")] == [
        "error: no file",
        f"  {path};",
        "  keys init",
    ]


def test_a_terminal_without_utf_8_gets_no_character_beyond_ascii() -> None:
    table = Table((Column("name", comfort=10), Column("n", right=True)), [Row((Cell("x" * 99), Cell("1")))])
    assert parts_text([table], Screen(60, unicode=False)).isascii()


def test_a_sentence_in_a_record_is_wrapped_not_cut() -> None:
    columns = (Column("key"), Column("state"))
    table = Table(columns, [Row((Cell("openai/one"), Cell("changed in the file, over the web UI")))])
    assert list(table.lines(Screen(30))) == [
        "openai/one",
        "  state  changed in the file,",
        "         over the web UI",
    ]
