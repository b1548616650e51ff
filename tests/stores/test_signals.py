"""INT, QUIT, TERM and HUP: their exit codes guarantee that nothing was written, whenever they arrive."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bifrost_keys.errors import IOFailureError
from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.files import signals
from bifrost_keys.stores.files.atomic_write import write_atomically
from tests.program import Program, listing
from tests.stores.conftest import TEXT, one_more

CODES = {signal.SIGINT: 130, signal.SIGQUIT: 131, signal.SIGTERM: 143, signal.SIGHUP: 129}
each_signal = pytest.mark.parametrize(("number", "code"), CODES.items(), ids=lambda value: str(value))


@each_signal
def test_a_signal_ends_a_run_that_has_written_nothing(number: signal.Signals, code: int) -> None:
    with pytest.raises(signals.Interrupted) as caught, signals.handled():
        signal.raise_signal(number)

    assert caught.value.exit_code == code


def test_handlers_are_as_before_and_an_ignored_signal_stays_ignored() -> None:
    before = {number: signal.getsignal(number) for number in CODES}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with signals.handled():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before[signal.SIGHUP])

    assert {number: signal.getsignal(number) for number in CODES} == before


@each_signal
def test_a_signal_before_the_write_ends_the_transaction_at_once(
    config: Path, number: signal.Signals, code: int
) -> None:
    reached = []
    with pytest.raises(signals.Interrupted) as caught, signals.handled():
        with FileStore(config).transaction() as transaction:
            signal.raise_signal(number)
            reached.append(transaction.commit(one_more()))

    assert (caught.value.exit_code, reached, config.read_text()) == (code, [], TEXT)
    assert sorted(listing(config.parent)) == ["config.json", "config.json.lock"]
    with FileStore(config, lock_timeout=0).transaction():  # the lock was released
        pass


@each_signal
def test_a_signal_during_the_write_waits_for_its_end(
    config: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    fsync, heard = os.fsync, []

    def signalled(descriptor: int) -> None:
        signal.raise_signal(number)
        heard.append(number in signal.sigpending())
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", signalled)
    with signals.handled():
        with FileStore(config).transaction() as transaction:
            written = transaction.commit(one_more())
        assert signals.has_written()

    assert (written.changed, heard) == (True, [True, True])
    assert config.read_text() != TEXT
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()


@each_signal
def test_a_signal_during_a_write_that_fails_ends_the_run_with_nothing_written(
    config: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    def failing(descriptor: int) -> None:
        signal.raise_signal(number)
        raise OSError(errno.EIO, "injected")

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(signals.Interrupted) as caught, signals.handled():
        with FileStore(config).transaction() as transaction:
            transaction.commit(one_more())

    assert (caught.value.exit_code, config.read_text()) == (code, TEXT)
    assert sorted(listing(config.parent)) == ["config.json", "config.json.lock"]


def test_a_signal_just_before_the_write_leaves_the_signals_as_they_were(config: Path) -> None:
    with pytest.raises(signals.Interrupted), signals.handled():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        signal.raise_signal(signal.SIGTERM)
        try:
            with signals.held_back():
                signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        finally:
            left = signal.pthread_sigmask(signal.SIG_SETMASK, ())

    assert left == {signal.SIGTERM}


def test_a_second_signal_after_the_write_names_the_file_that_was_written(config: Path) -> None:
    with pytest.raises(IOFailureError) as caught, signals.handled():
        signals.written(str(config))
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGTERM)

    ended = "but the run was ended before it could print its result"
    assert caught.value.message == f"written: {config}, {ended}"


def test_a_signal_does_not_hide_that_the_file_was_written(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the directory cannot be flushed, the run must report that, not "nothing was written"."""
    monkeypatch.setattr(os, "fsync", failing_for_directories(os.fsync))
    with pytest.raises(IOFailureError, match="written:"), signals.handled():
        with FileStore(config).transaction() as transaction:
            transaction.commit(one_more())

    assert config.read_text() != TEXT


def failing_for_directories(fsync: Callable[[int], None]) -> Callable[[int], None]:
    def failing(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            signal.raise_signal(signal.SIGTERM)
            raise OSError(errno.EIO, "injected")
        fsync(descriptor)

    return failing


SIGNALLED = """
import os, signal, sys, atexit
from bifrost_keys.stores.files import signals
atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))
with signals.handled(final=True):
    if sys.argv[1] == "written":
        signals.written("config.json")
"""


@pytest.mark.parametrize(("case", "code"), [("written", 0), ("not written", -signal.SIGTERM)])
def test_a_process_that_wrote_ends_well_even_if_signalled_last_of_all(
    run: Program, case: str, code: int
) -> None:
    done = subprocess.run([sys.executable, "-c", SIGNALLED, case], env=run.environ, check=False)

    assert done.returncode == code


def test_a_signal_that_a_library_loses_stops_the_write_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with pytest.raises(signals.Interrupted), signals.handled():
        with suppress(signals.Interrupted):  # as compiled code does that cannot pass it on
            signal.raise_signal(signal.SIGHUP)
        write_atomically(str(path), "new", source=None, read=None)
    assert list(tmp_path.iterdir()) == []
