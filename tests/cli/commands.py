"""Command lines that change a file and that only read it, and the file that they are about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.program import Ran, listing
from tests.sentinel import SECRET

KEY: dict[str, Any] = {
    "id": "id-one",
    "name": "one",
    "value": SECRET,
    "models": ["*"],
    "weight": 1,
    "enabled": True,
}
PROVIDERS: dict[str, Any] = {
    "openai": {"keys": [KEY, {**KEY, "id": "id-two", "name": "two", "enabled": False}]}
}
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
}
READING: dict[str, tuple[str, ...]] = {"list": ("list",), "get": ("get", "openai/one")}
SECONDS = 15.0  # a run that waits for something never ends; a slow machine is no fault


def write_config(root: Path, text: str | bytes = CONFIG_TEXT) -> Path:
    """A config.json for its owner alone."""
    config = root / "config.json"
    config.write_bytes(text if isinstance(text, bytes) else text.encode())
    config.chmod(0o600)
    return config


def remains(root: Path, *, lock: bool = True) -> dict[str, bytes | None]:
    """What is in the directory; without the lock files, which may stay, unless ``lock`` is False."""
    return {
        name: content
        for name, content in listing(root).items()
        if name != "home" and not (lock and name.endswith("config.json.lock"))
    }


def assert_refused(done: Ran, code: int, *parts: str) -> None:
    """It was refused with this code, at once, in one line that holds these parts, and said nothing else."""
    assert done.code == code, done.err
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert done.err.count("\n") == 1
    assert [part for part in parts if part not in done.err] == []
    assert done.seconds < SECONDS
