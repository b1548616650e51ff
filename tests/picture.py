"""Draws the terminal picture in the README from a real run: ``python tests/picture.py``."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURE = Path(__file__).parent.parent / "examples" / "terminal.svg"
KEY_ID = "7b0f2c1e-5d0c-4c5e-9a53-3f0c6a1d2e4f"
COMMANDS = (
    ["create", "openai", "--name", "prod", "--value-env", "OPENAI_API_KEY", "--id", KEY_ID],
    ["disable", "prod", "--dry-run", "--diff"],
    ["check"],
)
WIDTH = 100


def session() -> str:
    """What a terminal shows: each command line, and what it printed."""
    with tempfile.TemporaryDirectory() as home:
        environment = {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": str(PICTURE.parent.parent)}
        run = [sys.executable, "-m", "bifrost_keys"]
        subprocess.run([*run, "init", "--app-dir", home, "-q"], env=environment, cwd=home, check=True)
        shown = ""
        for command in COMMANDS:
            done = subprocess.run(
                [*run, *command], env=environment, cwd=home, stdout=-1, stderr=-2, text=True, check=True
            )
            typed = [part for part in command if part not in ("--id", KEY_ID)]
            shown += f"$ keys {' '.join(typed)}\n{done.stdout}\n"
        return shown.replace(os.path.realpath(home), "/app/data")


def main() -> None:
    """Write the picture."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor")
    for line in session().rstrip().splitlines():
        console.print(Text(line, style="bold" if line.startswith("$") else ""))
    PICTURE.write_text(console.export_svg(title="bifrost-keys", unique_id="terminal"), encoding="utf-8")


if __name__ == "__main__":
    main()
