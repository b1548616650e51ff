"""Killed or refused at any system call, a change leaves the old file or the new one, and reports which."""

from __future__ import annotations

import json
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.figures import Tell
from tests.proof.tracing import (
    FICKLE,
    NO_STRACE,
    STRACE,
    Call,
    ForkServer,
    Run,
    changing,
    fork_server,
    run_whole,
    window,
)
from tests.sentinel import SECRET

pytestmark = pytest.mark.skipif(STRACE is None, reason=NO_STRACE)
campaign = pytest.mark.skipif(
    os.environ.get("BIFROST_KEYS_CAMPAIGN") != "1", reason="a long campaign: BIFROST_KEYS_CAMPAIGN=1 runs it"
)

OLD = json.dumps({"providers": {"openai": {"keys": [{"name": "first", "value": SECRET}]}}}, indent=2) + "\n"
NEW_KEYS = ["first", "second"]
EDIT = (
    "create",
    "openai",
    "--name",
    "second",
    "--value",
    f"{SECRET}-2",
    "--config",
    "config.json",
    "-o",
    "name",
)
NEXT = (
    "create",
    "openai",
    "--name",
    "next",
    "--value-env",
    "NEXT",
    "--config",
    "config.json",
    "--init",
    "-q",
)
INIT = (*EDIT, "--init")
ERRORS = ("EIO", "ENOSPC", "EDQUOT", "EACCES", "EROFS", "EBUSY", "EINTR", "ENOMEM")
Start = Callable[[str], Run]
_OUR_TRACEBACK = re.compile(rb'bifrost_keys/__main__\.py", line \d+, in main').search


@dataclass(frozen=True)
class Ground:
    """A folder that is prepared again for every run."""

    folder: Path
    text: str | None

    def lay(self) -> None:
        """The folder as it is before a run."""
        for place in self.folder.iterdir():
            place.unlink()
        if self.text is not None:
            (self.folder / "config.json").write_text(self.text)
            (self.folder / "config.json").chmod(0o600)

    def keys(self) -> list[str] | None:
        """Return the names of the keys in the file, None if it is the old one; fail if it is neither."""
        place = self.folder / "config.json"
        text = place.read_text() if place.exists() else None
        if text == self.text:
            return None
        assert text is not None, "the file is gone"
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        return [key["name"] for key in json.loads(text)["providers"]["openai"]["keys"]]

    @property
    def untouched(self) -> bool:
        """Whether the folder is as it was laid, with no lock file either."""
        found = {place.name: place.read_text() for place in self.folder.iterdir()}
        return found == ({} if self.text is None else {"config.json": self.text})

    @property
    def litter(self) -> set[str]:
        """Return the files other than the config and its lock; nobody else may be able to read them."""
        found = {place.name for place in self.folder.iterdir()} - {"config.json", "config.json.lock"}
        assert all(stat.S_IMODE((self.folder / name).stat().st_mode) == 0o600 for name in found)
        return found


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    """Yield the program, loaded."""
    with fork_server(tmp_path_factory.mktemp("traces")) as started:
        yield started


@pytest.fixture(params=["an edit", "a new file"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    """Return a folder with a config, or without one."""
    folder = tmp_path / "app"
    folder.mkdir()
    return Ground(folder, OLD if request.param == "an edit" else None)


def test_killed_at_any_system_call_leaves_the_old_or_the_new_file(
    server: ForkServer, ground: Ground, tell: Tell
) -> None:
    def start(inject: str) -> Run:
        return server.run(ground.folder, EDIT if ground.text else INIT, inject)

    figures = kill_at_each(start, ground, changing(window(calls_of(start, ground))), server)
    tell(f"killed at {figures}")


def test_an_error_at_any_system_call_is_told_truly(server: ForkServer, ground: Ground, tell: Tell) -> None:
    def start(inject: str) -> Run:
        return server.run(ground.folder, EDIT if ground.text else INIT, inject)

    figures = fail_at_each(start, ground, window(calls_of(start, ground)), ("EIO",), ("",))
    tell(f"refused at {figures}")


@campaign
@pytest.mark.campaign
def test_every_kind_of_error_at_any_system_call_is_told_truly(
    server: ForkServer, ground: Ground, tell: Tell
) -> None:
    def start(inject: str) -> Run:
        return server.run(ground.folder, EDIT if ground.text else INIT, inject)

    figures = fail_at_each(start, ground, window(calls_of(start, ground)), ERRORS, ("", "+"))
    tell(f"refused at {figures}")


@campaign
@pytest.mark.campaign
def test_killed_anywhere_in_the_whole_process_leaves_the_old_or_the_new_file(
    server: ForkServer,
    ground: Ground,
    tmp_path_factory: pytest.TempPathFactory,
    tell: Tell,
) -> None:
    scratch = tmp_path_factory.mktemp("whole")

    def start(inject: str) -> Run:
        return run_whole(ground.folder, scratch, EDIT if ground.text else INIT, inject)

    figures = kill_at_each(start, ground, calls_of(start, ground)[1:], server)
    tell(f"whole process: killed at {figures}")


@campaign
@pytest.mark.campaign
def test_an_error_anywhere_in_the_whole_process_is_told_truly(
    ground: Ground, tmp_path_factory: pytest.TempPathFactory, tell: Tell
) -> None:
    scratch = tmp_path_factory.mktemp("whole")

    def start(inject: str) -> Run:
        return run_whole(ground.folder, scratch, EDIT if ground.text else INIT, inject)

    figures = fail_at_each(start, ground, calls_of(start, ground)[1:], ("EIO",), ("",))
    tell(f"whole process: refused at {figures}")


def calls_of(start: Start, ground: Ground) -> tuple[Call, ...]:
    """Return the system calls of an undisturbed run."""
    ground.lay()
    run = start("")
    assert run.status == 0, run.err
    return run.calls


def kill_at_each(start: Start, ground: Ground, calls: Sequence[Call], server: ForkServer) -> str:
    """Kill a run at each of these calls; return the figures in words."""
    old = new = cleaned = 0
    for call in calls:
        ground.lay()
        run = start(f"{call.name}:signal=KILL:when={call.number}")
        if run.status == 0 and call.name in FICKLE:
            continue
        assert run.status == -9, f"the signal missed {call.line}"
        keys = ground.keys()
        assert keys in (None, NEW_KEYS, ["second"]), call.line
        left = ground.litter
        assert len(left) <= 1, call.line
        if ground.untouched:  # the next run would find what this one found
            old += 1
            continue
        after = server.run(ground.folder, NEXT)
        assert (after.status, ground.litter) == (0, set()), (call.line, after.err)
        before = keys if keys is not None else (["first"] if ground.text else [])
        assert ground.keys() == [*before, "next"], call.line
        old, new, cleaned = old + (keys is None), new + (keys is not None), cleaned + len(left)
    assert old
    assert new
    assert cleaned
    return f"{old + new} system calls: {old} old, {new} new, 0 neither; {cleaned} temporary files removed"


def fail_at_each(
    start: Start, ground: Ground, calls: Sequence[Call], errors: Sequence[str], times: Sequence[str]
) -> str:
    """Let each of these calls fail in each of these ways; return the figures in words."""
    outcomes: Counter[str] = Counter()
    wrong = []
    for call, error, time in ((call, error, time) for call in calls for error in errors for time in times):
        if (error, time) == ("EINTR", "+"):
            continue  # Python calls again after EINTR, so one that never stops coming never ends
        ground.lay()
        run = start(f"{call.name}:error={error}:when={call.number}{time}")
        try:
            outcomes[outcome(run, call, time, ground)] += 1
        except AssertionError as failed:  # the others are run nevertheless, because a campaign takes long
            wrong.append(f"{call.line} {error}{time}: {run.status} {run.err!r}: {failed}")
    assert not wrong, f"{len(wrong)} told wrongly, first " + "\n".join(wrong[:20])
    assert outcomes["old file"]
    listed = ", ".join(f"{number} {what}" for what, number in sorted(outcomes.items()))
    return f"{outcomes.total()} failures: {listed}"


def outcome(run: Run, call: Call, time: str, ground: Ground) -> str:
    """Return the outcome of a run in which a call failed; fail if it was not reported correctly."""
    assert b"SENTINEL" not in run.out + run.err
    # Python's own start may fail with a traceback; from its first line on the program never does.
    assert not _OUR_TRACEBACK(run.err)
    keys = ground.keys()
    assert keys in (None, NEW_KEYS, ["second"])
    if run.status >= 0 and call.name not in ("unlink", "unlinkat"):
        assert not ground.litter
    if keys is None:
        assert run.status != 0
        assert not says_written(run)
        return "old file"
    if run.status == 0:
        return "done nevertheless"
    # Cut off before it could say anything, or saying that it is done.
    assert run.status < 0 or says_written(run) or not may_speak(call, time)
    return "said so"


def says_written(run: Run) -> bool:
    """Return whether the run's error says that the change was done."""
    told = [line for line in run.err.splitlines() if line.startswith(b"error: ")]
    return any(b"written" in line.replace(b"nothing was written", b"") for line in told)


def may_speak(call: Call, time: str) -> bool:
    """Return whether the run can report on standard error, which it cannot if every write fails."""
    return call.name != "write" or (time == "" and not call.line.startswith("write(2"))
