"""Figures counted by the tests, printed at the end of a run with any number of processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

Tell = Callable[[str], None]
_PROPERTY = "figures"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Keep a line of figures for the summary."""

    def kept(line: str) -> None:
        record_property(_PROPERTY, line)

    return kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures, each below the name of its test."""
    lines = list(_told(terminalreporter))
    if lines:
        terminalreporter.section("figures")
        terminalreporter.write("".join(f"{line}\n" for line in lines))


def _told(terminalreporter: pytest.TerminalReporter) -> Iterator[str]:
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            told = [line for name, line in report.user_properties if name == _PROPERTY]
            if report.when == "call" and told:
                yield report.nodeid
                yield from (f"  {line}" for line in told)
