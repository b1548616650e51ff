"""Filter mode: the file from standard input, the changed file to standard output."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from bifrost_keys.stores.protocol import Changeset
from bifrost_keys.stores.stream import StreamStore
from tests.program import Program, listing

TEXT = """{
\t"config_store": {"enabled": false},
\t"providers": {
\t\t"openai": {"keys": [
\t\t\t{"id": "1", "name": "one", "value": "env.ONE", "models": ["*"], "weight": 1.0},
\t\t\t{"id": "2", "name": "two", "value": "env.TWO", "models": ["*"], "weight": 1, "enabled": false}
\t\t]}
\t},
\t"unknown": 1.10
}
"""
CHANGES = (
    ["create", "openai", "--name", "new", "--value-env", "NEW"],
    ["update", "one", "--weight", "2"],
    ["set", "openai/one", "--weight", "2"],
    ["rotate", "one", "--value-env", "OTHER"],
    ["rename", "one", "first"],
    ["enable", "two"],
    ["disable", "one"],
    ["delete", "one", "--yes"],
    ["apply", "desired.json"],
    ["import", ".env"],
)
NOTHING = (
    ["create", "openai", "--name", "one", "--value-env", "ONE", "--if-not-exists"],
    ["update", "one", "--weight", "1"],
    ["set", "openai/one", "--weight", "1"],
    ["rotate", "one", "--value-env", "ONE"],
    ["rename", "one", "one"],
    ["enable", "one"],
    ["disable", "two"],
    ["delete", "three", "--yes", "--if-exists"],
    ["apply", "same.json"],
    ["import", "empty.env"],
    ["externalize", "one", "--env-file", "x.env"],
)
FAILING = (
    ["create", "openai", "--name", "one", "--value-env", "ONE"],
    ["update", "three", "--weight", "2"],
    ["set", "openai/one", "--weight", "-2"],
    ["rotate", "three", "--value-env", "ONE"],
    ["rename", "one", "two"],
    ["enable", "three"],
    ["disable", "three"],
    ["delete", "three", "--yes"],
    ["delete", "one"],
    ["apply", "wrong.json"],
    ["import", "nosuch.env"],
    ["externalize", "three", "--env-file", "x.env"],
)


@pytest.fixture(autouse=True)
def _inputs(tmp_path: Path) -> None:
    def write(name: str, keys: list[dict[str, Any]]) -> None:
        (tmp_path / name).write_text(json.dumps({"providers": {"openai": {"keys": keys}}}))

    write("desired.json", [{"name": "one", "weight": 2}, {"name": "new", "value": "env.NEW"}])
    write("same.json", [{"name": "one", "weight": 1}])
    write("wrong.json", [{"name": "one", "weight": 2}, {"name": "new"}])
    (tmp_path / ".env").write_text("GROQ_API_KEY=x\n")
    (tmp_path / "empty.env").write_text("\n")


def named(commands: tuple[list[str], ...]) -> Any:
    return pytest.mark.parametrize("command", commands, ids=[" ".join(command) for command in commands])


@named(CHANGES)
def test_the_changed_file_is_the_output_and_nothing_touches_the_disk(
    call: Any, tmp_path: Path, command: list[str]
) -> None:
    before = listing(tmp_path)
    ran = call("--config", "-", "--stdout", *command, stdin=TEXT)
    assert ran.code == 0, ran.err
    assert ran.out != TEXT
    assert json.loads(ran.out)["unknown"] == 1.1
    assert ran.out.endswith('\t"unknown": 1.10\n}\n')
    assert listing(tmp_path) == before


@named(NOTHING)
def test_nothing_to_change_is_the_input_byte_for_byte(call: Any, tmp_path: Path, command: list[str]) -> None:
    before = listing(tmp_path)
    disabled = TEXT.replace('"enabled": false}\n', '"enabled": false, "blacklisted_models": []}\n')
    ran = call(*command, "--config", "-", "--stdout", stdin=disabled)
    assert (ran.code, ran.out) == (0, disabled), ran.err
    assert listing(tmp_path) == before


@named(FAILING)
def test_a_failure_writes_nothing_to_standard_output(call: Any, tmp_path: Path, command: list[str]) -> None:
    before = listing(tmp_path)
    ran = call(*command, "--config", "-", "--stdout", stdin=TEXT)
    assert (ran.code > 0, ran.out) == (True, "")
    assert ran.err.startswith("error: ")
    assert listing(tmp_path) == before


@named(CHANGES)
def test_input_that_is_not_json_is_refused_with_its_position(call: Any, command: list[str]) -> None:
    ran = call("--config", "-", "--stdout", "-o", "json", *command, stdin="{\n,}")
    assert (ran.code, ran.out, ran.error["line"]) == (78, "", 2)


@named(CHANGES)
def test_without_stdout_there_is_no_place_for_the_change(call: Any, command: list[str]) -> None:
    ran = call("--config", "-", *command, stdin=TEXT)
    assert (ran.code, ran.out) == (2, "")


@pytest.mark.parametrize(
    "command",
    [
        ["create", "openai", "--value-env", "X", "--init"],
        ["set", "openai/one", "--value-env", "X", "--init"],
        ["apply", "desired2.json", "--init"],
        ["import", ".env", "--init"],
    ],
)
def test_empty_input_with_init_is_a_new_file(call: Any, tmp_path: Path, command: list[str]) -> None:
    wanted = {"providers": {"groq": {"keys": [{"name": "a", "value": "env.A"}]}}}
    (tmp_path / "desired2.json").write_text(json.dumps(wanted))
    ran = call("--config", "-", "--stdout", *command, stdin="")
    assert ran.code == 0, ran.err
    made = json.loads(ran.out)
    assert list(made) == ["$schema", "providers"]
    assert [len(provider["keys"]) for provider in made["providers"].values()] == [1]
    refused = call("--config", "-", "--stdout", *command[:-1], stdin="")
    assert (refused.code, refused.out) == (78, "")


def test_a_stream_returns_its_input_and_empty_input_is_a_missing_file() -> None:
    def before(data: bytes, initial: str | None) -> str | None:
        with StreamStore(data, initial=initial).transaction(dry_run=True) as transaction:
            receipt = transaction.commit(Changeset())
            return receipt.store.sha256_before

    assert before(TEXT.encode(), None) == hashlib.sha256(TEXT.encode()).hexdigest()
    assert before(b" \n", '{"providers": {}}') is None


@pytest.mark.parametrize("command", [["list"], ["check"], ["check", "-"], ["update", "one", "--weight", "2"]])
def test_input_larger_than_a_file_may_be_is_refused_like_a_file(
    call: Any, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setattr("bifrost_keys.stores.files.open_file.MAX_CONFIG_BYTES", len(TEXT) - 1)
    stdout = ["--stdout"] if command[0] == "update" else []

    ran = call(*command, "--config", "-", *stdout, stdin=TEXT)

    assert ran.code == (1 if command[0] == "check" else 78)
    assert "larger than 512 MiB" in ran.out + ran.err


@pytest.mark.parametrize(
    "command",
    [
        ["create", "openai", "--value-stdin"],
        ["create", "openai", "--value", "-"],
        ["create", "openai", "--from-file", "-"],
        ["rotate", "one", "--value-stdin"],
        ["apply", "-"],
        ["import", "-"],
    ],
    ids=" ".join,
)
def test_standard_input_asked_for_twice_is_wrong_use(call: Any, command: list[str]) -> None:
    ran = call("--config", "-", "--stdout", *command, stdin=TEXT)
    assert (ran.code, ran.out) == (2, "")


def test_stdout_needs_config_from_standard_input(call: Any) -> None:
    assert call("--stdout", "create", "openai", "--value-env", "X", stdin=TEXT).code == 2


def test_there_is_no_prompt_even_on_a_terminal(run: Program, tmp_path: Path) -> None:
    source = tmp_path / "in.json"
    source.write_text(TEXT)
    with source.open("rb") as stream:
        ran = run.on_terminal("--config", "-", "--stdout", "create", "openai", stdin=stream)
    assert ran.code == 2
    assert "not shown" not in ran.out


def test_a_closed_reader_is_reported(run: Program) -> None:
    with open("/dev/full", "wb") as full:
        ran = run("--config", "-", "--stdout", "update", "one", "--weight", "2", stdin=TEXT, stdout=full)
    assert ran.code == 74
    assert ran.err.endswith("error: the changed file could not be printed; nothing was written\n")
