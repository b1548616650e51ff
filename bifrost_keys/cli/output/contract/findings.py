"""The JSON of check, test and explain."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from bifrost_keys.cli.output.contract.listed import Listed
from bifrost_keys.cli.output.contract.notice import Notice
from bifrost_keys.gateway.rules.catalog import Severity
from bifrost_keys.operations.test import Status


class Finding(TypedDict):
    """A fault in a file or at a gateway."""

    severity: Severity
    code: str
    """Stable; `keys help codes` lists every code."""
    path: str
    """The place in the file, such as `providers.openai.keys[2].weight`."""
    provider: str | None
    name: str | None
    """With `provider` the key that it is about; null if it is not about a key."""
    line: int | None
    """Counted from 1, as is `column`; null if the finding has no place in a text."""
    column: int | None
    message: str
    effect: str
    """What the gateway does."""
    hint: str | None
    """How to fix it."""


class CheckedFile(TypedDict):
    """A file, or a gateway, and its findings, errors first."""

    path: str
    verdict: Literal["ok", "warning", "error"]
    findings: Listed[Finding]


class Findings(TypedDict):
    """The findings of each file that could be opened; standard error has an error about the others."""

    files: list[CheckedFile]
    errors: int
    warnings: int


class KeyTest(TypedDict):
    """A provider's response to one key."""

    provider: str
    name: str
    status: Status
    """The gateway's own words for it."""
    description: str
    """What the provider said, or why the key was not tested."""
    models_listed: int | None
    """null if the provider gave no list of models."""
    not_listed: list[str]
    """The models of the key that the provider does not list."""


class Tests(TypedDict):
    """The tests in the order of the keys."""

    keys: list[KeyTest]
    total: int
    success: int
    list_models_failed: int
    not_tested: int


class Candidate(TypedDict):
    """A key that the gateway may use."""

    provider: str
    name: str
    id: str
    weight: float
    share_percent: float
    """Its share of the requests."""
    model: str
    """The model that the provider is asked for."""


class Excluded(TypedDict):
    """A key that the gateway does not use."""

    provider: str
    name: str
    id: str
    rule: str
    """The rule that decides so, such as `disabled`, `blacklist` or `whitelist`."""
    reason: str


class Routes(TypedDict):
    """The keys that the gateway may use for a model."""

    provider: str
    model: str
    batch: bool
    """Whether batch and file requests are meant."""
    keyless: bool
    """Whether the provider is called without a key."""
    even: bool
    """Whether every weight counts as 0, so that each key is used as often."""
    candidates: Listed[Candidate]
    excluded: Listed[Excluded]
    warnings: list[Notice]
