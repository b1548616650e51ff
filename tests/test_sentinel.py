"""The search for secrets finds them in outputs, in files, and in names of files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.sentinel import SECRET, Sentinel


def test_search_finds_a_secret_in_outputs_files_and_names(tmp_path: Path) -> None:
    looked_at = tmp_path / "looked-at"
    looked_at.mkdir()
    place = looked_at / "left-behind"
    place.write_text(SECRET)
    (looked_at / "config.json").write_text(SECRET)
    named = looked_at / "SENTINEL-name"
    named.touch()
    folder = looked_at / "SENTINEL-folder"
    folder.mkdir()
    link = looked_at / "link"
    link.symlink_to("SENTINEL-target")
    search = Sentinel(looked_at)
    search.saw(f"error: {SECRET}")

    found = search.search()
    place.unlink()
    named.unlink()
    folder.rmdir()
    link.unlink()

    kinds = [what.partition(" ")[0] for what in sorted(found)]
    assert kinds == ["file", "link", "name", "name", "output"]
    assert Sentinel(looked_at).search() == []


def test_declared_sources_may_hold_secrets(tmp_path: Path) -> None:
    search = Sentinel(tmp_path)
    for name in ("secret.txt", "deploy.env"):
        (tmp_path / name).write_text(SECRET)

    search.allow(tmp_path / "secret.txt", "deploy.env")

    assert search.search() == []
    for name in ("secret.txt", "deploy.env"):
        (tmp_path / name).unlink()


def test_the_output_of_every_process_is_searched(sentinel: Sentinel) -> None:
    command = [sys.executable, "-c", "import sys; print('SENTI' 'NEL'); sys.exit('SENTI' 'NEL')"]

    subprocess.run(command, capture_output=True, check=False)
    found = sentinel.search()
    sentinel.outputs.clear()

    assert len(found) == 2
