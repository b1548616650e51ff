"""The page json and the JSON Schema are generated from the types of the contract."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bifrost_keys
from bifrost_keys.cli.main import COMMANDS
from bifrost_keys.cli.output.contract.make import page, schema

HELP = Path(bifrost_keys.__file__).parent / "help"
MAKE = "run python -m bifrost_keys.cli.output.contract.make"


def test_page_and_schema_are_those_of_the_types(call: Any) -> None:
    """In a directory of its own, because the examples of the page are real runs."""
    made = schema()
    assert json.loads((HELP / "output.schema.json").read_text()) == made, MAKE
    assert (HELP / "json.md").read_text() == page(), MAKE
    assert call("help", "json", "-o", "json").json["schema"] == made


def test_every_command_has_its_definition() -> None:
    assert set(COMMANDS) <= set(schema()["$defs"])


def test_only_objects_with_the_files_own_members_are_open() -> None:
    objects = {name: each for name, each in schema()["$defs"].items() if "properties" in each}
    assert [name for name, each in objects.items() if each["additionalProperties"] is not False] == [
        "ExportedProvider",
        "Key",
    ]
