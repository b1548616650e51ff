"""A command added to a copy of the package by CONTRIBUTING's recipe works like the others."""

from __future__ import annotations

from pathlib import Path

from tests.cli.commands import write_config
from tests.cli.package_copy import PackageCopy
from tests.program import Program

COMMAND = '''"""keys tally."""

from typing import Annotated

from bifrost_keys.cli.options import OPTIONS_PANEL, flag
from bifrost_keys.cli.output.streams import emit
from bifrost_keys.cli.session import Session
from bifrost_keys.operations.list import list_keys


def tally(
    session: Session,
    loudly: Annotated[bool, flag("--loudly", "Count at the top of the voice.", OPTIONS_PANEL)] = False,
) -> int:
    """Count the keys.

    Examples:
      keys tally --loudly
    """
    count = f"{sum(1 for _ in list_keys(session.store().read()))} keys"
    emit((count.upper() if loudly else count) + "\\n")
    return 0
'''
ENTRY = '    "tally": Entry("tally", "tally", _CHECKS, aliases=("count",)),\n'


def test_a_command_that_is_added_by_the_recipe_needs_nothing_else(run: Program, tmp_path: Path) -> None:
    copy = PackageCopy(tmp_path)
    (copy.root / "cli" / "commands" / "tally.py").write_text(COMMAND)
    copy.insert("cli/main.py", ENTRY, before='    "apply": Entry(')
    run = copy.program(run)
    write_config(tmp_path)
    assert run("tally").out == "2 keys\n"
    assert run("count", "--loudly").out == "2 KEYS\n"

    assert "tally" in run("--help").out
    told = run("tally", "--help").out
    assert [each for each in ("Count the keys.", "keys tally --loudly", "--config") if each not in told] == []
    assert "tally\t" in run("__complete", "zsh", "ta").out
    assert "--loudly\t" in run("__complete", "zsh", "tally", "--lo").out
    assert "--loudly" in run("tally", "--loudyl").err
    assert run("taly").code == 2
    assert "keys tally" in run("taly").err
