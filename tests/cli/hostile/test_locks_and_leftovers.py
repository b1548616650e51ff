"""Locks of others, and leftovers of other programs or killed runs: waited for, refused or removed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import ConflictError
from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.protocol import Changeset
from tests.cli.commands import (
    CHANGING,
    CONFIG_TEXT,
    assert_refused,
    changing,
    remains,
    write_config,
)
from tests.program import Program
from tests.sentinel import SECRET

pytestmark = pytest.mark.usefixtures("bulk_inputs")


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    """Yield the id of another process that holds the lock of the config."""
    script = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "config.json.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    yield holder.pid
    holder.communicate(b"\n")


def test_a_lock_in_use_for_too_long_ends_the_run_naming_its_owner(
    call: Any, tmp_path: Path, held: int
) -> None:
    write_config(tmp_path)
    for command in CHANGING.values():
        done = call(*command, "--lock-timeout", "0.05")

        assert_refused(done, 6, "config.json.lock", f"process {held}", "--lock-timeout")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    assert call("list").code == 0
    done = call("init", "--lock-timeout", "0.05")
    assert (done.code, "exists already" in done.out) == (0, True)


def test_init_waits_for_the_lock_until_the_timeout_and_says_so(call: Any, tmp_path: Path, held: int) -> None:
    done = call("init", "--config", "config.json", "--lock-timeout", "0.6")

    assert (done.code, done.out, done.err.count("waiting for another run")) == (6, "", 1)
    assert f"process {held}" in done.err
    assert remains(tmp_path) == {}


def test_waiting_for_the_lock_is_reported_but_not_with_json(call: Any, tmp_path: Path, held: int) -> None:
    write_config(tmp_path)

    said = call(*CHANGING["create"], "--lock-timeout", "0.6")
    silent = call(*CHANGING["create"], "--lock-timeout", "0.6", "-o", "json")

    assert [said.err.count("waiting for another run"), said.code] == [1, 6]
    assert silent.error["exit_code"] == 6


@changing
@pytest.mark.parametrize("kind", ["fifo", "directory", "link", "dangling-link"])
def test_a_lock_that_is_not_a_file_is_refused_and_left_alone(
    call: Any, tmp_path: Path, command: list[str], kind: str
) -> None:
    write_config(tmp_path)
    lock = tmp_path / "config.json.lock"
    (tmp_path / "victim").write_text("untouched")
    if kind == "fifo":
        os.mkfifo(lock)
    elif kind == "directory":
        lock.mkdir()
    else:
        lock.symlink_to("victim" if kind == "link" else "elsewhere")
    before = remains(tmp_path, lock=False)

    done = call(*command)

    assert_refused(done, 74, str(lock))
    assert remains(tmp_path, lock=False) == before


def test_a_file_that_an_editor_replaced_in_the_meantime_is_not_written(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    theirs = tmp_path / "config.db"
    theirs.write_text(CONFIG_TEXT)

    with FileStore(config).transaction() as transaction:
        changeset = Changeset()
        changeset.remove(next(transaction.snapshot.keys()))
        theirs.rename(config)
        with pytest.raises(ConflictError, match="changed by another program"):
            transaction.commit(changeset)

    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


def test_stale_temporary_files_of_this_program_are_removed_and_others_stay(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    ours = tmp_path / ".config.json.0123456789abcdef.bifrost-keys.tmp"
    others = [
        ".config.json.swp",
        "config.json.bak",
        ".config.json.tmp",
        ".other.json.0123456789abcdef.bifrost-keys.tmp",
    ]
    ours.write_text(SECRET)
    for name in others:
        (tmp_path / name).write_text("somebody's")

    assert call(*CHANGING["create"]).code == 0

    assert sorted(remains(tmp_path)) == sorted([*others, "config.json"])
    assert {(tmp_path / name).read_text() for name in others} == {"somebody's"}


def limit_file_size() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16))


@changing
def test_a_file_size_limit_leaves_the_old_file(run: Program, tmp_path: Path, command: list[str]) -> None:
    write_config(tmp_path)

    done = run(*command, before=limit_file_size)

    assert_refused(done, 74, str(tmp_path), "ulimit")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
