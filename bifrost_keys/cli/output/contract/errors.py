"""The JSON of errors."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from bifrost_keys.cli.output.contract.changes import Change, Gateway
from bifrost_keys.cli.output.contract.notice import Notice
from bifrost_keys.stores.protocol import Effective


class Fault(TypedDict):
    """One fault of the input."""

    code: str
    field: str
    """The path to the faulty member from the top of the key or of the input."""
    option: str | None
    """The option that sets the field."""
    message: str
    hint: str | None


class ErrorBody(TypedDict):
    """What was refused or failed."""

    code: str
    """Stable; `keys help codes` lists every code."""
    exit_code: int
    message: str
    field: str | None
    """The field of a key that the error is about."""
    option: str | None
    """The option, argument or variable that the error is about."""
    hint: str | None
    """The next step."""
    faults: list[Fault]
    """Everything that is wrong with the input, if it is the input."""
    line: NotRequired[int | None]
    """Only if `config.json` cannot be used; counted from 1, as is `column`."""
    column: NotRequired[int | None]
    changes: NotRequired[list[Change]]
    """Only if a gateway was being changed: what was done before the error, key by key."""
    effective: NotRequired[Effective]
    store: NotRequired[Gateway]
    warnings: NotRequired[list[Notice]]


class Error(TypedDict):
    """An error, on standard error."""

    error: ErrorBody
