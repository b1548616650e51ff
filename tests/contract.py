"""Check that JSON has the form of the contract, without unknown members."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import cache
from typing import Any, Union

from pydantic import TypeAdapter

from bifrost_keys.cli.global_values import wanted_output
from bifrost_keys.cli.main import ALIASES
from bifrost_keys.cli.main import COMMANDS as PROGRAM
from bifrost_keys.cli.output.contract.commands import COMMANDS
from bifrost_keys.cli.output.contract.make import CLOSED
from tests.program import Ran

OBJECTS = {name: printed.objects for names, printed in COMMANDS.items() for name in names}


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(list[Union[OBJECTS[name]]], config=CLOSED)  # type: ignore[misc]  # noqa: UP007


def assert_form(name: str, told: Any) -> None:
    """Assert that the value is the output of the command with this name; ``errors``: an error."""
    _adapter(name).validate_python([told], strict=True)


def assert_printed(name: str, ran: Ran) -> None:
    """Assert that the run printed one JSON document: its result, or an error on standard error."""
    if ran.out:
        assert ran.err == ""
        assert_form(name, ran.json)
    else:
        assert_form("errors", json.loads(ran.err))
        assert ran.error["exit_code"] == ran.code


def assert_contract(arguments: Sequence[str], ran: Ran) -> None:
    """Assert that the output of a run has the form of its command, if JSON was requested."""
    if wanted_output(arguments, os.environ) != "json":
        return
    name = _command(arguments)
    if ran.out and not {"--stdout", "--field"}.intersection(arguments):  # the file itself, or one value
        assert_form(name, ran.json)
    if ran.err:
        told = json.loads(ran.err)
        other = name if "--stdout" in arguments else "warnings"
        assert_form("errors" if "error" in told else other, told)


def _command(arguments: Sequence[str]) -> str:
    if {"--help", "-h"}.intersection(arguments):
        return "--help"
    names = (ALIASES.get(word, word) for word in arguments)
    name = next((name for name in names if name in PROGRAM), "version")
    longer = {"check": "--fix", "export": "--env"}.get(name)
    return f"{name} {longer}" if longer in arguments else name
