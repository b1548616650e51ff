"""The program as its users run it, and the search for secrets after every test."""

from __future__ import annotations

import compileall
import os
import signal
import subprocess
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

import bifrost_keys
from tests.cli.commands import write_inputs
from tests.contract import assert_contract
from tests.figures import pytest_terminal_summary, tell
from tests.program import Program, Ran
from tests.sentinel import Sentinel

__all__ = ["pytest_terminal_summary", "tell"]


@pytest.fixture(scope="session", autouse=True)
def signals_are_heard() -> None:
    """Restore signals that nohup or a background shell ignores, which the program would respect."""
    heard = ((signal.SIGINT, signal.default_int_handler), (signal.SIGTERM, signal.SIG_DFL))
    for number, action in (*heard, (signal.SIGHUP, signal.SIG_DFL), (signal.SIGQUIT, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, action)


@pytest.fixture(scope="session", autouse=True)
def the_package_is_compiled() -> None:
    """Compile the package, as an installation does, so that runs start faster."""
    compileall.compile_dir(os.path.dirname(bifrost_keys.__file__), quiet=2)


@pytest.fixture
def sentinel(request: pytest.FixtureRequest) -> Sentinel:
    """Yield the outputs and files to search for secrets; a test declares its own sources with ``allow``."""
    root = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    return Sentinel(root)


@pytest.fixture(autouse=True)
def no_secret_is_shown(sentinel: Sentinel, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail the test if a secret is in an output, or in a file that must not contain one.

    The outputs of all processes that the test waits for are searched, whatever started them.
    """
    communicate = subprocess.Popen.communicate

    def overheard(process: subprocess.Popen[Any], *arguments: Any, **more: Any) -> Any:
        told = communicate(process, *arguments, **more)
        for output in told:
            sentinel.saw(output or b"")
        return told

    monkeypatch.setattr(subprocess.Popen, "communicate", overheard)
    yield
    found = sentinel.search()
    assert not found, f"a secret got out: {found}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a passed test if its own output contains a secret."""
    report = yield
    if call.when == "call" and report.passed and any("SENTINEL" in text for _, text in report.sections):
        report.outcome = "failed"
        report.longrepr = "a secret got out: in what the test captured"
    return report


@pytest.fixture
def run(tmp_path: Path, sentinel: Sentinel) -> Program:
    """Return the program as a real process in ``tmp_path``, without the real home and environment."""
    return Program(tmp_path, sentinel)


@pytest.fixture
def bulk_inputs(tmp_path: Path) -> None:
    """Write the inputs of the bulk commands in the tables."""
    write_inputs(tmp_path)


@pytest.fixture
def call(run: Program, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the program in this process, with the same arguments as ``run``.

    Nothing waits for the disk, because no power is cut. JSON output is checked against the contract.
    """
    monkeypatch.chdir(run.root)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    for name in os.environ:
        if name.startswith(("BIFROST", "XDG_")) or name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            monkeypatch.delenv(name)
    for name, value in run.environ.items():
        monkeypatch.setenv(name, value)

    def called(*arguments: str, stdin: str | bytes = b"", env: dict[str, str] | None = None) -> Ran:
        for name, value in (env or {}).items():
            monkeypatch.setenv(name, value)
        ran = run.inside(*arguments, stdin=stdin)
        assert_contract(arguments, ran)
        return ran

    return called
