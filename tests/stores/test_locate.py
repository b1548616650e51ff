"""The file that a run uses: that of the first rule that applies, and never another project's."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.errors import ConfigUnusableError, InvalidInputError, NotFoundError
from bifrost_keys.stores.config_file.default_file import home_directory
from bifrost_keys.stores.config_file.locate import Location, locate

OURS = '{"providers": {}}'
USER = pwd.getpwuid(os.getuid())


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


def test_the_paths_that_were_tried_are_listed_with_the_reason(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("null\n", "is null"),
        ("[]", "is not a JSON object"),
        ('"providers"', "is not a JSON object"),
        ("not JSON", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"providers": []}', "has a providers member that is not an object"),
        ('{"providers": null}', "has a providers member that is not an object"),
        ('{"openai": {"keys": []}}', "has its providers at the top level, an old format"),
        ('{"openai": "a name"}', "has no providers object and not Bifrost's $schema"),
        ('{"compilerOptions": {}}', "has no providers object and not Bifrost's $schema"),
    ],
)
def test_a_file_here_that_is_passed_over_is_named_with_the_reason(
    tmp_path: Path, text: str, why: str
) -> None:
    (tmp_path / "config.json").write_text(text)

    assert place(tmp_path).passed_over == f"{tmp_path}/config.json was passed over: it {why}"
    assert place(tmp_path, config="/c.json").passed_over == ""


def test_only_an_existing_file_is_passed_over(tmp_path: Path) -> None:
    assert place(tmp_path).passed_over == ""
    (tmp_path / "config.json").write_text(OURS)
    assert place(tmp_path).passed_over == ""


def test_every_rule_is_listed(tmp_path: Path) -> None:
    tried = place(tmp_path, app_dir="/app").tried

    assert [(each.rule, each.why) for each in tried] == [
        ("--config", "not given"),
        ("--app-dir", "used"),
        ("BIFROST_CONFIG", "not tried"),
        ("BIFROST_APP_DIR", "not tried"),
        ("./config.json", "not tried"),
        ("default", "not tried"),
    ]


def test_a_tilde_is_the_home_directory(tmp_path: Path) -> None:
    environ = {"BIFROST_CONFIG": "~/c.json"}
    app = {"BIFROST_APP_DIR": "~"}

    assert place(tmp_path, config="~/c.json").path == "/home/me/c.json"
    assert place(tmp_path, app_dir="~/app").path == "/home/me/app/config.json"
    assert place(tmp_path, environ=environ).path == "/home/me/c.json"
    assert place(tmp_path, environ=app).path == "/home/me/config.json"
    assert place(tmp_path, config=f"~{USER.pw_name}/c.json").path == f"{USER.pw_dir}/c.json"
    assert place(tmp_path, config="~nobody-of-this-name/c").path == f"{tmp_path}/~nobody-of-this-name/c"
    assert place(tmp_path, config="./~/c.json").path == f"{tmp_path}/./~/c.json"


@pytest.mark.parametrize(
    ("environ", "home"),
    [
        ({"HOME": "/h"}, "/h"),
        ({"HOME": ""}, USER.pw_dir),
        ({}, USER.pw_dir),
        ({"HOME": "relative"}, "relative"),
    ],
)
def test_without_home_the_password_database_is_used(environ: dict[str, str], home: str) -> None:
    assert home_directory(environ) == home


def test_a_path_that_is_meant_otherwise_gets_the_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(OURS)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    told = {}
    for rule, name in [
        *(("--config", name) for name in ("folder", "folder/", "file/", "none/", "pipe")),
        *(("BIFROST_CONFIG", name) for name in ("folder", "file/")),
        *((rule, "file") for rule in ("--app-dir", "BIFROST_APP_DIR")),
    ]:
        given = {"--config": {"config": name}, "--app-dir": {"app_dir": name}}.get(rule)
        with pytest.raises((ConfigUnusableError, NotFoundError)) as caught:
            place(tmp_path, **(given or {"environ": {rule: name}}))
        message = caught.value.message.replace(f"{tmp_path}/", "")
        told[rule, name] = (caught.value.exit_code, message, caught.value.hint)

    app, app_variable = (f"{d} uses the config.json in a directory" for d in ("--app-dir", "BIFROST_APP_DIR"))
    slash = "leave the slash out, or name a directory with {}"
    assert told == {
        ("--config", "folder"): (78, "folder is a directory, not a regular file", app),
        ("--config", "folder/"): (78, "folder/ is a directory, not a regular file", app),
        ("--config", "file/"): (
            78,
            "file/ ends with a slash, so it is not a file",
            slash.format("--app-dir"),
        ),
        ("--config", "none/"): (
            78,
            "none/ ends with a slash, so it is not a file",
            slash.format("--app-dir"),
        ),
        ("--config", "pipe"): (
            78,
            "pipe is a FIFO, not a regular file",
            "--config - reads the config from standard input",
        ),
        ("BIFROST_CONFIG", "folder"): (78, "folder is a directory, not a regular file", app_variable),
        ("BIFROST_CONFIG", "file/"): (
            78,
            "file/ ends with a slash, so it is not a file",
            slash.format("BIFROST_APP_DIR"),
        ),
        ("--app-dir", "file"): (4, "file is a file, not a directory", "--config names a file"),
        ("BIFROST_APP_DIR", "file"): (4, "file is a file, not a directory", "BIFROST_CONFIG names a file"),
    }


def test_a_path_that_is_not_a_file_is_passed_over_immediately(tmp_path: Path) -> None:
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
        "is not a regular file",
        "is not a regular file",
        "cannot be read: Too many levels of symbolic links",
        "cannot be read: No such device or address",
    ]
