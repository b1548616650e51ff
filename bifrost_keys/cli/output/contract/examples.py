"""Runs of the program on a small file, for the examples of the page json."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, chdir, redirect_stderr, redirect_stdout
from typing import Any, Final

from bifrost_keys.cli.main import main

_SHOWN_FOLDER: Final = "/home/me/bifrost"
_PROD: Final = {"name": "prod", "value": "env.OPENAI_API_KEY", "models": ["gpt-4o"], "weight": 1}
_CONFIG: Final[dict[str, Any]] = {
    "$schema": "https://www.getbifrost.ai/schema",
    "config_store": {"enabled": False},
    "providers": {
        "openai": {
            "keys": [
                {"id": "8b6e5f5c-6f0a-4bd0-9d8e-6b7d6a1c2f30", **_PROD},
                {
                    "id": "0c7a4c1e-52a6-4d0b-8f2e-1f3f3f0d9a11",
                    "name": "backup",
                    "value": "env.OPENAI_BACKUP_KEY",
                    "models": [],
                    "weight": 1,
                    "enabled": False,
                },
            ]
        },
    },
}
_DESIRED: Final = {"providers": {"openai": {"keys": [{"name": "prod", "weight": 0.5}]}}}


class Examples:
    """A directory with a ``config.json``, in which commands run in this process."""

    def __enter__(self) -> Examples:
        with ExitStack() as stack:
            self._folder = os.path.realpath(stack.enter_context(tempfile.TemporaryDirectory()))
            stack.enter_context(chdir(self._folder))
            for name in [each for each in os.environ if each.startswith("BIFROST")]:
                stack.callback(os.environ.__setitem__, name, os.environ.pop(name))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, words: Sequence[str]) -> Any:
        """Return the JSON that a command prints on either stream, for a file without earlier changes."""
        for name, content in (("config.json", _CONFIG), ("desired.json", _DESIRED)):
            with open(name, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=2)
            os.chmod(name, 0o600)
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            main(words)
        return json.loads((out.getvalue() + err.getvalue()).replace(self._folder, _SHOWN_FOLDER))
