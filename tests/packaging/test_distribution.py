"""The built package works in a fresh environment, with the lowest and the newest dependencies.

It needs the package index and about a minute, so it runs with BIFROST_KEYS_PACKAGING=1, as in the project's
own check.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOWEST = [requirement.replace(">=", "==") for requirement in PROJECT["dependencies"]]

needs_index = pytest.mark.skipif(
    os.environ.get("BIFROST_KEYS_PACKAGING") != "1",
    reason="builds and installs: set BIFROST_KEYS_PACKAGING=1",
)


def run(*command: str | Path, cwd: Path) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "BIFROST"))
    }
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("build")
    run(sys.executable, "-m", "venv", place / "venv", cwd=place)
    run(place / "venv/bin/pip", "install", "-q", "build", cwd=place)
    run(place / "venv/bin/python", "-m", "build", "-o", place / "dist", ROOT, cwd=place)
    return place / "dist"


def interpreters() -> list[str]:
    """Return every Python from 3.11 on that is installed here, by its own name."""
    names = (f"python3.{minor}" for minor in range(11, 20))
    return [name for name in names if shutil.which(name)] or [sys.executable]


@needs_index
def test_wheel_contains_the_package_its_pages_and_its_types(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
    assert {"bifrost_keys/py.typed", "bifrost_keys/help/restarts.md"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not any(name.startswith(("tests/", "examples/")) for name in names)


@needs_index
def test_source_distribution_contains_tests_and_documents(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "tests/picture.py"} <= names


@needs_index
@pytest.mark.parametrize(
    ("kind", "lowest"),
    [("*.whl", False), ("*.whl", True), ("*.tar.gz", False)],
    ids=["wheel-newest", "wheel-lowest", "source-newest"],
)
@pytest.mark.parametrize("python", interpreters())
def test_fresh_install_does_the_main_job(
    built: Path, tmp_path_factory: pytest.TempPathFactory, python: str, kind: str, lowest: bool
) -> None:
    (distribution,) = built.glob(kind)
    place = tmp_path_factory.mktemp("install")
    probe = subprocess.run(
        [python, "-c", "import sys; print(sys.version_info >= (3, 11))"], text=True, stdout=-1, check=False
    )
    if probe.stdout.strip() != "True":
        pytest.skip(f"{python} does not start here")
    run(python, "-m", "venv", place / "venv", cwd=place)
    pip = place / "venv/bin/pip"
    run(pip, "install", "-q", distribution, *(LOWEST if lowest else ()), cwd=place)
    for program in ("keys", "bifrost-keys"):
        assert re.fullmatch(
            r"bifrost-keys [\d.]+\n", run(place / "venv/bin" / program, "--version", cwd=place)
        )
    keys = place / "venv/bin/keys"
    command = ["create", "openai", "--value-env", "OPENAI_API_KEY", "--init", "--config", "config.json"]
    assert "env.OPENAI_API_KEY" in run(keys, *command, cwd=place)
    assert "ok" in run(keys, "check", "config.json", cwd=place)
