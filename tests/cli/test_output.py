"""Tables: on a terminal by Rich, and the same ones without it where there is no terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import bifrost_keys.cli.output as output
from bifrost_keys.cli.output import Columns
from tests.cli.commands import write_config
from tests.program import Program

TABLES = [
    Columns(
        ("provider", "weight", "name"), [("openai", "1", "prod"), ("x", "0.25", "日本語"), ("é", "10", "")]
    ),
    Columns(None, [("name", "prod"), ("a longer label", "日本"), ("e\u0301", "[red]")]),
    Columns(("only", "heads"), []),
]


@pytest.mark.parametrize("table", TABLES)
def test_table_is_the_same_with_and_without_the_table_library(
    table: Columns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_terminal_width", lambda: 1000)
    monkeypatch.setattr(output, "writes_utf8", lambda: True)
    fitted = output._fitted([table], color=False)
    assert "".join(f"{line.rstrip()}\n" for line in output._plain_lines(table)) == fitted


def test_long_list_is_printed_plainly_on_a_terminal_too(run: Program) -> None:
    keys = ",".join(f'{{"name": "key-{i}", "models": ["*"]}}' for i in range(1200))
    (run.root / "config.json").write_text(f'{{"providers": {{"ollama": {{"keys": [{keys}]}}}}}}')
    ran = run.on_terminal("list")
    assert (ran.code, "key-1199" in ran.out, "\x1b[" in ran.out) == (0, True, False)


@pytest.mark.parametrize("locale", ["C.UTF-8", "POSIX"])
def test_long_json_is_the_same_value_with_an_element_a_line(run: Program, locale: str) -> None:
    entry = '{"name": "caf\u00e9 \U0001f511 %d", "models": ["*", "\u202e"], "weight": 0.5}'
    names = ",".join(entry % number for number in range(1200))
    (run.root / "config.json").write_text(
        f'{{"providers": {{"ollama": {{"keys": [{names}]}}}}}}', encoding="utf-8"
    )
    environ = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    ran = run("list", "-o", "json", env=environ)
    few = run("list", "-o", "json", "--disabled", env=environ)
    assert (ran.json["total"], len(ran.json["keys"])) == (1200, 1200)
    assert ran.json["keys"][7]["name"] == "caf\u00e9 \U0001f511 7"
    assert ran.json["keys"][7]["models"] == ["*", "\u202e"]
    assert ran.out.count("\n") == 1200 + 5
    assert "\u202e" not in ran.out
    assert few.out == '{\n  "keys": [],\n  "total": 0\n}\n'


def test_a_stray_field_is_shown_though_a_config_field_has_its_name(call: Any, tmp_path: Path) -> None:
    vllm = {"url": "http://inner", "model_name": "m"}
    key = {"name": "one", "id": "id-one", "models": ["*"], "weight": 1, "vllm_key_config": vllm, "url": 7}
    write_config(tmp_path, json.dumps({"providers": {"vllm": {"keys": [key]}}}))

    rows = [line.split() for line in call("get", "one").out.splitlines()]

    assert [row[1] for row in rows if row and row[0] == "url"] == ["http://inner", "7"]
