"""Closed, full and broken streams, signals, locales and terminals: the outcome is still reported truly."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.gateway.hashing.key_hash import key_hash
from tests.cli.commands import CHANGING, CONFIG_TEXT, READING, remains, write_config
from tests.program import Program
from tests.sentinel import SECRET

pytestmark = pytest.mark.usefixtures("bulk_inputs")
CREATE = CHANGING["create"]
FORMS = ("table", "json", "name")


def close(descriptor: int) -> Callable[[], None]:
    return lambda: os.close(descriptor)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("form", FORMS)
def test_a_full_output_does_not_undo_the_edit_and_is_reported(
    run: Program, tmp_path: Path, form: str
) -> None:
    config = write_config(tmp_path)
    with open("/dev/full", "w") as full:
        edited = run(*CREATE, "-o", form, stdout=full)
        again = run("create", "openai", "--value-env", "A", "--name", "one", "--if-not-exists", stdout=full)
        listed = run("list", "-o", form, stdout=full)

    assert (edited.code, again.code, listed.code) == (74, 74, 74)
    assert "written" in edited.err
    assert "written" not in again.err + listed.err
    assert len(json.loads(config.read_text())["providers"]["openai"]["keys"]) == 3


@pytest.mark.parametrize("arguments", [*CHANGING.values(), ("init", "--config", "new.json")])
def test_a_closed_output_does_not_undo_the_edit_and_is_reported(
    run: Program, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write_config(tmp_path)

    done = run(*arguments, before=close(1))

    assert (done.code, "written: " in done.err) == (74, True)
    left = remains(tmp_path)
    assert left.pop("new.json" if arguments[0] == "init" else "config.json") != CONFIG_TEXT.encode()
    assert left.keys() <= {"config.json", "moved.env"}


PRINTING: list[tuple[str, ...]] = [
    *READING.values(),
    ("status",),
    ("hash",),
    ("explain", "openai", "gpt-4o"),
    ("check",),
    ("export",),
    ("path",),
    ("providers",),
    ("completion", "bash"),
    ("help", "files"),
]


@pytest.mark.parametrize("arguments", PRINTING, ids=" ".join)
def test_a_closed_output_of_a_command_that_only_prints_is_a_failure_of_output(
    run: Program, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write_config(tmp_path)

    done = run(*arguments, before=close(1))

    assert (done.code, done.err.count("\n")) == (74, 1 + done.err.count("warning: ") * 2), done.err
    assert "could not be printed" in done.err
    assert remains(tmp_path, lock=False) == {"config.json": CONFIG_TEXT.encode()}


@pytest.mark.parametrize(
    "line",
    ["list", "get one", "check -o json", "create openai --value-env A --dry-run", "--version", "list -h"],
)
def test_a_reader_who_leaves_early_gets_no_message(run: Program, tmp_path: Path, line: str) -> None:
    """Other programs end by SIGPIPE; only a change that was made must be reported."""
    write_config(tmp_path)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = run(*line.split(), stdout=pipe)

    assert (done.code, done.err) == (141, "")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


def test_a_broken_pipe_does_not_undo_the_edit(run: Program, tmp_path: Path) -> None:
    config = write_config(tmp_path)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        done = run(*CREATE, stdout=pipe)

    assert (done.code, "written" in done.err) == (74, True)
    assert config.read_text() != CONFIG_TEXT


def test_a_closed_standard_error_changes_nothing(run: Program, tmp_path: Path) -> None:
    config = write_config(tmp_path)

    edited = run(*CREATE, "-o", "name", before=close(2))
    refused = run("create", "nosuch", "--value-env", "A", before=close(2))

    assert (edited.code, edited.out, edited.err) == (0, "openai/openai-1\n", "")
    assert (refused.code, refused.out, refused.err) == (4, "", "")
    assert config.read_text() != CONFIG_TEXT


def test_all_streams_closed_still_edits_and_touches_no_other_file(run: Program, tmp_path: Path) -> None:
    config = write_config(tmp_path)

    done = run(*CREATE, before=lambda: os.closerange(0, 3))

    assert done.code == 74
    keys = json.loads(config.read_text())["providers"]["openai"]["keys"]
    assert [key["name"] for key in keys] == ["one", "two", "openai-1"]
    assert sorted(remains(tmp_path)) == ["config.json"]


@pytest.mark.parametrize("option", ["--value-stdin", "--value=-", "--from-file=-"])
def test_a_closed_or_empty_input_is_refused_without_asking(run: Program, tmp_path: Path, option: str) -> None:
    write_config(tmp_path)

    closed = run("create", "openai", option, before=close(0))
    empty = run("create", "openai", option, stdin=b"")

    assert (closed.code, empty.code) == (2, 65)
    assert "standard input is closed" in closed.err
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


@pytest.mark.parametrize("arguments", [("create", "openai"), ("rotate", "openai/one"), ("set", "openai/new")])
def test_no_value_and_no_terminal_is_refused_and_reads_nothing(
    run: Program, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    write_config(tmp_path)
    reader, writer = os.pipe()
    os.write(writer, b"the loop's own input\n")

    done = run(*arguments, stdin=reader)

    assert done.code == 2
    assert "--value-env" in done.err
    assert os.read(reader, 100) == b"the loop's own input\n"
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("option", ["--value-stdin", "--from-file=-"])
def test_endless_input_is_refused_at_the_cap(run: Program, tmp_path: Path, option: str) -> None:
    write_config(tmp_path)
    with open("/dev/zero", "rb") as endless:
        done = run("create", "openai", option, stdin=endless.fileno())
        file = run("create", "openai", "--value-file", "/dev/zero")

    assert (done.code, file.code) == (65, 65)
    assert "larger than" in done.err
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


each_signal = pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda n: n.name
)


@each_signal
@pytest.mark.parametrize("name", ["create", "delete", "externalize", "init"])
def test_a_signal_while_waiting_for_the_lock_ends_the_run_and_changes_nothing(
    run: Program, tmp_path: Path, number: signal.Signals, name: str
) -> None:
    import fcntl

    write_config(tmp_path)
    place = "new.json" if name == "init" else "config.json"
    with open(tmp_path / f"{place}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        process = subprocess.Popen(
            run.command(*CHANGING.get(name, (name,)), "--config", place),
            cwd=tmp_path,
            env=run.environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stderr is not None
        waiting = process.stderr.readline()
        process.send_signal(number)
        out, err = process.communicate(timeout=10)

    assert b"waiting" in waiting
    assert (process.returncode, out, err) == (128 + number, b"", b"")
    assert remains(tmp_path) == {"config.json": CONFIG_TEXT.encode()}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@each_signal
@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_commit_that_a_signal_interrupts_is_finished_first(
    run: Program, tmp_path: Path, number: signal.Signals, call: str
) -> None:
    config = write_config(tmp_path)
    injected = f"inject={call}:signal={number.name.removeprefix('SIG')}:when=1"

    done = run(*CREATE, "-o", "name", prefix=("strace", "-qq", "-o", "/dev/null", "-e", injected))

    assert (done.code, done.out, done.err) == (0, "openai/openai-1\n", "")
    assert sorted(remains(tmp_path)) == ["config.json"]
    assert len(json.loads(config.read_text())["providers"]["openai"]["keys"]) == 3


LOCALES = {
    "POSIX": {"LC_ALL": "POSIX"},
    "POSIX without coercion": {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "UTF-8 mode off": {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "0"},
    "Latin-1 streams": {"PYTHONIOENCODING": "latin-1"},
    "ASCII streams": {"PYTHONIOENCODING": "ascii"},
    "no locale at all": {"LC_ALL": "", "LANG": "", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.parametrize("locale", LOCALES.values(), ids=LOCALES)
def test_the_locale_changes_no_byte_of_the_file_and_no_exit(
    run: Program, tmp_path: Path, locale: dict[str, str]
) -> None:
    config = write_config(tmp_path)
    body = json.dumps({"name": "ключ🔑", "value": "SENTINELé🔑", "aliases": {"é": "ü"}}, ensure_ascii=False)

    made = run("create", "openai", "--from-file", "-", stdin=body, env=locale)
    shown = [run("get", "openai/ключ🔑".encode(), "-o", form, env=locale) for form in ("table", "json")]

    assert [run.code for run in (made, *shown)] == [0] * 3, made.err + shown[0].err
    text = config.read_bytes().decode("utf-8")
    assert '"name": "ключ🔑"' in text
    assert "SENTINELé🔑" in text
    entry = json.loads(text)["providers"]["openai"]["keys"][-1]
    assert entry["config_hash"] == key_hash(entry)
    assert shown[1].json["key"]["name"] == "ключ🔑"


# On a terminal.


def test_a_prompt_hides_the_input(run: Program, tmp_path: Path) -> None:
    config = write_config(tmp_path)

    done = run.on_terminal("create", "openai", typed=f"{SECRET}\n", after="not shown")

    assert done.code == 0, done.out
    assert json.loads(config.read_text())["providers"]["openai"]["keys"][-1]["value"] == SECRET


@pytest.mark.parametrize("how", [["--no-input"], [], ["-o", "json", "--no-input"]])
def test_no_prompt_if_none_is_wanted(run: Program, tmp_path: Path, how: list[str]) -> None:
    write_config(tmp_path)
    environ = {} if how else {"BIFROST_KEYS_NO_INPUT": "1"}

    done = run.on_terminal("create", "openai", *how, env=environ)

    assert (done.code, "not shown" in done.out) == (2, False)


@pytest.mark.parametrize("redirected", ["stdin", "stderr"])
def test_no_prompt_unless_input_and_error_are_terminals(
    run: Program, tmp_path: Path, redirected: str
) -> None:
    write_config(tmp_path)

    done = run.on_terminal("create", "openai", **{redirected: subprocess.DEVNULL})  # type: ignore[arg-type]

    assert (done.code, "not shown" in done.out) == (2, False)


def test_a_prompt_does_not_spoil_a_result_that_is_redirected(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path)
    with open(tmp_path / "result", "wb") as result:
        done = run.on_terminal(
            *("create", "openai", "-o", "json"), typed=f"{SECRET}\n", after="not shown", stdout=result
        )

    assert done.code == 0
    assert json.loads((tmp_path / "result").read_text())["changed"] is True


def test_a_provider_that_needs_no_value_is_not_asked_for_one(run: Program, tmp_path: Path) -> None:
    write_config(tmp_path)

    assert run.on_terminal("create", "bedrock", "--region", "r").code == 0


def test_a_literal_on_the_command_line_is_advised_against_on_a_terminal_only(
    run: Program, call: Any, tmp_path: Path
) -> None:
    write_config(tmp_path)
    command = ("create", "openai", "--value", SECRET)

    assert "history" in run.on_terminal(*command).out
    assert "history" not in call(*command).err
    assert "history" not in run.on_terminal(*command, "-o", "json").out
    assert "history" not in run.on_terminal("create", "openai", "--value", "env.A").out


def test_a_table_fits_eighty_columns_on_a_terminal_and_is_whole_when_piped(
    run: Program, call: Any, tmp_path: Path
) -> None:
    long = "a-rather-long-name-for-a-key-" * 4
    models = [f"some-provider/some-model-{number}" for number in range(12)]
    keys = [{"id": f"id-{n}", "name": f"{long}{n}", "value": SECRET, "models": models} for n in range(3)]
    write_config(tmp_path, json.dumps({"providers": {"openai": {"keys": keys}}}))

    for command in (["list"], ["get", f"{long}1"], ["providers"], ["path", "--explain"]):
        shown = run.on_terminal(*command, env={"NO_COLOR": "1"}).out.splitlines()
        lines = [line for line in shown if str(tmp_path) not in line and f"{long}1" not in line]
        assert max(map(len, lines)) <= 80, command
    piped = call("list").out
    assert f"{long}1" in piped
    assert ", ".join(models) in piped


def test_colour_is_for_terminals_that_did_not_decline_it(run: Program, call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)

    coloured = run.on_terminal("list").out

    assert "\x1b[" in coloured
    assert "\x1b[" not in run.on_terminal("list", env={"NO_COLOR": "1"}).out
    assert "\x1b[" not in run.on_terminal("list", env={"TERM": "dumb"}).out
    assert "\x1b[" not in run.on_terminal("list", "-h", env={"TERM": "dumb"}).out
    assert "\x1b[" not in run.on_terminal("list", "--no-color").out
    assert "\x1b[" not in call("list", env={"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}).out


@pytest.mark.parametrize("arguments", [("--help",), ("create", "-h")], ids=" ".join)
def test_help_that_cannot_be_printed_is_a_failure_of_output(
    run: Program, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    with open("/dev/full", "wb") as full:
        runs = [
            run.on_terminal(*arguments, stdout=full),
            run(*arguments, stdout=full),
            run(*arguments, before=close(1)),
        ]
    assert [done.code for done in runs] == [74] * 3
    assert [done.err.count("\n") for done in runs[1:]] == [1] * 2
    assert remains(tmp_path) == {}


def test_the_frameworks_own_variable_of_completion_has_no_effect(run: Program, tmp_path: Path) -> None:
    config = write_config(tmp_path)

    done = run(*CREATE, "-o", "name", env={"_KEYS_COMPLETE": "complete_bash"})

    assert (done.code, done.out, done.err) == (0, "openai/openai-1\n", "")
    assert config.read_text() != CONFIG_TEXT
