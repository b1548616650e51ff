"""The file that a run uses, and how the first one is created."""

from __future__ import annotations

import json
import os
import pwd
import shlex
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import CONFIG_TEXT, assert_refused, remains, write_config
from tests.program import Program
from tests.sentinel import SECRET

SCHEMA = "https://www.getbifrost.ai/schema"


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Create a file for every rule."""
    found = {}
    for name in ("option", "app", "env", "env-app", "home/.config/bifrost"):
        (tmp_path / name).mkdir(parents=True, exist_ok=True)
        found[name] = str(write_config(tmp_path / name))
    found["here"] = str(write_config(tmp_path))
    return found


def test_the_first_rule_that_applies_decides(
    call: Any, tmp_path: Path, places: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def used(*arguments: str) -> tuple[str, str]:
        done = call("path", *arguments, "-o", "json")
        return done.json["path"], done.json["rule"]

    option, app = ("--config", places["option"]), ("--app-dir", "app")
    monkeypatch.setenv("BIFROST_CONFIG", places["env"])
    monkeypatch.setenv("BIFROST_APP_DIR", str(tmp_path / "env-app"))
    assert used(*option, *app) == (places["option"], "--config")
    assert used(*app) == (places["app"], "--app-dir")
    assert used() == (places["env"], "BIFROST_CONFIG")
    monkeypatch.setenv("BIFROST_CONFIG", "")
    assert used() == (places["env-app"], "BIFROST_APP_DIR")
    monkeypatch.delenv("BIFROST_APP_DIR")
    assert used() == (places["here"], "./config.json")
    Path(places["here"]).unlink()
    assert used() == (places["home/.config/bifrost"], "default")


def test_path_explains_which_paths_were_tried(call: Any, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"compilerOptions": {}}')

    told = call("path", "--explain", "-o", "json").json

    rules = ["--config", "--app-dir", "BIFROST_CONFIG", "BIFROST_APP_DIR", "./config.json", "default"]
    assert [tried["rule"] for tried in told["tried"]] == rules
    assert told["path"] == str(tmp_path / "home/.config/bifrost/config.json")
    shown = call("path", "--explain").out
    assert [rule for rule in rules if rule not in shown] == []


@pytest.mark.parametrize(
    ("text", "ours"),
    [
        (CONFIG_TEXT, True),
        ('{"providers": {}}', True),
        (f'{{"$schema": "{SCHEMA}"}}', True),
        ('{"providers": []}', False),
        ('{"compilerOptions": {"providers": {}}}', False),
        ('{"$schema": "https://json.schemastore.org/tsconfig"}', False),
        ("[]", False),
        ("", False),
        ('"providers"', False),
    ],
)
def test_another_projects_file_is_never_touched_by_accident(
    call: Any, tmp_path: Path, text: str, ours: bool
) -> None:
    write_config(tmp_path, text)

    created = call("create", "openai", "--value-env", "A")

    assert created.code == (0 if ours else 4)
    if not ours:
        assert remains(tmp_path, lock=False) == {"config.json": text.encode()}


@pytest.mark.parametrize(
    "command",
    [("list",), ("create", "openai", "--value-env", "A"), ("get", "nine"), ("list", "nine"), ("check",)],
)
@pytest.mark.parametrize("text", ["", "null", '{"providers": []}', '{"openai": {"keys": []}}'])
def test_a_file_that_was_passed_over_is_named_if_something_is_missing(
    call: Any, tmp_path: Path, command: tuple[str, ...], text: str
) -> None:
    here = write_config(tmp_path, text)
    if command[-1] == "nine":
        (tmp_path / "home/.config/bifrost").mkdir(parents=True)
        write_config(tmp_path / "home/.config/bifrost")

    assert_refused(call(*command), 4, f"{here} was passed over: it ")
    assert "passed over" not in call(*command, "--config", "none.json").err


def test_path_shows_whether_the_file_exists(call: Any, tmp_path: Path) -> None:
    missing = call("path"), call("path", "--explain"), call("path", "-o", "json"), call("path", "-q")
    write_config(tmp_path)
    there = call("path"), call("path", "--explain"), call("path", "-o", "json"), call("path", "-q")

    note = "note: the file does not exist; keys init creates it\n"
    assert [(ran.code, ran.err) for ran in missing] == [(0, note), (0, note), (0, ""), (0, "")]
    assert [(ran.code, ran.err) for ran in there] == [(0, "")] * 4
    assert (missing[2].json["exists"], there[2].json["exists"]) == (False, True)


@pytest.mark.parametrize(
    "place", [("--config", "new/none.json"), ("--app-dir", "a dir")], ids=lambda place: place[0]
)
def test_the_command_in_the_hint_creates_the_missing_file(
    call: Any, tmp_path: Path, place: tuple[str, str]
) -> None:
    hint = call("list", *place, "-o", "json").error["hint"]
    note = call("path", *place).err
    command, found, _ = hint.partition(" creates it; or correct the path")

    assert found
    assert note == f"note: the file does not exist; {command} creates it\n"
    assert call(*shlex.split(command)[1:]).code == 0
    assert call("list", *place).code == 0


def test_path_lists_every_rule(call: Any, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    told = call("path", "--explain", "-o", "json", "--config", str(config)).json
    rules = ("--app-dir", "BIFROST_CONFIG", "BIFROST_APP_DIR", "./config.json", "default")

    assert told["tried"] == [
        {"rule": "--config", "path": str(config), "result": "used"},
        *({"rule": rule, "path": None, "result": "not tried"} for rule in rules),
    ]


def test_a_pipe_gets_the_hint_at_standard_input(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path)
    prefix = ("bash", "-c", '"$@" --config <(cat config.json)', "bash")

    assert_refused(
        run("list", prefix=prefix), 78, "is a FIFO", "--config - reads the config from standard input"
    )


def test_an_empty_home_is_ignored(run: Program) -> None:
    home = pwd.getpwuid(os.getuid()).pw_dir

    assert run("path", env={"HOME": ""}).out == f"{home}/.config/bifrost/config.json\n"
    assert run("path", "--config", "~/x.json", env={"HOME": ""}).out == f"{home}/x.json\n"


def test_init_makes_the_smallest_file_and_never_overwrites(call: Any, tmp_path: Path) -> None:
    first = call("init")
    again = call("init")

    config = tmp_path / "home/.config/bifrost/config.json"
    assert (first.code, first.out) == (0, f"created {config}\n")
    assert (again.code, again.out) == (0, f"{config} exists already: it was not changed\n")
    assert json.loads(config.read_text()) == {"$schema": SCHEMA, "providers": {}}
    assert [stat.S_IMODE(place.stat().st_mode) for place in (config, config.parent)] == [0o600, 0o700]
    assert {path.name for path in config.parent.iterdir()} <= {"config.json", "config.json.lock"}


@pytest.mark.parametrize("kind", ["empty file", "directory", "link", "dangling link"])
def test_init_leaves_whatever_has_the_name(call: Any, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "config.json"
    if kind == "empty file":
        place.touch()
    elif kind == "directory":
        place.mkdir()
    elif kind == "link":
        (tmp_path / "victim").write_text("untouched")
        place.symlink_to("victim")
    else:
        place.symlink_to("victim")
    before = remains(tmp_path, lock=False)

    done = call("init", "--config", "config.json")

    if kind == "dangling link":
        assert done.code in (0, 5)
        assert place.is_symlink()
    else:
        # For a directory the better answer is that --app-dir was meant.
        code = 78 if kind == "directory" else 5
        assert (done.code, remains(tmp_path, lock=False)) == (code, before)


def test_a_file_that_was_made_by_init_takes_keys_of_every_form(call: Any, tmp_path: Path) -> None:
    assert call("init", "--app-dir", "app", "-o", "json").json["changed"] is True
    assert call("create", "openai", "--value-env", "A", "--app-dir", "app").code == 0
    assert call("list", "--app-dir", "app", "-o", "name").out == "openai/openai-1\n"


def test_filter_mode_reads_and_writes_streams_and_touches_no_disk(call: Any, tmp_path: Path) -> None:
    stream = ("--config", "-", "--stdout")
    text = CONFIG_TEXT.replace(SECRET, "env.B")
    (tmp_path / "home").mkdir(exist_ok=True)

    changed = call("create", "openai", "--value-env", "A", *stream, stdin=text)
    same = call(
        "create", "openai", "--value-env", "A", "--name", "one", "--if-not-exists", *stream, stdin=text
    )

    assert (changed.code, same.code, same.out) == (0, 0, text)
    assert len(json.loads(changed.out)["providers"]["openai"]["keys"]) == 3
    assert remains(tmp_path, lock=False) == {}


@pytest.mark.parametrize("text", ["{", "", "[]"])
def test_a_failing_filter_prints_nothing(call: Any, text: str) -> None:
    done = call("create", "openai", "--value-env", "A", "--config", "-", "--stdout", stdin=text)

    assert (done.code, done.out) == (78, "")


def test_without_a_home_directory_tilde_is_not_a_directory_name(call: Any, tmp_path: Path) -> None:
    for home in ("relative", "~"):
        done = call("init", env={"HOME": home})

        assert (done.code, "--config" in done.err) == (4, True)
    assert remains(tmp_path, lock=False) == {}


@pytest.mark.parametrize("command", [("create", "openai", "--value-env", "A"), ("list",), ("check",)])
def test_without_a_working_directory_an_absolute_path_works_and_another_is_refused(
    run: Program, tmp_path: Path, command: tuple[str, ...]
) -> None:
    config = write_config(tmp_path)
    gone = tmp_path / "gone"
    prefix = ("sh", "-c", f'mkdir {gone}; cd {gone}; rmdir {gone}; exec "$@"', "sh")

    for option in ("--config=config.json", "--app-dir=."):
        assert_refused(run(*command, option, prefix=prefix), 4, "working directory", "absolute path")
    refused = run(*command, prefix=prefix)
    assert (refused.code, str(run.root / "home") in refused.err) == (4, True)
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}

    done = run(*command, "--config", str(config), prefix=prefix)
    assert (done.code, config.read_text() == CONFIG_TEXT) == (0, command[0] != "create"), done.err


def test_externalize_needs_an_absolute_path_without_a_working_directory(run: Program, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    gone = tmp_path / "gone"
    prefix = ("sh", "-c", f'mkdir {gone}; cd {gone}; rmdir {gone}; exec "$@"', "sh")
    command = ("externalize", "openai/one", "--config", str(config), "--env-file")

    assert_refused(run(*command, "moved.env", prefix=prefix), 4, "working directory")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    assert run(*command, str(tmp_path / "moved.env"), prefix=prefix).code == 0


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("", True),
        ("null", True),
        ("{'providers': {}}", True),
        ('{"providers": []}', True),
        ('{"openai": {"keys": []}}', True),
        ('{"name": "app", "version": "1.0"}', False),
        ("[]", False),
    ],
)
def test_another_file_is_not_used_in_silence_if_this_one_may_be_meant(
    call: Any, tmp_path: Path, text: str, warned: bool
) -> None:
    home = tmp_path / "home/.config/bifrost"
    home.mkdir(parents=True)
    write_config(home)
    here = write_config(tmp_path, text)

    for command in (["list"], ["update", "openai/one", "--weight", "3"]):
        done = call(*command, "-o", "json")
        assert done.code == 0, done.err
        codes = [each["code"] for each in done.json.get("warnings", [])]
        assert ("config-passed-over" in codes) is warned
        assert not call(*command, "--config", str(home / "config.json"), "-o", "json").json.get("warnings")
    assert here.read_text() == text


@pytest.mark.parametrize(
    "command",
    [("check",), ("get", "one"), ("hash",), ("status",), ("export",), ("explain", "openai", "gpt-4o")],
)
@pytest.mark.parametrize("form", ["table", "json"])
def test_a_damaged_file_that_was_passed_over_is_warned_of_once_by_every_command(
    call: Any, tmp_path: Path, command: tuple[str, ...], form: str
) -> None:
    folder = tmp_path / "home/.config/bifrost"
    folder.mkdir(parents=True)
    entry = {"name": "one", "value": "env.A", "models": ["*"], "weight": 1}
    write_config(folder, json.dumps({"$schema": SCHEMA, "providers": {"openai": {"keys": [entry]}}}))
    assert "passed over" not in call(*command, "-o", form).err
    here = write_config(tmp_path, "{bad")

    done = call(*command, "-o", form)

    assert (done.code, done.err.count(f"{here} was passed over: it is not JSON")) == (0, 1), done.err
    assert form == "table" or "config-passed-over" in {
        each["code"] for each in json.loads(done.err)["warnings"]
    }
    assert "passed over" not in call(*command, "-q").err
    assert call(*command, "--config", str(folder / "config.json")).err.count("passed over") == 0
