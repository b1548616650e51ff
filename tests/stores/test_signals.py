"""INT, TERM and HUP: their exit codes promise that nothing was written, whenever they come."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bifrost_keys.errors import IOFailureError
from bifrost_keys.stores.config_file.store import FileStore
from bifrost_keys.stores.files import signals
from tests.program import Program
from tests.stores.conftest import TEXT, edited

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
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
def test_a_signal_during_a_transaction_that_writes_nothing_ends_it(
    config: Path, number: signal.Signals, code: int
) -> None:
    reached = []
    with pytest.raises(signals.Interrupted) as caught, signals.handled():
        with FileStore(config).transaction() as transaction:
            signal.raise_signal(number)
            reached.append(transaction.commit(transaction.document).changed)

    assert (caught.value.exit_code, reached, config.read_text()) == (code, [False], TEXT)


@each_signal
def test_a_signal_during_the_write_is_swallowed(config: Path, number: signal.Signals, code: int) -> None:
    with signals.handled():
        with FileStore(config).transaction() as transaction:
            signal.raise_signal(number)
            written = transaction.commit(edited(transaction.document))

    assert written.changed
    assert config.read_text() != TEXT


def test_a_signal_does_not_hide_that_the_file_was_written(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory cannot be flushed: that is what the run must end with, not "nothing was written"."""
    monkeypatch.setattr(os, "fsync", failing_for_directories(os.fsync))
    with pytest.raises(IOFailureError, match="written:"), signals.handled():
        with FileStore(config).transaction() as transaction:
            signal.raise_signal(signal.SIGTERM)
            transaction.commit(edited(transaction.document))

    assert config.read_text() != TEXT


def failing_for_directories(fsync: Callable[[int], None]) -> Callable[[int], None]:
    def failing(descriptor: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{descriptor}"):
            raise OSError(errno.EIO, "injected")
        fsync(descriptor)

    return failing


SIGNALLED = """
import os, signal, sys, atexit
from bifrost_keys.stores.files import signals
atexit.register(lambda: os.kill(os.getpid(), signal.SIGTERM))
with signals.handled(final=True):
    if sys.argv[1] == "written":
        signals.written()
"""


@pytest.mark.parametrize(("case", "code"), [("written", 0), ("not written", -signal.SIGTERM)])
def test_a_process_that_wrote_ends_well_even_if_signalled_last_of_all(
    run: Program, case: str, code: int
) -> None:
    done = subprocess.run([sys.executable, "-c", SIGNALLED, case], env=run.environ, check=False)

    assert done.returncode == code
