"""The JSON of status and diff."""

from __future__ import annotations

from typing_extensions import TypedDict

from bifrost_keys.cli.output.contract.changes import Gateway
from bifrost_keys.cli.output.contract.listed import Listed
from bifrost_keys.cli.output.contract.notice import Notice
from bifrost_keys.gateway.hashing.key_hash import Recipe
from bifrost_keys.gateway.restart.database_state import DatabaseKind
from bifrost_keys.gateway.restart.drift import State
from bifrost_keys.gateway.restart.next_starts import Source
from bifrost_keys.operations.diff import State as DiffState
from bifrost_keys.operations.key_status import Recorded, StatusState


class Served(TypedDict):
    """A name under which the gateway serves a key."""

    name: str
    source: Source
    """Where its fields come from; `either`: only the gateway knows."""
    enabled: bool | None
    """null if that depends on `source`."""


class Starts(TypedDict):
    """What the next two starts of the gateway serve of a key; empty lists: nothing."""

    next_start: list[Served]
    start_after: list[Served]


class Note(TypedDict):
    """Another state that applies to the key."""

    state: State
    fields: list[str]


class KeyStatus(TypedDict):
    """One key, seen from the file and from the gateway's database."""

    provider: str
    name: str
    id: str
    state: StatusState
    fields: list[str]
    """The fields that the state is about."""
    notes: list[Note]
    by_fields: bool
    """Whether fields were compared, because the hashes could not be."""
    next_start: str
    """What the next start does with the key, in words."""
    serves: Starts | None
    """The same for programs; null if it is not known."""
    name_in_database: str | None
    """Only if it is another one."""
    recorded_hash: Recorded | None
    """Whether the entry's `config_hash` is right; null if the file does not have the key."""
    status: str | None
    """The gateway's note on its last model discovery with the key."""
    description: str | None


class Database(TypedDict):
    """The gateway's own database."""

    kind: DatabaseKind
    path: str | None
    guessed: bool
    """Whether the gateway may use another one."""
    reason: str | None
    """A stable code, if the database is unreadable."""
    message: str


class ComparedConfig(TypedDict):
    """The config file."""

    path: str


class Status(TypedDict):
    """Every key of the file, then those that only the database has."""

    keys: Listed[KeyStatus]
    total: int
    differences: bool | None
    """null if nothing could be compared."""
    database: Database
    recipe: Recipe | None
    """The recipe of the hashes in the database, named after a release."""
    left_by: str | None
    """The releases that can have left the database."""
    config: ComparedConfig
    warnings: list[Notice]


class KeyDiff(TypedDict):
    """One key of the file, of the gateway or of both."""

    provider: str
    name: str
    state: DiffState
    fields: list[str]
    """The fields that differ."""
    name_at_gateway: str | None
    """Only if it is another one."""
    looks_equal: bool
    """Whether a literal secret looks like the one that the gateway shows masked."""


class Diff(TypedDict):
    """Every key of the file, then those that only the gateway has."""

    keys: list[KeyDiff]
    total: int
    differences: bool
    config: ComparedConfig
    store: Gateway
