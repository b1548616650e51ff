"""The index of the recipes, and rules for all of them."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.examples.machine import CHECKOUT, EXAMPLES, found

INDEX = (EXAMPLES / "README.md").read_text()
FILES = sorted(path for path in EXAMPLES.rglob("*") if path.is_file())
SCRIPTS = [path for path in FILES if path.read_bytes().startswith(b"#!/bin/sh")]


def test_every_recipe_is_in_the_index() -> None:
    linked = {target.partition("/")[0] for target in re.findall(r"\]\(([^)]+)\)", INDEX)}
    assert linked == {path.name for path in EXAMPLES.iterdir() if path.is_dir()}


def test_the_index_and_its_pages_name_files_that_are_there() -> None:
    for page in FILES:
        if page.suffix == ".md":
            for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
                assert (page.parent / target).exists(), (page, target)
    for command in re.findall(r"`(?:sudo )?sh (examples/[^\s`]+)", INDEX):
        assert CHECKOUT / command in SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_shellcheck_finds_nothing_in_a_script(script: Path) -> None:
    done = subprocess.run([found("shellcheck"), script], stdout=-1, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_documents_are_json() -> None:
    documents = [path for path in FILES if path.suffix == ".json" and path not in SCRIPTS]
    assert len(documents) >= 4
    for document in documents:
        assert list(json.loads(document.read_text())) == ["providers"]
