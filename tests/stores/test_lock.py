"""The lock: one owner, waiters in turn, and never a file deleted or overwritten."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bifrost_keys.errors import IOFailureError, LockTimeoutError
from bifrost_keys.stores.files.lock import locked
from tests.program import Program
from tests.stores.conftest import TEXT

HOLD = """
import fcntl, os, sys
path = sys.argv[1]
lock = os.open(path, os.O_RDONLY if os.path.isdir(path) else os.O_RDWR | os.O_CREAT, 0o600)
fcntl.flock(lock, fcntl.LOCK_EX)
print(flush=True)
input()
"""


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield while another process holds the lock on this path."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLD, str(path), "argument-SENTINEL"]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def test_the_lock_file_is_private_and_stays(tmp_path: Path) -> None:
    path, lock = tmp_path / "config.json", tmp_path / "config.json.lock"
    inodes = []
    for _ in range(2):
        with locked(str(path), timeout=1, owner=None):
            inodes.append(lock.stat().st_ino)
        inodes.append(lock.stat().st_ino)

    assert len(set(inodes)) == 1
    assert stat.S_IMODE(lock.stat().st_mode) == 0o600
    assert lock.read_bytes() == b""


def test_a_timeout_names_the_holder_but_not_its_arguments(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with held(tmp_path / "config.json.lock") as holder:
        with pytest.raises(LockTimeoutError) as caught, locked(str(path), timeout=0.2, owner=None):
            pass
        lock = f"could not get the lock {path}.lock within 0.2 s"
        assert caught.value.message.startswith(f"{lock} (held by process {holder.pid} python")
        assert "SENTINEL" not in caught.value.message


def test_a_timeout_of_zero_tries_once(tmp_path: Path) -> None:
    with held(tmp_path / "config.json.lock"), pytest.raises(LockTimeoutError):
        with locked(str(tmp_path / "config.json"), timeout=0, owner=None):
            pass
    with locked(str(tmp_path / "config.json"), timeout=0, owner=None):
        pass


def test_a_stopped_holder_does_not_stop_the_clock(tmp_path: Path) -> None:
    with held(tmp_path / "config.json.lock") as holder:
        holder.send_signal(signal.SIGSTOP)
        with pytest.raises(LockTimeoutError), locked(str(tmp_path / "config.json"), timeout=0.2, owner=None):
            pass


def test_a_killed_owner_of_the_lock_blocks_no_other_run(tmp_path: Path) -> None:
    with held(tmp_path / "config.json.lock") as holder:
        holder.kill()
        with locked(str(tmp_path / "config.json"), timeout=5, owner=None):
            pass


@pytest.mark.parametrize("place", ["config.json.lock", "."])
def test_waiting_is_noted_once(tmp_path: Path, place: str) -> None:
    noted: list[None] = []
    with held(tmp_path / place), suppress(LockTimeoutError):
        path = str(tmp_path / "config.json")
        with locked(path, timeout=1.4, owner=None, on_wait=lambda: noted.append(None)):
            pass

    assert noted == [None]


def test_the_queue_is_left_after_half_of_the_time(tmp_path: Path) -> None:
    """A process that blocks the directory for ever delays a run, and does not stop it."""
    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    began = time.monotonic()
    with locked(str(tmp_path / "config.json"), timeout=0.4, owner=None):
        waited = time.monotonic() - began
    os.close(descriptor)

    assert waited >= 0.2


def test_the_time_is_kept_whatever_signals_are_blocked(tmp_path: Path) -> None:
    """Blocked signals are inherited: a parent that blocks ALRM once made a run wait for ever."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        with held(tmp_path), locked(str(tmp_path / "config.json"), timeout=0.2, owner=None):
            pass
        with held(tmp_path), held(tmp_path / "config.json.lock"), pytest.raises(LockTimeoutError):
            with locked(str(tmp_path / "config.json"), timeout=0.2, owner=None):
                pass
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_a_place_in_the_queue_that_was_given_up_is_free(tmp_path: Path) -> None:
    with held(tmp_path), locked(str(tmp_path / "config.json"), timeout=0.2, owner=None):
        pass
    # The queue is free now, though the run that gave up is still there: this would wait for ever.
    queue = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(queue, fcntl.LOCK_EX)
    os.close(queue)


def test_a_lock_within_a_lock_does_not_queue(tmp_path: Path) -> None:
    """Another run in the queue may be waiting for the lock that this run already has."""
    with held(tmp_path), locked(str(tmp_path / "a.env"), timeout=0, owner=None, in_turn=False):
        pass


@pytest.mark.parametrize("place", [".", "config.json.lock"])
def test_a_signal_ends_a_run_that_waits(run: Program, tmp_path: Path, place: str) -> None:
    config = tmp_path / "config.json"
    config.write_text(TEXT)
    command = run.command("create", "openai", "--value-env", "A", "--config", str(config))
    with held(tmp_path / place):
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=run.environ, stderr=pipe, text=True) as process:
            assert process.stderr is not None
            said = process.stderr.readline()
            process.send_signal(signal.SIGTERM)
            said += process.stderr.read()

    assert (process.returncode, said) == (143, "note: waiting for another run to release the lock ...\n")
    assert config.read_text() == TEXT


def test_another_thread_can_lock_as_well(tmp_path: Path) -> None:
    done = []

    def lock() -> None:
        with locked(str(tmp_path / "config.json"), timeout=5, owner=None):
            done.append(True)

    descriptor = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    thread = threading.Thread(target=lock)
    thread.start()
    thread.join()
    os.close(descriptor)

    assert done == [True]


def test_a_file_at_the_path_of_the_lock_is_never_touched(tmp_path: Path) -> None:
    lock, victim = tmp_path / "config.json.lock", tmp_path / "victim"
    victim.write_text("precious")
    for make in (
        lambda: lock.symlink_to(victim),
        lambda: os.mkfifo(lock),
        lock.mkdir,
    ):
        make()
        with pytest.raises(IOFailureError), locked(str(tmp_path / "config.json"), timeout=1, owner=None):
            pass
        lock.rmdir() if lock.is_dir() else lock.unlink()
    lock.write_text("an old lock with text in it")
    with locked(str(tmp_path / "config.json"), timeout=1, owner=None):
        pass

    assert (victim.read_text(), lock.read_text()) == ("precious", "an old lock with text in it")
