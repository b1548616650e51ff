"""Install the program as the README does, to measure exactly what users run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]


class Program(NamedTuple):
    """An installation: its interpreter, and the script ``keys`` that pip wrote."""

    name: str
    python: str
    script: str


def install(name: str, folder: Path, commit: str | None = None) -> Program:
    """Install this tree, or that of a commit, into a virtual environment of its own, byte code compiled."""
    source = ROOT
    if commit is not None:
        source = folder / f"{name}-source"
        source.mkdir()
        archive = subprocess.run(
            ["git", "-C", str(ROOT), "archive", commit], check=True, stdout=subprocess.PIPE
        )
        subprocess.run(["tar", "-x", "-C", str(source)], check=True, input=archive.stdout)
    place = folder / name
    python = place / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    quiet = ("-q", "--disable-pip-version-check")
    subprocess.run([str(python), "-m", "pip", "install", *quiet, str(source)], check=True)
    subprocess.run([str(python), "-m", "compileall", "-q", str(place / "lib")], check=True)
    return Program(name, str(python), str(place / "bin" / "keys"))
