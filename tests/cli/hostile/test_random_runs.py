"""Any file and command line: no bug, no leak, no leftovers, no partial edit."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bifrost_keys.operations.check import check_document
from bifrost_keys.stores.config_file.document import Document
from tests.cli.hostile import random_inputs
from tests.figures import Tell
from tests.gateway_database import make_database, rows
from tests.program import Ran

CAMPAIGN = os.environ.get("BIFROST_KEYS_CAMPAIGN") == "1"
RUNS = 250
INPUTS = {"body.json", "desired.json", "x.env", "config.db", "home"}
OURS = {"config.json", "config.json.lock", "moved.env", "moved.env.lock"}
READING = {"list", "get", "hash", "status", "explain", "export"}


def attempt(call: Any, root: Path, seed: int) -> int:
    """Run one random command in an empty directory; return its exit code."""
    chance = Random(seed)
    text = random_inputs.some_text(chance, random_inputs.some_config(chance))
    config = root / "config.json"
    config.write_text(text)
    config.chmod(0o600)
    (root / "body.json").write_text(random_inputs.some_body(chance))
    (root / "desired.json").write_text(random_inputs.some_text(chance, random_inputs.some_config(chance)))
    (root / "x.env").write_text(random_inputs.some_env_file(chance))
    if chance.random() < 0.3:
        web = {**random_inputs.some_key(chance, 2), "name": "web"}
        make_database(
            root / "config.db", *rows({"openai": [random_inputs.some_key(chance, 0)], "groq": [web]})
        )
    command = random_inputs.some_command(chance)

    done = call(*command, stdin=chance.choice(("", "sk-SENTINEL", "x\n")))

    try:
        judge(done, command, text, config)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: keys {' '.join(command)}: {error}") from None
    for place in root.iterdir():
        if place.name != "home":
            place.unlink()
    return done.code


def judge(done: Ran, command: list[str], text: str, config: Path) -> None:
    """Assert the invariants of every run."""
    after = config.read_text()
    words = set(command)
    assert done.code in (0, 1, 2, 4, 5, 10, 65, 78), done.err
    assert {place.name for place in config.parent.iterdir()} <= INPUTS | OURS
    if after != text:
        assert done.code in (0, 1, 10)
        assert not words & READING
        assert "--dry-run" not in words
        assert_no_worse(text, after)
    if done.code not in (0, 1, 10) and command[:2] == ["-o", "json"] and "status" not in words:
        assert done.error["exit_code"] == done.code
    if done.code == 0 and command[:2] == ["-o", "json"] and "--field" not in words:
        json.loads(done.out)


def assert_no_worse(before: str, after: str) -> None:
    """Assert that no edit adds an error; only the last delete may leave an empty list of keys."""
    errors = [Counter(found_errors(text)) for text in (before, after)]
    assert set(errors[1] - errors[0]) <= {"keys-missing"}


def found_errors(text: str) -> list[str]:
    document = Document.parse(text.encode(), lenient=True)
    return [finding.code for finding in check_document(document, None) if finding.severity == "error"]


def test_random_files_and_commands_end_well(call: Any, tmp_path: Path) -> None:
    codes = Counter(attempt(call, tmp_path, seed) for seed in range(RUNS))

    assert codes[0] > RUNS / 8
    assert codes.keys() >= {0, 4, 65, 78}


@pytest.mark.campaign
def test_random_runs_for_ten_minutes(call: Any, tmp_path: Path, tell: Tell, sentinel: Any) -> None:
    if not CAMPAIGN:
        pytest.skip("a long campaign: set BIFROST_KEYS_CAMPAIGN=1")
    end, seed, codes = time.monotonic() + 600, 1_000_000, Counter[int]()
    while time.monotonic() < end:
        codes[attempt(call, tmp_path, seed)] += 1
        seed += 1
        assert sentinel.search() == [], f"seed {seed - 1}"
        sentinel.outputs.clear()
    tell(f"{codes.total()} random runs, by exit code: {dict(codes)}")
