"""Which file a run is about: the first rule that applies, and another project's file never."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.stores.config_file.locate import Location, locate

OURS = '{"providers": {}}'


def place(tmp_path: Path, **given: Any) -> Location:
    settings: dict[str, Any] = {"config": None, "app_dir": None, "environ": {}, "home": "/home/me"}
    return locate(cwd=str(tmp_path), **{**settings, **given})


def test_the_rules_apply_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(OURS)
    environ = {"BIFROST_CONFIG": "/e/c.json", "BIFROST_APP_DIR": "/e/dir"}
    found = [
        place(tmp_path, config="/o/c.json", app_dir="/o/dir", environ=environ),
        place(tmp_path, app_dir="/o/dir", environ=environ),
        place(tmp_path, environ=environ),
        place(tmp_path, environ={"BIFROST_APP_DIR": "/e/dir"}),
        place(tmp_path),
    ]
    (tmp_path / "config.json").unlink()
    found.append(place(tmp_path))

    assert [(location.rule, location.path) for location in found] == [
        ("--config", "/o/c.json"),
        ("--app-dir", "/o/dir/config.json"),
        ("BIFROST_CONFIG", "/e/c.json"),
        ("BIFROST_APP_DIR", "/e/dir/config.json"),
        ("./config.json", f"{tmp_path}/config.json"),
        ("default", "/home/me/.config/bifrost/config.json"),
    ]


def test_an_empty_variable_counts_as_unset_but_an_empty_option_is_refused(tmp_path: Path) -> None:
    empty = {"BIFROST_CONFIG": "", "BIFROST_APP_DIR": ""}

    assert place(tmp_path, environ=empty).rule == "default"
    for option in ("config", "app_dir"):
        with pytest.raises(InvalidInputError, match="is empty"):
            place(tmp_path, **{option: ""})


def test_what_was_tried_is_told_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"name": "another project"}')
    tried = place(tmp_path).tried

    assert [(each.rule, each.why) for each in tried] == [
        ("--config", "not given"),
        ("--app-dir", "not given"),
        ("BIFROST_CONFIG", "not set"),
        ("BIFROST_APP_DIR", "not set"),
        ("./config.json", "has no providers object and not Bifrost's $schema"),
        ("default", "used"),
    ]


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        (OURS, True),
        ('{"a": [{"x": "}"}], "providers" : {"openai": {}}}', True),
        ('{"$schema": "https://www.getbifrost.ai/schema"}', True),
        ('{"$schema": "https:\\/\\/www.getbifrost.ai\\/schema"}', True),
        ('{"$schema": "https://www.getbifrost.ai/schema", "providers": {,}', True),
        ('{"$schema": "https://www.getbifrost.ai/schema",' + " " * 100_000, True),
        ('{"providers": {"openai": {"keys": [}}', True),
        ('{"providers": []}', False),
        ('{"inner": {"providers": {}}}', False),
        ('{"about": "see https://www.getbifrost.ai/schema"}', False),
        ('["providers"]', False),
        ("not JSON", False),
        ("", False),
    ],
)
def test_the_file_here_is_taken_only_if_it_is_bifrosts(tmp_path: Path, text: str, ours: bool) -> None:
    (tmp_path / "config.json").write_text(text)

    assert (place(tmp_path).rule == "./config.json") is ours


def test_what_is_no_file_here_is_passed_over_at_once(tmp_path: Path) -> None:
    here = tmp_path / "config.json"
    os.mkfifo(here)
    why = [place(tmp_path).tried[4].why]
    here.unlink()
    here.mkdir()
    why.append(place(tmp_path).tried[4].why)
    here.rmdir()
    here.symlink_to("config.json")
    why.append(place(tmp_path).tried[4].why)
    here.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(here))
        why.append(place(tmp_path).tried[4].why)

    assert why == [
        "is no regular file",
        "is no regular file",
        "cannot be read: Too many levels of symbolic links",
        "cannot be read: No such device or address",
    ]
