"""JSON as a contract: every command prints what the schema says, and the schema is that of the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

import bifrost_keys
from bifrost_keys.cli.main import COMMANDS
from bifrost_keys.cli.output.contract import ENVELOPES
from bifrost_keys.cli.output.make_contract import page, schema
from tests.cli.commands import CHANGING, CONFIG, write_config

HELP = Path(bifrost_keys.__file__).parent / "help"
READING: dict[str, tuple[str, ...]] = {
    "list": ("list",),
    "get": ("get", "openai/one"),
    "hash": ("hash",),
    "check": ("check",),
    "explain": ("explain", "openai", "gpt-4o"),
    "status": ("status",),
    "export": ("export",),
    "export-env": ("export", "--env"),
    "path": ("path", "--explain"),
    "providers": ("providers",),
    "version": ("version",),
    "completion": ("completion", "bash"),
    "help": ("help", "create"),
}


def fits(envelope: str, told: Any) -> bool:
    """Whether a JSON value has the form of the envelope, with no member that the contract does not know."""
    TypeAdapter(ENVELOPES[envelope]).validate_python(told, strict=True)
    return True


@pytest.mark.usefixtures("bulk_inputs")
@pytest.mark.parametrize("options", [(), ("--diff",), ("--dry-run",)], ids=str)
@pytest.mark.parametrize("command", CHANGING)
def test_every_change_has_the_form_of_the_contract(
    call: Any, tmp_path: Path, command: str, options: tuple[str, ...]
) -> None:
    write_config(tmp_path)
    ran = call(*CHANGING[command], *options, "-o", "json")
    assert fits("changes", ran.json)
    for change in ran.json["changes"]:
        for each in change.get("diff", ()):
            assert each["field"] != "config_hash"


@pytest.mark.parametrize("name", READING)
def test_every_reading_command_has_the_form_of_the_contract(call: Any, tmp_path: Path, name: str) -> None:
    write_config(tmp_path)
    assert fits(name, call(*READING[name], "-o", "json").json)


def test_init_and_help_have_the_form_of_the_contract(call: Any) -> None:
    assert fits("changes", call("init", "-o", "json").json)
    assert fits("help", call("help", "-o", "json").json)
    assert fits("help", call("help", "restarts", "-o", "json").json)
    assert call("help", "json", "-o", "json").json["schema"] == schema()


@pytest.mark.parametrize(
    "line",
    [
        ["get", "nope"],
        ["list", "--nope"],
        ["create", "openai", "--weight", "x", "--model", "a,b", "--value-env", "A"],
        ["create", "openai", "--name", "one", "--value-env", "A"],
        ["list", "--config", "nowhere.json"],
    ],
    ids=" ".join,
)
def test_every_error_has_the_form_of_the_contract(call: Any, tmp_path: Path, line: list[str]) -> None:
    write_config(tmp_path)
    ran = call(*line, "-o", "json")
    assert ran.out == ""
    assert fits("error", json.loads(ran.err))


def test_a_field_is_a_json_value(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path)
    assert call("get", "one", "--field", "models", "-o", "json").json == ["*"]
    assert call("get", "one", "--field", "name", "-o", "json").json == "one"
    assert call("get", "one", "--field", "name").out == "one\n"


def test_the_contract_knows_every_command() -> None:
    named = {each for _, line in READING.items() for each in line[:1]}
    changing = {line[0] for line in CHANGING.values()}
    assert set(COMMANDS) - named - changing == {"init", "diff", "test"}
    assert {"diff", "test"} <= set(ENVELOPES)


def test_schema_and_page_are_those_of_the_types() -> None:
    made = schema()
    assert json.loads((HELP / "output.schema.json").read_text()) == made
    assert (HELP / "json.md").read_text() == page(made["$defs"])
    assert set(ENVELOPES) <= set(made["$defs"])
    assert CONFIG["providers"]
