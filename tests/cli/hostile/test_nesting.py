"""Deep nesting succeeds or is refused cleanly in every command, and is never a bug of the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import CHANGING, CONFIG, READING, write_config
from tests.keys import ONE as KEY
from tests.sentinel import SECRET

pytestmark = pytest.mark.usefixtures("bulk_inputs")
COMMANDS: dict[str, tuple[str, ...]] = {
    **CHANGING,
    **READING,
    "rotate --diff": ("rotate", "openai/one", "--value-env", "B", "--diff"),
    "clear": ("update", "openai/one", "--clear", "aliases"),
    "get -o json": ("get", "openai/one", "-o", "json"),
    **{name: (name,) for name in ("check", "status", "hash", "export")},
    "explain": ("explain", "openai", "m"),
}
OUTSIDE = 5  # the objects and lists around a member of a key
SHAPES = {
    "the object in itself": ('{"azure_key_config":', "}"),
    "in other case": ('{"Azure_Key_Config":', "}"),
    "objects": ('{"a":', "}"),
    "lists": ("[", "]"),
}
MEMBERS = ["azure_key_config", "aliases", "models", "value", "note"]


def nested(shape: str, depth: int) -> str:
    before, after = SHAPES[shape]
    return before * depth + "[]" + after * depth


def config_with(member: str, value: str) -> str:
    """Return the config, with this text as the value of this member of its first key."""
    data = json.loads(json.dumps(CONFIG))
    data["providers"]["openai"]["keys"][0][member] = "@"
    return json.dumps(data).replace('"@"', value)


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_key_nested_as_deep_as_a_file_may_be_breaks_no_command(
    call: Any, tmp_path: Path, member: str, shape: str
) -> None:
    text = config_with(member, nested(shape, 499 - OUTSIDE))
    for name, command in COMMANDS.items():
        write_config(tmp_path, text)
        done = call(*command, "--config", "config.json")
        assert done.code in (0, 1, 5, 65, 78), f"{name}: {done.code} {done.err}"
        assert done.code == 0 or SECRET not in done.err


@pytest.mark.parametrize("member", MEMBERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_input_of_any_depth_is_taken_or_refused(call: Any, tmp_path: Path, member: str, shape: str) -> None:
    key = {name: value for name, value in KEY.items() if name not in ("id", member)}
    for depth in (100, 490, 700, 950, 20_000):
        body = json.dumps({**key, "name": "new", member: "@"}).replace('"@"', nested(shape, depth))
        patch = json.dumps({member: "@"}).replace('"@"', nested(shape, depth))
        for command, given in (
            (("create", "openai", "--from-file", "-"), body),
            (("update", "openai/one", "--from-file", "-"), patch),
            (("set", "openai/one", "--from-file", "-"), patch),
            (("apply", "-", "--diff"), '{"providers": {"openai": {"keys": [' + body + "]}}}"),
        ):
            write_config(tmp_path)
            done = call(*command, "--config", "config.json", stdin=given)
            assert done.code in ((65,) if depth > 500 else (0, 65)), f"{command}: {done.code} {done.err}"
            assert depth < 500 or "deep" in done.err


def test_a_config_object_with_a_list_in_a_list_is_reported(call: Any, tmp_path: Path) -> None:
    write_config(tmp_path, config_with("azure_key_config", "[[]]"))
    done = call("check", "-o", "json")
    findings = {(each["code"], each["path"]) for each in done.json["files"][0]["findings"]}
    assert ("type-wrong", "providers.openai.keys[0].azure_key_config") in findings
