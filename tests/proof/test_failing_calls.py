"""Every call of the writer fails, one after the other, in every way: the file is the old or the new one."""

from __future__ import annotations

import errno
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from bifrost_keys.errors import BifrostKeysError
from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.files.new_file import parent_directories
from bifrost_keys.stores.protocol import Changeset
from tests.figures import Tell
from tests.proof.recording import Call, Failure, Recording, record
from tests.sentinel import SECRET

OLD = json.dumps({"providers": {"openai": {"keys": [{"name": "first", "value": SECRET}]}}}) + "\n"
INITIAL = '{"providers": {"openai": {"keys": []}}}\n'
SECOND = {"name": "second", "value": f"{SECRET}-2"}
# The others are reported in the same way, and tried in a campaign.
ERRORS = ("EIO", "ENOSPC", "EACCES", "EINTR")
if os.environ.get("BIFROST_KEYS_CAMPAIGN") == "1":
    ERRORS += ("EDQUOT", "EROFS", "EBUSY")
WITHOUT_FLUSH = (errno.EINVAL, errno.EBADF)


@dataclass(frozen=True)
class Ground:
    """A folder with a config to edit, or (``text`` None) without a directory for a new one."""

    root: Path
    text: str | None

    @property
    def config(self) -> Path:
        """Where the config is, or will be."""
        return self.root / "app" / "config.json"

    def lay(self) -> None:
        """Make the folder as it is before a run."""
        for folder, _, names in os.walk(self.root, topdown=False):
            for name in names:
                os.unlink(os.path.join(folder, name))
            if folder != str(self.root):
                os.rmdir(folder)
        if self.text is not None:
            self.config.parent.mkdir()
            self.config.write_text(self.text)
            self.config.chmod(0o640)
            if os.geteuid() == 0:
                os.chown(self.config, 1, 1)

    def is_new(self) -> bool:
        """Return whether the file is the new one; fail if it is neither that nor the old one, whole."""
        text = self.config.read_text() if self.config.exists() else None
        if text == self.text:
            return False
        assert text is not None
        keys = json.loads(text)["providers"]["openai"]["keys"]
        assert keys == [*(json.loads(self.text)["providers"]["openai"]["keys"] if self.text else []), SECOND]
        status = self.config.stat()
        owner = (1, 1) if self.text and os.geteuid() == 0 else (os.geteuid(), os.getegid())
        assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (
            0o640 if self.text else 0o600,
            *owner,
        )
        return True

    def litter(self) -> list[str]:
        """Return the files other than the config and its lock."""
        known = ("app", "config.json", "config.json.lock")
        return [str(place) for place in self.root.rglob("*") if place.name not in known]


def change(ground: Ground) -> None:
    """Add a key."""
    store = FileStore(ground.config, initial=INITIAL if ground.text is None else None)
    with store.transaction() as transaction:
        changeset = Changeset()
        changeset.add("openai", SECOND)
        transaction.commit(changeset)


@pytest.fixture(params=["an edit", "a new file"])
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Ground:
    """Return a config to edit, or a place for a new one."""
    place = Ground(tmp_path / "place", OLD if request.param == "an edit" else None)
    place.root.mkdir()
    return place


@pytest.fixture(autouse=True)
def nothing_is_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let flushes return at once: no power is cut here, but they may still fail."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


def attempt(ground: Ground, failure: Failure | None) -> tuple[Recording, BifrostKeysError | None]:
    """Change the file while this goes wrong; return the calls and the reported error."""
    ground.lay()
    with pytest.MonkeyPatch.context() as patch:
        recording = record(patch, ground.root, failure=failure)
        try:
            change(ground)
        except BifrostKeysError as error:
            return recording, error
    return recording, None


def judge(ground: Ground, failure: Failure, calls: list[Call]) -> str:
    """Let the failure happen and check every promise; return the outcome."""
    recording, error = attempt(ground, failure)
    failed = calls[failure.number]
    where = f"{failed}, {errno.errorcode[failure.error]}, for ever: {failure.for_ever}: {error}"
    before = [call.name for call in calls[: failure.number + 1]]
    assert [call.name for call in recording.calls[: failure.number + 1]] == before, where
    new = ground.is_new()
    if error is None:
        assert new, where
    else:
        assert "SENTINEL" not in f"{error.message} {error.hint} {error.__cause__}", where
        assert error.__context__ is None or error.__suppress_context__, where
        assert error.exit_code in (3, 74, 78), where
        assert error.message.startswith("written:") is new, where
    if failed.name == "fsync" and failed.file != "app":
        assert error is not None, where
        assert (error.exit_code, new) == (
            (3 if failure.error == errno.EACCES else 74),
            False,
        ), where
    if failed.name == "fsync" and failed.file == "app":
        assert new, where
        assert (error is None) is (failure.error in WITHOUT_FLUSH), where
    if failed.name != "unlink" or not failure.for_ever:
        assert ground.litter() == [], where
    change_again(ground, where)
    return "done" if error is None else "written" if new else "refused"


def change_again(ground: Ground, where: str) -> None:
    """Check that the next run works and removes leftovers."""
    change(ground)
    assert ground.litter() == [], where
    names = [key["name"] for key in json.loads(ground.config.read_text())["providers"]["openai"]["keys"]]
    assert names[-1:] == ["second"], where


def test_a_call_that_fails_leaves_the_old_or_the_new_file(ground: Ground, tell: Tell) -> None:
    calls = attempt(ground, None)[0].calls
    ends = [
        judge(ground, Failure(number, getattr(errno, error), for_ever), calls)
        for number in range(len(calls))
        for error in ERRORS
        for for_ever in (False, True)
    ]
    counted = ", ".join(f"{ends.count(end)} {end}" for end in ("refused", "done", "written"))
    tell(f"{len(calls)} calls, {len(ends)} failures: {counted}")

    assert {call.name for call in calls} >= {"open", "write", "fsync", "close", "unlink"} - (
        {"unlink"} if ground.text else set()
    )
    assert set(ends) == {"refused", "done", "written"}


def test_a_directory_that_cannot_be_flushed_anywhere_is_accepted(ground: Ground) -> None:
    calls = attempt(ground, None)[0].calls
    number = max(number for number, call in enumerate(calls) if str(call) == "fsync app")

    assert [judge(ground, Failure(number, error), calls) for error in WITHOUT_FLUSH] == ["done", "done"]


@pytest.mark.parametrize("longest", [1, 7, 100])
def test_short_writes_are_continued(ground: Ground, monkeypatch: pytest.MonkeyPatch, longest: int) -> None:
    ground.lay()
    with monkeypatch.context() as patch:
        writes = record(patch, ground.root, longest_write=longest)
        change(ground)

    assert ground.is_new()
    assert [call.name for call in writes.calls].count("write") > 1


def test_a_write_that_gets_nowhere_ends(ground: Ground) -> None:
    ground.lay()
    with pytest.MonkeyPatch.context() as patch:
        record(patch, ground.root, longest_write=0)
        with pytest.raises(BifrostKeysError) as caught:
            change(ground)

    assert (caught.value.exit_code, ground.is_new(), ground.litter()) == (74, False, [])


@pytest.mark.parametrize("error", [errno.EACCES, errno.EIO])
def test_a_place_that_cannot_be_looked_at_any_more_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    """Not even the root directory is found then, so the search for an existing directory finds none."""
    config = tmp_path / "a" / "b" / "config.json"

    def failing(*_: object, **__: object) -> os.stat_result:
        raise OSError(error, "injected")

    with monkeypatch.context() as patch:
        patch.setattr(os, "stat", failing)
        patch.setattr(os, "lstat", failing)
        with pytest.raises(BifrostKeysError), parent_directories(str(config)):
            pass

    assert list(tmp_path.iterdir()) == []
