"""The lock on ``config.json.lock``, fair among waiters and honest about who holds it."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import filelock

from bifrost_keys.errors import IOFailureError, LockTimeoutError
from bifrost_keys.stores.files.open_file import close_reader
from bifrost_keys.stores.files.os_errors import trouble

_POLL_SECONDS = 0.003
_WAIT_NOTE_SECONDS = 0.5
_ALARM_SECONDS = 0.05


@contextmanager
def locked(
    path: str, *, timeout: float, owner: tuple[int, int] | None, on_wait: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the lock of the file at ``path`` (its real path) for the time of the block.

    ``timeout`` in seconds covers every kind of waiting; ``on_wait`` is called once after half a second.
    ``owner`` is the user and group to hand a new lock file to when this is root. Raises
    LockTimeoutError naming the process that holds the lock, IOFailureError when the lock's path is no
    regular file. The lock file stays: deleting it would let two waiters lock two files.
    """
    lock_path = f"{path}.lock"
    _refuse_odd(lock_path)
    waiting = _Waiting(time.monotonic(), timeout, on_wait)
    lock = filelock.FileLock(lock_path, mode=0o600, fallback_to_soft=False, poll_interval=_POLL_SECONDS)
    try:
        with _turnstile(os.path.dirname(path) or ".", waiting):
            _acquire(lock, waiting)
    except filelock.Timeout:
        raise _timed_out(lock_path, timeout) from None
    except OSError as error:
        raise trouble(error, "lock", lock_path) from None
    try:
        _hand_over(lock_path, owner)
        yield
    finally:
        # What goes wrong here must not seem to be about the write; the end of the process releases it too.
        with suppress(OSError):
            lock.release()


class _Waiting:
    """How long this run has waited and may still wait."""

    def __init__(self, started: float, timeout: float, on_wait: Callable[[], None] | None) -> None:
        self.started = started
        self.deadline = started + timeout
        self.half = started + timeout / 2
        self._on_wait = on_wait

    def note(self) -> None:
        """Say once, after half a second, that this run waits."""
        if self._on_wait is not None and time.monotonic() - self.started >= _WAIT_NOTE_SECONDS:
            say, self._on_wait = self._on_wait, None
            say()

    def seconds(self) -> float:
        """How long to wait now: to the deadline, or to the moment when waiting is to be noted."""
        now = time.monotonic()
        left = max(0.0, self.deadline - now)
        note_in = self.started + _WAIT_NOTE_SECONDS - now
        return min(left, max(note_in, 0.001)) if self._on_wait is not None else left


def _acquire(lock: filelock.BaseFileLock, waiting: _Waiting) -> None:
    while True:
        try:
            lock.acquire(timeout=waiting.seconds())
        except filelock.Timeout:
            waiting.note()
            if time.monotonic() >= waiting.deadline:
                raise
        else:
            return


@contextmanager
def _turnstile(directory: str, waiting: _Waiting) -> Iterator[None]:
    """Queue up before polling for the lock: the kernel wakes a blocking ``flock`` in order of arrival.

    Polling alone is unfair: some of many waiters would wait very long. The queue is on the directory's
    own descriptor, which leaves no file behind. It is a courtesy, not the lock: where it cannot be had
    (no permission, a file system without it), or not in half of the time (somebody waits for the lock of
    another file in this directory), the run goes on without it.
    """
    try:
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        _queue(descriptor, waiting)
        yield
    finally:
        close_reader(descriptor)


def _queue(descriptor: int, waiting: _Waiting) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EAGAIN, errno.EACCES):
            return
    else:
        return
    # Waiting needs an alarm, and only the main thread may have one.
    if threading.current_thread() is threading.main_thread():
        _blocking_flock(descriptor, waiting)


def _blocking_flock(descriptor: int, waiting: _Waiting) -> None:
    """Wait for the descriptor's lock, but not beyond half of the time.

    A handler that raises could do so a moment too early or too late. This one never raises: when the
    time is up it puts a pipe, which nobody else locks, in the descriptor's place, and the interrupted
    call goes on with that. Until then nothing may interrupt the call, for it would lose its turn: so
    another thread says that this run waits.
    """
    seconds = waiting.half - time.monotonic()
    if seconds <= 0:
        return
    spare, other_end = os.pipe()

    def ring(_: int, __: FrameType | None) -> None:
        os.dup2(spare, descriptor, inheritable=False)

    before = signal.signal(signal.SIGALRM, ring)
    try:
        # It rings again in case the first time was just before the call.
        signal.setitimer(signal.ITIMER_REAL, seconds, _ALARM_SECONDS)
        with suppress(OSError), _noting(waiting):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        os.close(spare)
        os.close(other_end)


@contextmanager
def _noting(waiting: _Waiting) -> Iterator[None]:
    """Note after half a second that this run waits, whatever the block is doing then."""
    clock = threading.Timer(_WAIT_NOTE_SECONDS, waiting.note)
    clock.daemon = True
    with suppress(RuntimeError):  # no more threads: it will be noted later, or not
        clock.start()
    try:
        yield
    finally:
        clock.cancel()
        with suppress(RuntimeError):
            clock.join()


def _refuse_odd(lock_path: str) -> None:
    try:
        status = os.lstat(lock_path)
    except OSError:
        return
    if not stat.S_ISREG(status.st_mode):
        message = f"the lock {lock_path} is no regular file"
        raise IOFailureError(message, code="lock_not_a_file", hint="find out what it is and remove it")


def _hand_over(lock_path: str, owner: tuple[int, int] | None) -> None:
    """As root, give the lock file to the config's owner, who could not open it otherwise.

    Only an empty file of root's with this one name: anything else could be somebody's bait, a second
    name of a file that must stay root's.
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
    return LockTimeoutError(f"no lock on {lock_path} within {timeout:g} s{by}", hint=hint)


def _holder(lock_path: str) -> str | None:
    """The process that holds the lock, as "PID NAME"; never its arguments, which may hold secrets."""
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
