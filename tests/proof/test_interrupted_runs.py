"""Signals at random moments of long runs: exit code, message and files always agree."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.figures import Tell
from tests.program import Program, listing

CODES = {signal.SIGINT: 130, signal.SIGQUIT: 131, signal.SIGTERM: 143, signal.SIGHUP: 129}
MOMENTS = 200 if os.environ.get("BIFROST_KEYS_CAMPAIGN") == "1" else 12
OLD = '{"config_store": {"enabled": false}, "providers": {"openai": {"keys": []}}}\n'
# So many that planning takes most of the run.
KEYS = 1500


@pytest.fixture
def command(run: Program, tmp_path: Path) -> list[str | bytes]:
    """Return a run of apply that adds many keys to ``app/config.json``."""
    keys = [{"name": f"k{number}", "value": f"env.K{number}", "models": ["*"]} for number in range(KEYS)]
    (tmp_path / "desired.json").write_text(json.dumps({"providers": {"openai": {"keys": keys}}}))
    (tmp_path / "app").mkdir()
    return run.command("apply", "desired.json", "-q", "--config", "app/config.json")


def test_a_signal_at_any_moment_of_a_long_plan_leaves_what_the_exit_code_says(
    run: Program, tmp_path: Path, command: list[str | bytes], tell: Tell
) -> None:
    config = tmp_path / "app" / "config.json"
    moments = random.Random(26)
    config.write_text(OLD)
    began = time.monotonic()
    subprocess.run(command, cwd=tmp_path, env=run.environ, check=True)
    longest, new = time.monotonic() - began, config.read_text()

    ends: list[int] = []
    for number in range(MOMENTS):
        config.write_text(OLD)
        sent, code = list(CODES.items())[number % len(CODES)]
        process = subprocess.Popen(command, cwd=tmp_path, env=run.environ, stderr=subprocess.PIPE, text=True)
        time.sleep(longest * (0.15 + 0.9 * moments.random()))
        process.send_signal(sent)
        said = process.communicate()[1]
        ends.append(process.returncode)
        case = f"{sent.name}: exit {process.returncode}, {said!r}"
        # Before the program has its handlers the signal itself ends it, INT with a traceback.
        started = process.returncode in (0, code)
        assert started or process.returncode == -sent or "KeyboardInterrupt" in said, case
        assert config.read_text() == (new if process.returncode == 0 else OLD), case
        assert not started or said == "", case
        assert set(listing(config.parent)) <= {"config.json", "config.json.lock"}, case
        after = run.inside("list", "-o", "name", "--config", str(config))
        assert len(after.out.split()) == (KEYS if process.returncode == 0 else 0), case

    tell(f"signals during apply of {KEYS} keys: {ends.count(0)} done, {MOMENTS - ends.count(0)} ended before")
    assert any(end > 128 for end in ends)
