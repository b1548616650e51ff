"""A form of output added to a copy of the package by CONTRIBUTING's recipe works like the others."""

from __future__ import annotations

from pathlib import Path

from tests.cli.commands import write_config
from tests.cli.package_copy import PackageCopy
from tests.program import Program

FUNCTION = """def _as_count(result: Result, _: Screen) -> str:
    return f"{sum(1 for _ in result.names())}\\n"


"""
ENTRY = '    "count": Format(_as_count, whole=False),\n'


def test_a_form_that_is_added_by_the_recipe_needs_nothing_else(run: Program, tmp_path: Path) -> None:
    copy = PackageCopy(tmp_path)
    copy.insert("cli/output/formats.py", FUNCTION, before="FORMATS: Final")
    copy.insert("cli/output/formats.py", ENTRY, before='    "table": Format(')
    run = copy.program(run)
    write_config(tmp_path)

    assert run("list", "-o", "count").out == "2\n"
    assert run("disable", "one", "two", "-o", "count").out == "2\n"
    assert run("list", env={"BIFROST_KEYS_OUTPUT": "count"}).out == "2\n"
    assert run("get", "gone", "-o", "count").err.startswith("error: ")
    assert "count|table|json|name" in run("list", "--help").out
    assert "count" in run("list", "-o", "cuont").err
    assert "count" in run("__complete", "zsh", "list", "-o", "c").out
