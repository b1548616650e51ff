"""Whether JSON has the form that the contract says, with no member that it does not know."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Union

from pydantic import TypeAdapter

from bifrost_keys.cli.output.contract.commands import COMMANDS
from bifrost_keys.cli.output.contract.make import CLOSED
from tests.program import Ran

OBJECTS = {name: printed.objects for names, printed in COMMANDS.items() for name in names}


@cache
def _adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(list[Union[OBJECTS[name]]], config=CLOSED)  # type: ignore[misc]  # noqa: UP007


def assert_form(name: str, told: Any) -> None:
    """The value is what the command of this name prints; ``errors``: an error."""
    _adapter(name).validate_python([told], strict=True)


def assert_printed(name: str, ran: Ran) -> None:
    """The run printed one JSON document: its result, or on standard error an error and nothing else."""
    if ran.out:
        assert ran.err == ""
        assert_form(name, ran.json)
    else:
        assert_form("errors", json.loads(ran.err))
        assert ran.error["exit_code"] == ran.code
