"""Command lines that change a file or only read it, and the file for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.keys import ONE, TWO
from tests.program import Ran, listing

# A stale recorded hash gives check --fix something to correct.
STALE = "0" * 64
PROVIDERS: dict[str, Any] = {"openai": {"keys": [{**ONE, "config_hash": STALE}, TWO]}}
CONFIG: dict[str, Any] = {"config_store": {"enabled": False}, "providers": PROVIDERS}
CONFIG_TEXT = json.dumps(CONFIG, indent=2) + "\n"

CHANGING: dict[str, tuple[str, ...]] = {
    "create": ("create", "openai", "--value-env", "A"),
    "update": ("update", "openai/one", "--weight", "2"),
    "set": ("set", "openai/one", "--weight", "2"),
    "rotate": ("rotate", "openai/one", "--value-env", "B"),
    "rename": ("rename", "openai/one", "other"),
    "disable": ("disable", "openai/one"),
    "enable": ("enable", "openai/two"),
    "delete": ("delete", "openai/one", "--yes"),
    "apply": ("apply", "home/desired.json"),
    "import": ("import", "home/keys.env"),
    "externalize": ("externalize", "openai/one", "--env-file", "moved.env"),
    "check --fix": ("check", "--fix"),
}
READING: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "get": ("get", "openai/one"),
    "hash": ("hash",),
    "status": ("status",),
    "explain": ("explain", "openai", "gpt-4o"),
    "export": ("export",),
}
EVERY = {**CHANGING, **READING}
# The commands that may make the file.
NEW: dict[str, tuple[str, ...]] = {"init": ("init",), "create": (*CHANGING["create"], "--init")}
changing = pytest.mark.parametrize("command", CHANGING.values(), ids=CHANGING)
every = pytest.mark.parametrize("command", EVERY.values(), ids=EVERY)
NOBODY = 65534  # the user and group without rights of their own
SECONDS = 15.0  # a run that waits never ends, while a slow machine is not a failure


def write_config(root: Path, text: str | bytes = CONFIG_TEXT) -> Path:
    """Write a config.json readable only by its owner."""
    config = root / "config.json"
    config.write_bytes(text if isinstance(text, bytes) else text.encode())
    config.chmod(0o600)
    return config


def write_inputs(root: Path) -> None:
    """Write the inputs of the bulk commands to the home directory of the runs in ``root``."""
    home = root / "home"
    home.mkdir(exist_ok=True)
    desired = {"providers": {"openai": {"keys": [{"name": "one", "weight": 2}]}}}
    (home / "desired.json").write_text(json.dumps(desired))
    (home / "keys.env").write_text("GROQ_API_KEY=x\n")


def remains(root: Path, *, lock: bool = True) -> dict[str, bytes | None]:
    """Return what is in the directory except its home; ``lock`` False includes lock files."""
    return {
        name: content
        for name, content in listing(root).items()
        if name.partition("/")[0] != "home" and not (lock and name.endswith(".lock"))
    }


def assert_refused(done: Ran, code: int, *parts: str) -> None:
    """Assert a refusal with this code, in one line with these parts, and no other output."""
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert [part for part in parts if part not in done.err] == []
    assert done.seconds < SECONDS
