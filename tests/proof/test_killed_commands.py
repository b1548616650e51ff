"""Every changing command, killed at any system call, leaves the old file or the intended new one."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import CHANGING, CONFIG_TEXT, write_config, write_inputs
from tests.figures import Tell
from tests.program import listing
from tests.proof.tracing import FICKLE, NO_STRACE, STRACE, Call, ForkServer, changing, fork_server, window
from tests.sentinel import SECRET, Sentinel

pytestmark = pytest.mark.skipif(STRACE is None, reason=NO_STRACE)
campaign = (
    pytest.mark.campaign,
    pytest.mark.skipif(
        os.environ.get("BIFROST_KEYS_CAMPAIGN") != "1",
        reason="a long campaign: BIFROST_KEYS_CAMPAIGN=1 runs it",
    ),
)


# externalize writes two files, so it is in every run of the tests; the others write as create does.
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name == "externalize" else campaign)
        for name in CHANGING
        if name != "create"
    ],
)
def test_killed_at_any_system_call_a_command_has_changed_all_or_nothing(
    name: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    sentinel: Sentinel,
    tell: Tell,
) -> None:
    sentinel.allow("moved.env")
    folder = tmp_path / "app"
    argv = [*CHANGING[name], "--config", "config.json", "-q"]
    with fork_server(tmp_path_factory.mktemp("traces")) as server:
        lay(folder)
        run = server.run(folder, argv, "")
        assert run.status == 0, run.err
        before, after = meaning(CONFIG_TEXT), meaning((folder / "config.json").read_text())
        assert before != after
        outcomes = [
            kill_at(call, server, folder, argv, (before, after)) for call in changing(window(run.calls))
        ]
    reached = [outcome for outcome in outcomes if outcome is not None]
    tell(f"{name}: killed at {len(reached)} system calls: {reached.count(0)} old, the rest new")
    assert set(reached) == {0, 1}


def kill_at(
    call: Call, server: ForkServer, folder: Path, argv: Sequence[str], whole: Sequence[Any]
) -> int | None:
    """Kill a run at this call; return which of the ``whole`` meanings the file has, None if it was missed."""
    lay(folder)
    laid = listing(folder)
    run = server.run(folder, argv, f"{call.name}:signal=KILL:when={call.number}")
    if run.status >= 0 and call.name in FICKLE:
        return None
    assert run.status == -9, f"the signal missed {call.line}"
    if listing(folder) == laid:  # the next run would find what this one found
        return 0
    outcome = whole.index(meaning((folder / "config.json").read_text()))
    # A secret that moves to another file is in both for a moment, never in neither.
    moved = folder / "moved.env"
    texts = (folder / "config.json").read_text() + (moved.read_text() if moved.exists() else "")
    assert outcome == 0 or "externalize" not in argv or SECRET in texts, call.line
    again = server.run(folder, argv)
    assert again.status in ((0,) if outcome == 0 else (0, 4, 5)), (call.line, again.err)
    assert [place.name for place in folder.iterdir() if place.name.endswith(".tmp")] == [], call.line
    if outcome == 0:
        assert meaning((folder / "config.json").read_text()) == whole[1], call.line
    return outcome


def lay(folder: Path) -> None:
    """The folder as it is before a run."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    write_config(folder)
    write_inputs(folder)


def meaning(text: str) -> Any:
    """Return the content of the file without ids, which are new for a new key."""
    data = json.loads(text)
    for provider in data["providers"].values():
        for key in provider["keys"]:
            key.pop("id", None)
    return data
