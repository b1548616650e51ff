"""A power failure at any moment, with a disk that guarantees only flushes: the old file or the new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.protocol import Changeset
from tests.figures import Tell
from tests.proof.recording import Call, record
from tests.proof.weak_disk import Node, states_after_each

INITIAL = '{"providers": {"openai": {"keys": []}}}\n'
# Longer than one piece of the write.
LONG = '{"providers": {"openai": {"keys": []}}, "governance": "' + "x" * 2_500_000 + '"}\n'
CHANGING = ("open", "write", "fchmod", "fsync", "rename", "link", "unlink")


@pytest.fixture(params=["an edit", "an edit of a large file", "a new file"])
def before(request: pytest.FixtureRequest) -> str | None:
    """Return the text of the file before the change, None where there is none."""
    return {"an edit": INITIAL, "an edit of a large file": LONG, "a new file": None}[request.param]


def changed(folder: Path, before: str | None) -> tuple[list[Call], bytes]:
    """Add a key to the file, in a folder with a stale temporary file; return the calls and the new bytes."""
    config = folder / "config.json"
    if before is not None:
        config.write_text(before)
        config.chmod(0o640)
    (folder / ".config.json.0123456789abcdef.bifrost-keys.tmp").write_text("stale")
    with pytest.MonkeyPatch.context() as patch:
        recording = record(patch, folder)
        with FileStore(config, initial=None if before is not None else INITIAL).transaction() as transaction:
            changeset = Changeset()
            changeset.add("openai", {"name": "k", "value": "env.A"})
            transaction.commit(changeset)
    known = [call for call in recording.calls if call.name in CHANGING and not call.file.endswith(".lock")]
    return known, config.read_bytes()


def moments(folder: Path, before: str | None) -> tuple[list[list[Node | None]], Node | None, Node]:
    """Return the states at every moment of a change, the old one, and the new one."""
    calls, new = changed(folder, before)
    there = {".config.json.0123456789abcdef.bifrost-keys.tmp": b"stale"}
    old = None
    if before is not None:
        there["config.json"] = before.encode()
        old = Node(before.encode())
    return states_after_each(calls, there, "config.json"), old, Node(new, 0o640 if before else None)


def test_every_state_is_the_old_file_or_the_new_one(tmp_path: Path, before: str | None, tell: Tell) -> None:
    states, old, new = moments(tmp_path, before)
    tell(f"{len(states)} moments, {sum(map(len, states))} states")

    assert [set(moment) - {old, new} for moment in states] == [set()] * len(states)
    assert set(states[0]) == {old}
    assert any(set(moment) == {old, new} for moment in states)


def test_after_done_it_is_the_new_file(tmp_path: Path, before: str | None) -> None:
    states, _, new = moments(tmp_path, before)

    assert set(states[-1]) == {new}


def test_the_model_finds_a_file_that_was_not_flushed(tmp_path: Path, before: str | None) -> None:
    calls, new = changed(tmp_path, before)
    unflushed = [call for call in calls if (call.name, call.file) != ("fsync", calls_of_temporary(calls))]
    there = {} if before is None else {"config.json": before.encode()}
    old = None if before is None else Node(before.encode())
    found = {node for moment in states_after_each(unflushed, there, "config.json") for node in moment}

    assert len(unflushed) == len(calls) - 1
    assert found - {old, Node(new, 0o640 if before else None)}


def test_the_model_finds_a_directory_that_was_not_flushed(tmp_path: Path, before: str | None) -> None:
    calls, new = changed(tmp_path, before)
    unflushed = [call for call in calls if (call.name, call.file) != ("fsync", ".")]
    there = {} if before is None else {"config.json": before.encode()}
    old = None if before is None else Node(before.encode())

    assert set(states_after_each(unflushed, there, "config.json")[-1]) == {
        old,
        Node(new, 0o640 if before else None),
    }


def calls_of_temporary(calls: list[Call]) -> str:
    """Return the name of the temporary file that these calls write."""
    return next(call.file for call in calls if call.name == "write")
