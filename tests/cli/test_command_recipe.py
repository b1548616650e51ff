"""A command added to a copy of the package by CONTRIBUTING's recipe alone has all that others have."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bifrost_keys
from tests.cli.commands import write_config
from tests.program import Program

COMMAND = '''"""keys tally."""

from __future__ import annotations

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


@pytest.fixture
def program(run: Program, tmp_path: Path) -> Program:
    """The program with a command that the recipe added, in a copy of the package."""
    copy = tmp_path / "source" / "bifrost_keys"
    shutil.copytree(Path(bifrost_keys.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "cli" / "commands" / "tally.py").write_text(COMMAND)
    main, next_to_it = copy / "cli" / "main.py", '    "apply": Entry('
    text = main.read_text()
    assert text.count(next_to_it) == 1
    main.write_text(text.replace(next_to_it, ENTRY + next_to_it))
    run.extra["PYTHONPATH"] = str(copy.parent)
    made = [sys.executable, "-m", "bifrost_keys.cli.completion.make_table"]
    subprocess.run(made, env=run.environ, cwd=tmp_path, check=True)
    return run


def test_a_command_that_is_added_by_the_recipe_alone_has_everything(program: Program, tmp_path: Path) -> None:
    run = program
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
