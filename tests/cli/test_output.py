"""Tables: on a terminal by Rich, and the same ones without it where there is no terminal."""

from __future__ import annotations

import pytest

import bifrost_keys.cli.output as output
from bifrost_keys.cli.output import Columns
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
    monkeypatch.setattr(output, "_writes_utf8", lambda: True)
    fitted = output._fitted([table], color=False)
    assert "".join(f"{line.rstrip()}\n" for line in output._plain_lines(table)) == fitted


def test_long_list_is_printed_plainly_on_a_terminal_too(run: Program) -> None:
    keys = ",".join(f'{{"name": "key-{i}", "models": ["*"]}}' for i in range(1200))
    (run.root / "config.json").write_text(f'{{"providers": {{"ollama": {{"keys": [{keys}]}}}}}}')
    ran = run.on_terminal("list")
    assert (ran.code, "key-1199" in ran.out, "\x1b[" in ran.out) == (0, True, False)
