"""The JSON of every command that changes keys."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from bifrost_keys.cli.output.contract.findings import Finding
from bifrost_keys.cli.output.contract.keys import Key
from bifrost_keys.cli.output.contract.notice import Notice
from bifrost_keys.operations.results import Action
from bifrost_keys.stores.protocol import Effective


class Difference(TypedDict):
    """A field before and after a change."""

    field: str
    before: Any
    """The value, in the form of `config.json`, secrets masked; null if the field was absent."""
    after: Any


class Change(TypedDict):
    """What a command did with one key, or would do."""

    action: Action
    changed: bool
    provider: str
    key: Key
    """As it is after the change; of a deleted key as it was."""
    old_name: NotRequired[str]
    """Only if the key was renamed."""
    note: NotRequired[str]
    """What else was done."""
    references: NotRequired[list[str]]
    """The paths of the references elsewhere in the file that follow the new name."""
    diff: NotRequired[list[Difference]]
    """With `--diff`; without `config_hash`."""
    applied: NotRequired[bool | None]
    """Only at a gateway: whether the gateway made the change; null if that is not known."""
    gateway_status: NotRequired[str | None]
    """Only at a gateway: what it says of the key after listing the provider's models."""
    description: NotRequired[str | None]


class Config(TypedDict):
    """The config file, with the SHA-256 of its text."""

    path: str
    sha256_before: str | None
    """null if there was no file."""
    sha256_after: str | None


class Gateway(TypedDict):
    """A running gateway."""

    kind: Literal["gateway"]
    url: str
    release: str | None
    """null if it does not say it."""
    persistent: bool
    """Whether it keeps a database; if not, a restart forgets every change."""


class Plan(TypedDict):
    """How many keys of each kind."""

    created: int
    updated: int
    unchanged: int
    deleted: int


class Changes(TypedDict):
    """The outcome of a change; with `--dry-run` what it would be."""

    changed: bool
    dry_run: bool
    changes: list[Change]
    effective: Effective
    """When a running gateway uses the change."""
    config: NotRequired[Config]
    """If a file was changed."""
    store: NotRequired[Gateway]
    """If a gateway was changed."""
    warnings: list[Notice]
    plan: NotRequired[Plan]
    """Of `apply` and `import`."""
    pruned: NotRequired[list[str]]
    """Of `delete --prune`: the providers that were removed."""
    unknown: NotRequired[list[str]]
    """Of `import`: the variables that belong to no provider."""
    skipped: NotRequired[list[str]]
    """Of `import`: the variables that a key refers to already."""
    variables: NotRequired[list[str]]
    """Of `externalize`: the variables that the keys refer to now."""
    added: NotRequired[list[str]]
    """Of `externalize`: those that the environment file did not have."""
    findings: NotRequired[list[Finding]]
    """Of `check --fix`: the remaining findings."""
