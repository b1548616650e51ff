"""JSON as a contract: every command prints what its types declare, on success and on failure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bifrost_keys.cli.main import COMMANDS
from tests.cli.commands import CHANGING, CONFIG_TEXT, write_config
from tests.contract import OBJECTS, assert_form, assert_printed

# The command of the contract, its line, and the exit code.
LINES: list[tuple[str, str, int]] = [
    ("list", "list", 0),
    ("list", "list openai --model gpt-4o --enabled", 0),
    ("list", "list groq", 0),
    ("list", "list nope", 4),
    ("list", "--config - list", 0),
    ("get", "get openai/one", 0),
    ("get", "get nope", 4),
    ("get", "get one --field value", 2),
    ("get", "get one --field nope", 4),
    ("get", "get one --reveal", 2),
    ("create", "create openai --value-env A --diff", 0),
    ("create", "create openai --name one --value-env A", 5),
    ("create", "create openai --name one --value-env A --if-not-exists", 0),
    ("create", "create openai --weight x --model a,b --value-env A", 65),
    ("create", "create", 2),
    ("set", "set openai/one", 0),
    ("set", "set openai/new --value-env A", 0),
    ("update", "update one --weight x", 65),
    ("update", "update one --weight 1", 0),
    ("update", "update one --weight 2 --if-hash 00", 5),
    ("rotate", "rotate one", 2),
    ("rename", "rename one two", 5),
    ("rename", "rename one other --diff", 0),
    ("enable", "enable --all", 0),
    ("disable", "disable openai/* --temporary", 0),
    ("delete", "delete one", 2),
    ("delete", "delete one two --yes --prune", 0),
    ("delete", "delete nope --if-exists --yes", 0),
    ("check", "check", 0),
    ("check", "check --strict", 1),
    ("check", "check -", 0),
    ("check", "check config.json config.json", 0),
    ("check", "check nope.json", 4),
    ("check", "check home/keys.env", 1),
    ("check", "check --diff", 2),
    ("check --fix", "check --fix --diff --dry-run", 0),
    ("check --fix", "check --fix --strict", 1),
    ("check --fix", "check --fix home/keys.env", 78),
    ("test", "test nope", 4),
    ("hash", "hash", 0),
    ("hash", "hash openai/one --env", 0),
    ("hash", "hash nope", 4),
    ("status", "status --exit-code", 0),
    ("status", "status --config odd.json", 0),
    ("diff", "diff", 2),
    ("explain", "explain openai gpt-4o --batch", 0),
    ("explain", "explain nope gpt-4o", 4),
    ("explain", "explain openai", 2),
    ("apply", "apply home/desired.json --dry-run --exit-code --diff", 10),
    ("apply", "apply - --prune", 0),
    ("apply", "apply nope.json", 4),
    ("apply", "apply home/keys.env", 65),
    ("import", "import home/keys.env --dry-run", 0),
    ("import", "import nope.env", 4),
    ("externalize", "externalize --all --env-file moved.env", 0),
    ("externalize", "externalize one --env-file -", 2),
    ("export", "export nope", 4),
    ("export --env", "export --env", 0),
    ("init", "init", 0),
    ("init", "init --config new.json", 0),
    ("init", "init --config home", 78),
    ("path", "path", 0),
    ("path", "path --explain", 0),
    ("path", "path --config -", 2),
    ("providers", "providers", 0),
    ("providers", "providers azure", 0),
    ("providers", "providers nope", 4),
    ("version", "version", 0),
    ("version", "--version", 0),
    ("version", "-V", 0),
    ("completion", "completion bash", 0),
    ("completion", "completion fish --install", 0),
    ("completion", "completion fish --uninstall", 0),
    ("completion", "completion tcsh", 2),
    ("help", "help", 0),
    ("help", "help create", 0),
    ("help", "help restarts", 0),
    ("help", "help json", 0),
    ("help", "help --man man", 0),
    ("help", "help nope", 4),
    ("--help", "--help", 0),
    ("--help", "create openai --help", 0),
    ("errors", "nope", 2),
    ("errors", "list --output yaml", 2),
    ("errors", "", 2),
]
LINES += [
    (line[0], f"{' '.join(line)} --config nowhere.json", 4)
    for line in CHANGING.values()
    if line[0] != "check"
]


@pytest.fixture
def files(tmp_path: Path, bulk_inputs: None) -> None:
    """Create the files for the lines."""
    write_config(tmp_path)
    # Keys without a name, an id or a value, and members of wrong types, which are shown nevertheless.
    odd = {"keys": [{"weight": "heavy", "models": 5, "enabled": None, "made_up": {"a": [1]}}, {"name": 7}]}
    text = json.dumps({"providers": {"openai": odd, "ollama": {"keys": []}}})
    write_config(tmp_path, text).rename(tmp_path / "odd.json")
    write_config(tmp_path)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("name", "line", "code"), LINES, ids=[line for _, line, _ in LINES])
def test_every_line_prints_one_document_of_its_form(call: Any, name: str, line: str, code: int) -> None:
    """On success, refusal or usage error; the variable requests JSON like the option."""
    ran = call(*line.split(), stdin=CONFIG_TEXT, env={"BIFROST_KEYS_OUTPUT": "json"})
    assert (ran.code, bool(ran.out)) == (code, code in (0, 1, 10)), ran.err
    assert_printed(name, ran)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_wrong_option_is_an_error_of_the_contract(call: Any, command: str) -> None:
    ran = call(command, "--nope", "-o", "json")
    assert ran.code == 2
    assert_printed(command, ran)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("options", [(), ("--diff",), ("--dry-run",)], ids=str)
@pytest.mark.parametrize("command", CHANGING)
def test_every_change_has_the_form_of_the_contract(call: Any, command: str, options: tuple[str, ...]) -> None:
    ran = call(*CHANGING[command], *options, "-o", "json")
    assert_form(command, ran.json)
    for change in ran.json["changes"]:
        for each in change.get("diff", ()):
            assert each["field"] != "config_hash"


def test_every_command_succeeds_somewhere_is_refused_and_has_a_place_in_the_contract() -> None:
    assert set(COMMANDS) <= set(OBJECTS)
    succeeding = {name for name, _, code in LINES if code in (0, 1, 10)} | set(CHANGING)
    # They ask a server: the tests of a gateway have them.
    assert set(OBJECTS) - succeeding == {"diff", "test", "export", "warnings", "errors"}


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("command", ["list", "hash", "explain openai gpt-4o", "check", "status", "export"])
def test_odd_keys_have_the_form_of_the_contract(call: Any, command: str) -> None:
    ran = call(*command.split(), "--config", "odd.json", "-o", "json")
    assert_form(command.split()[0], ran.json)


def lists_of_objects(value: Any) -> Iterator[list[Any]]:
    """Yield every list in the value that has an object in it."""
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        yield value
    for inner in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from lists_of_objects(inner)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("command", ["list", "hash", "explain openai gpt-4o", "check", "status"])
def test_the_contract_is_checked_in_lists_that_are_made_while_they_are_printed(
    call: Any, command: str
) -> None:
    told = call(*command.split(), "--config", "odd.json", "-o", "json").json
    found = list(lists_of_objects(told))
    assert found
    for listed in found:
        listed.append({"SENTINEL": 1})
        with pytest.raises(ValidationError, match="SENTINEL"):
            assert_form(command.split()[0], told)
        listed.pop()
    assert_form(command.split()[0], told)


@pytest.mark.usefixtures("files")
def test_a_key_without_a_name_is_named_by_its_place(call: Any) -> None:
    """In every output that names keys, it is named by its selector."""
    lines = {
        "hash": ("keys", "hash"),
        "status": ("keys", "status"),
        "explain": ("excluded", "explain openai gpt-4o"),
    }
    for member, line in lines.values():
        named = call(*line.split(), "--config", "odd.json", "-o", "json").json[member]
        assert [(each["provider"], each["name"]) for each in named] == [("openai", "#1"), ("openai", "#2")], (
            line
        )
    found = call("check", "odd.json", "-o", "json").json["files"][0]["findings"]
    assert {each["name"] for each in found} == {"#1", "#2", None}
    assert call("get", "openai/#1", "--config", "odd.json", "-o", "json").code == 0


@pytest.mark.usefixtures("files")
def test_files_that_cannot_be_opened_are_one_error_beside_the_findings(call: Any) -> None:
    ran = call("check", "config.json", "nope.json", "neither.json", "-o", "json")
    assert ran.code == 4
    assert_form("check", ran.json)
    assert_form("errors", json.loads(ran.err))
    assert [each["message"].rpartition("/")[2] for each in ran.error["faults"]] == [
        "nope.json",
        "neither.json",
    ]


@pytest.mark.usefixtures("files")
def test_an_export_reports_what_it_omits_in_one_warning(call: Any) -> None:
    ran = call("export", "openai", "-o", "json")
    assert_form("export", ran.json)
    assert_form("warnings", json.loads(ran.err))


@pytest.mark.usefixtures("files")
def test_filter_mode_prints_the_file_itself_and_the_change_beside_it_or_an_error(call: Any) -> None:
    text = CONFIG_TEXT.replace("SENTINEL", "harmless")
    line = ("--config", "-", "--stdout", "-o", "json")
    done = call(*line, "rename", "one", "other", "--diff", stdin=text)
    assert [key["name"] for key in done.json["providers"]["openai"]["keys"]] == ["other", "two"]
    assert_form("rename", json.loads(done.err))
    (change,) = json.loads(done.err)["changes"]
    written = done.json["providers"]["openai"]["keys"][0]
    assert (change["key"]["id"], change["key"]["config_hash"]) == (written["id"], written["config_hash"])
    fixed = call(*line, "check", "--fix", stdin=text)
    assert [each["code"] for each in json.loads(fixed.err)["findings"]] == [
        "schema-missing",
        "value-duplicate",
    ]
    assert_printed("rename", call(*line, "rename", "one", "two", stdin=CONFIG_TEXT))


@pytest.mark.usefixtures("files")
def test_a_field_is_a_json_value(call: Any) -> None:
    assert call("get", "one", "--field", "models", "-o", "json").json == ["*"]
    assert call("get", "one", "--field", "name", "-o", "json").json == "one"
    assert call("get", "one", "--field", "name").out == "one\n"


def test_the_version_option_prints_json_if_the_environment_says_so(run: Any) -> None:
    """In a process of its own, because it is printed before the command line is loaded."""
    for word in ("--version", "-V", "version"):
        assert_printed("version", run(word, env={"BIFROST_KEYS_OUTPUT": "json"}))
