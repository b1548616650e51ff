"""Lock a file: one process at a time, first come, first served, with an error that names the holder."""

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
    """Keep the file at ``path`` (its real path) locked for the duration of the block.

    ``timeout`` in seconds covers all waiting; ``on_wait`` is called once after half a second of it.
    If root creates the lock file, ``owner`` (user, group) will own it. ``in_turn`` must be False if this
    process already has another lock: every process in the queue may be waiting for that one. Raises
    LockTimeoutError, which names the process that has the lock, and IOFailureError if the lock's path is
    not a regular file. The lock file is never deleted, because two processes could then lock two files.
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
        # An error here says nothing about the write, and the end of the process releases the lock anyway.
        with suppress(OSError):
            lock.release()


def _acquired(lock: filelock.BaseFileLock, seconds: float) -> bool:
    try:
        lock.acquire(timeout=seconds)
    except filelock.Timeout:
        return False
    return True


class _Wait:
    """The time that is left to wait, and the notice that this process is waiting."""

    def __init__(self, timeout: float, on_wait: Callable[[], None] | None) -> None:
        now = time.monotonic()
        self.deadline = now + timeout
        self.half = now + timeout / 2
        self._note_at = now + _NOTE_SECONDS
        self._on_wait = on_wait

    def until(self, end: float, attempt: Callable[[float], bool]) -> bool:
        """Return whether ``attempt``, which waits for the seconds it is given, succeeds before ``end``."""
        if self._on_wait is not None and self._note_at < end:
            if attempt(max(0.0, self._note_at - time.monotonic())):
                return True
            self._on_wait()
            self._on_wait = None
        return attempt(max(0.0, end - time.monotonic()))


@contextmanager
def _turn(directory: str, wait: _Wait) -> Iterator[None]:
    """Queue before polling for the lock, so that waiting is fair.

    The kernel grants a blocking ``flock`` in order of arrival; with polling alone, 20 of 200 concurrent runs
    timed out. The queue is a ``flock`` on the directory, which needs no extra file. If the directory cannot
    be locked (no permission, a file system without ``flock``), or not within half of the time (another
    program has locked it), this process continues without queueing.
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
        # If the thread is still waiting, the kernel releases the descriptor when its flock call returns.
        close_reader(queue)


def _started(queue: int) -> threading.Thread:
    """Start a thread that waits in the queue with all signals blocked, so that the main thread gets them."""
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
        raise IOFailureError(message, code="lock-not-a-file", hint="check what it is, then remove it")


def _hand_over(lock_path: str, owner: tuple[int, int] | None) -> None:
    """As root, give the lock file to the file's owner, who could not open it otherwise.

    Only for an empty file that root owns and that has a single name: anything else may be an attack, for
    example a hard link to a file that must stay root's.
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
    """Return "PID NAME" of the process that has the lock; never its arguments, which may contain secrets."""
    try:
        inode = os.lstat(lock_path).st_ino
        with open("/proc/locks", encoding="ascii", errors="replace") as locks:
            for line in locks:
                parts = line.split()
                # The PID is 0 for a process outside this container.
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
