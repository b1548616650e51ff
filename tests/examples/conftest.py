"""Fixtures of the tests of the recipes."""

from __future__ import annotations

import pytest

from tests.examples.machine import Machine
from tests.program import Program


@pytest.fixture
def machine(run: Program) -> Machine:
    """Return a bare machine with ``keys``."""
    return Machine(run)
