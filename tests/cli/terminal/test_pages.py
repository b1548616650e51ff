"""Help pages: rendered at a terminal, in a pager if they are longer than the screen, plain elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import bifrost_keys
from bifrost_keys.cli.commands.help import TOPICS, page
from bifrost_keys.cli.main import COMMANDS
from tests.program import Program

PACKAGE = Path(bifrost_keys.__file__).parent


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("topic", TOPICS)
def test_a_page_is_rendered_for_the_width_of_the_terminal(run: Program, topic: str, columns: int) -> None:
    shown = run.on_terminal("help", topic, columns=columns, env={"PAGER": "", "NO_COLOR": "1"})

    assert shown.code == 0
    assert max(len(line) for line in shown.out.split("\r\n")) <= columns
    assert not re.search(r"\*\*[A-Za-z]", shown.out)
    assert "|---" not in shown.out


def test_a_page_in_a_pipe_is_the_text_that_was_written(call: Any) -> None:
    assert call("help", "restarts").out == page("restarts")
    assert call("help", "restarts", "-o", "json").json == {"topic": "restarts", "text": page("restarts")}


def test_a_long_page_goes_to_the_pager_and_a_failing_one_loses_nothing(run: Program, tmp_path: Path) -> None:
    pager = tmp_path / "home" / "pager"
    pager.parent.mkdir(exist_ok=True)
    pager.write_text('#!/bin/sh\necho "paged $LESS"; cat > home/seen\n')
    pager.chmod(0o755)

    paged = run.on_terminal("help", "codes", env={"PAGER": str(pager)})
    assert (paged.code, paged.out) == (0, "paged FRX\r\n")
    assert "model-wildcard-mixed" in (tmp_path / "home" / "seen").read_text()
    for odd in ("no-such-program", "'", ""):
        assert "model-wildcard-mixed" in run.on_terminal("help", "codes", env={"PAGER": odd}).out
    assert "paged" not in run.on_terminal("help", "codes", env={"PAGER": str(pager), "TERM": "dumb"}).out
    assert run.on_terminal("help", "codes", env={"PAGER": "true"}).code == 0


def test_every_variable_that_is_read_is_on_its_page() -> None:
    source = "".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    read = set(re.findall(r'"(BIFROST_[A-Z_]+)"', source))
    told = set(re.findall(r"`(BIFROST_[A-Z_]+)`", page("environment")))
    assert told == read


@pytest.mark.skipif(shutil.which("groff") is None, reason="no groff, which formats man pages")
def test_every_page_is_a_man_page_that_groff_takes_without_a_warning(call: Any, tmp_path: Path) -> None:
    told = call("help", "--man", "man", "-o", "json").json["written"]

    assert len(told) == len(COMMANDS) + len(TOPICS)
    for path in told:
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", "-Kutf8", str(tmp_path / path)],
            capture_output=True,
            check=True,
        )
        assert done.stderr == b"", path
    text = subprocess.run(
        ["groff", "-man", "-Tascii", "-P-cbou", str(tmp_path / "man/man1/keys-create.1")],
        capture_output=True,
        check=True,
    ).stdout.decode()
    assert "--value-env NAME" in text
    assert "keys create openai --name prod --value-env OPENAI_API_KEY --model gpt-4o" in text
