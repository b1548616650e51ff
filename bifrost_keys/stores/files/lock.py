"""The lock of a file: one holder, waiters in turn, and a message that names the holder."""

from __future__ import annotations

import fcntl
import os
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress

import filelock

from bifrost_keys.errors import IOFailureError, LockTimeoutError
from bifrost_keys.stores.files.open_file import close_reader
from bifrost_keys.stores.files.os_errors import explained

_POLL_SECONDS = 0.003
_NOTE_SECONDS = 0.5


@contextmanager
def locked(
    path: str,
    *,
    timeout: float,
    owner: tuple[int, int] | None,
    on_wait: Callable[[], None] | None = None,
    in_turn: bool = True,
) -> Iterator[None]:
    """Hold the lock of the file at ``path`` (its real path) for the time of the block.

    ``timeout`` in seconds covers all waiting; ``on_wait`` is called once after half a second of it.
    ``owner`` is the user and group that root gives a new lock file to. ``in_turn`` must be False for a
    lock that is taken while this run holds another one: the queue may be full of runs that wait for that
    one. Raises LockTimeoutError naming the process that holds the lock, IOFailureError if something other
    than a regular file is at the lock's path. The lock file is never deleted: two waiters could then lock
    two files.
    """
    lock_path = f"{path}.lock"
    _refuse_unless_regular(lock_path)
    wait = _Wait(timeout, on_wait)
    lock = filelock.FileLock(lock_path, mode=0o600, fallback_to_soft=False, poll_interval=_POLL_SECONDS)
    try:
        with _turn(os.path.dirname(path) or ".", wait) if in_turn else nullcontext():
            if not wait.until(wait.deadline, lambda seconds: _acquired(lock, seconds)):
                raise _timed_out(lock_path, timeout)
    except OSError as error:
        raise explained(error, "lock", lock_path) from None
    try:
        _hand_over(lock_path, owner)
        yield
    finally:
        # An error here is not about the write; the end of the process releases the lock as well.
        with suppress(OSError):
            lock.release()


def _acquired(lock: filelock.BaseFileLock, seconds: float) -> bool:
    try:
        lock.acquire(timeout=seconds)
    except filelock.Timeout:
        return False
    return True


class _Wait:
    """How long this run may wait, and the note that it waits."""

    def __init__(self, timeout: float, on_wait: Callable[[], None] | None) -> None:
        now = time.monotonic()
        self.deadline = now + timeout
        self.half = now + timeout / 2
        self._note_at = now + _NOTE_SECONDS
        self._on_wait = on_wait

    def until(self, end: float, attempt: Callable[[float], bool]) -> bool:
        """Whether ``attempt``, which waits for the seconds that it is given, succeeds before ``end``."""
        if self._on_wait is not None and self._note_at < end:
            if attempt(max(0.0, self._note_at - time.monotonic())):
                return True
            self._on_wait()
            self._on_wait = None
        return attempt(max(0.0, end - time.monotonic()))


@contextmanager
def _turn(directory: str, wait: _Wait) -> Iterator[None]:
    """Queue up before the lock is polled for: the kernel serves a blocking ``flock`` in order of arrival.

    Polling alone is unfair: of 200 runs at once 20 gave up. The queue is the directory itself, which
    needs no file of its own. It is a courtesy and not the lock: where it cannot be had (no permission, a
    file system without it), or not within half of the time (another program has locked the directory),
    the run goes on without its turn.
    """
    try:
        queue = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        if not _flocked(queue, fcntl.LOCK_EX | fcntl.LOCK_NB):
            with suppress(RuntimeError):  # no more threads
                thread = _started(queue)
                wait.until(wait.half, lambda seconds: _ended(thread, seconds))
        yield
    finally:
        # Where the thread is still waiting, the kernel drops the descriptor when its call returns.
        close_reader(queue)


def _started(queue: int) -> threading.Thread:
    """A thread that waits in the queue and heeds no signal: those are for the main thread to obey."""
    thread = threading.Thread(target=_flocked, args=(queue, fcntl.LOCK_EX), daemon=True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        thread.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return thread


def _ended(thread: threading.Thread, seconds: float) -> bool:
    thread.join(seconds)
    return not thread.is_alive()


def _flocked(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation)
    except OSError:
        return False
    return True


def _refuse_unless_regular(lock_path: str) -> None:
    try:
        status = os.lstat(lock_path)
    except OSError:
        return
    if not stat.S_ISREG(status.st_mode):
        message = f"the lock {lock_path} is not a regular file"
        raise IOFailureError(message, code="lock-not-a-file", hint="find out what it is and remove it")


def _hand_over(lock_path: str, owner: tuple[int, int] | None) -> None:
    """As root, give the lock file to the file's owner, who could not open it otherwise.

    Only an empty file of root's with this one name: anything else may be bait, for example another name
    of a file that must remain root's.
    """
    if owner is None or os.geteuid() != 0:
        return
    with suppress(OSError):
        descriptor = os.open(lock_path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            fresh = status.st_uid == 0 and status.st_size == 0 and status.st_nlink == 1
            if fresh and stat.S_ISREG(status.st_mode) and (status.st_uid, status.st_gid) != owner:
                os.fchown(descriptor, *owner)
        finally:
            os.close(descriptor)


def _timed_out(lock_path: str, timeout: float) -> LockTimeoutError:
    holder = _holder(lock_path)
    by = f" (held by process {holder})" if holder else ""
    hint = "try again, or wait longer with --lock-timeout"
    return LockTimeoutError(f"could not get the lock {lock_path} within {timeout:g} s{by}", hint=hint)


def _holder(lock_path: str) -> str | None:
    """The process that holds the lock, as "PID NAME"; never its arguments, which may contain secrets."""
    try:
        inode = os.lstat(lock_path).st_ino
        with open("/proc/locks", encoding="ascii", errors="replace") as locks:
            for line in locks:
                parts = line.split()
                # A process outside of this container has no number here.
                if parts[1] == "FLOCK" and parts[5].endswith(f":{inode}") and int(parts[4]) > 0:
                    return f"{parts[4]} {_command(parts[4])}".rstrip()
    except (OSError, IndexError, ValueError):
        return None
    return None


def _command(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as name:
            return name.read().strip()
    except OSError:
        return ""
