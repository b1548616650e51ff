"""Types of the JSON of every command, from which the schema and the page ``keys help json`` are made.

``python -m bifrost_keys.cli.output.make_contract`` makes both anew. No run of a command loads this module.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NotRequired, TypeAlias

from pydantic import ConfigDict, with_config
from typing_extensions import TypedDict

_CLOSED: Final = ConfigDict(extra="forbid")
_OPEN: Final = ConfigDict(extra="allow")
Action: TypeAlias = Literal[
    "created", "updated", "rotated", "renamed", "enabled", "disabled", "deleted", "fixed", "unchanged"
]


@with_config(_CLOSED)
class Secret(TypedDict):
    """A field that can be a reference: the masked literal in value, or the reference in env_var."""

    value: str | None
    env_var: str
    from_env: bool


@with_config(_OPEN)
class Key(TypedDict):
    """A key in the form of the gateway's own interface, without any secret; its other fields follow."""

    id: str
    name: str
    value: Secret
    models: list[Any]
    blacklisted_models: list[Any]
    weight: Any
    enabled: Any
    use_for_batch_api: Any


@with_config(_CLOSED)
class Notice(TypedDict):
    """A warning; code is stable, hint is the next step."""

    code: str
    message: str
    hint: str | None
    provider: str | None
    name: str | None


@with_config(_CLOSED)
class Difference(TypedDict):
    """A field before and after, secrets masked; null where it is absent."""

    field: str
    before: Any
    after: Any


@with_config(_CLOSED)
class Change(TypedDict):
    """What became of one key; members that say nothing are left out."""

    action: Action
    changed: bool
    provider: str
    key: Key
    old_name: NotRequired[str]
    note: NotRequired[str]
    references: NotRequired[list[str]]
    diff: NotRequired[list[Difference]]
    applied: NotRequired[bool]
    gateway_status: NotRequired[str | None]
    description: NotRequired[str | None]


@with_config(_CLOSED)
class Config(TypedDict):
    """The file, with the SHA-256 of its text before and after; null where there was none."""

    path: str
    sha256_before: str | None
    sha256_after: str | None


@with_config(_CLOSED)
class Gateway(TypedDict):
    """A running gateway; persistent: it keeps a database."""

    kind: Literal["gateway"]
    url: str
    release: str | None
    persistent: bool


@with_config(_CLOSED)
class Finding(TypedDict):
    """A finding of check; key is PROVIDER/NAME, line and column count from 1."""

    severity: Literal["error", "warning"]
    code: str
    path: str
    key: str | None
    line: int | None
    column: int | None
    message: str
    effect: str
    hint: str | None


@with_config(_CLOSED)
class Changes(TypedDict):
    """Every command that changes keys: create, update, apply, import, init, check --fix and the others."""

    changed: bool
    dry_run: bool
    changes: list[Change]
    effective: Literal["next_start", "not_by_restart", "until_restart", "now"]
    config: NotRequired[Config]
    store: NotRequired[Gateway]
    warnings: list[Notice]
    plan: NotRequired[dict[str, int]]
    pruned: NotRequired[list[str]]
    unknown: NotRequired[list[str]]
    skipped: NotRequired[list[str]]
    variables: NotRequired[list[str]]
    added: NotRequired[list[str]]
    findings: NotRequired[list[Finding]]


@with_config(_CLOSED)
class ListedKey(TypedDict):
    """One key of a list."""

    provider: str
    key: Key


@with_config(_CLOSED)
class KeyList(TypedDict):
    """keys list."""

    keys: list[ListedKey]
    total: int
    warnings: NotRequired[list[Notice]]


@with_config(_CLOSED)
class Reference(TypedDict):
    """A place that refers to a key; checked: the gateway does not start if it leads nowhere."""

    path: str
    kind: str
    checked: bool


@with_config(_CLOSED)
class OneKey(TypedDict):
    """keys get; references is null where they could not be read. With --field the value alone."""

    provider: str
    key: Key
    references: list[Reference] | None


@with_config(_CLOSED)
class KeyHash(TypedDict):
    """A key's hash; match is null where none is recorded."""

    provider: str
    name: str | None
    hash: str
    recorded: str | None
    match: bool | None
    reproducible: bool


@with_config(_CLOSED)
class Hashes(TypedDict):
    """keys hash."""

    keys: list[KeyHash]
    total: int


@with_config(_CLOSED)
class CheckedFile(TypedDict):
    """One file, or the gateway, and what was found."""

    path: str
    verdict: Literal["ok", "warning", "error"]
    findings: list[Finding]


@with_config(_CLOSED)
class Findings(TypedDict):
    """keys check."""

    files: list[CheckedFile]
    errors: int
    warnings: int


@with_config(_CLOSED)
class Candidate(TypedDict):
    """A key that may be drawn, with its share of the traffic in percent."""

    provider: str
    name: str
    id: str
    weight: Any
    share_percent: float
    model: str


@with_config(_CLOSED)
class Excluded(TypedDict):
    """A key that is not used, and the rule that decides so."""

    provider: str
    name: str
    id: str
    rule: str
    reason: str


@with_config(_CLOSED)
class Routes(TypedDict):
    """keys explain."""

    provider: str
    model: str
    batch: bool
    keyless: bool
    even: bool
    candidates: list[Candidate]
    excluded: list[Excluded]
    warnings: list[Notice]


@with_config(_OPEN)
class Status(TypedDict):
    """keys status; each key has its state, and differences is null where nothing was compared."""

    keys: list[dict[str, Any]]
    total: int
    differences: bool | None
    warnings: list[Notice]


@with_config(_CLOSED)
class KeyDiff(TypedDict):
    """A key of the file, of the gateway or of both; members differ."""

    provider: str
    name: str
    state: Literal["in-sync", "differs", "renamed", "only-in-file", "only-at-gateway"]
    members: list[str]
    name_at_gateway: str | None
    looks_equal: bool


@with_config(_OPEN)
class Diff(TypedDict):
    """keys diff."""

    keys: list[KeyDiff]
    total: int
    differs: bool


@with_config(_CLOSED)
class KeyTest(TypedDict):
    """The outcome of one test, in the gateway's words."""

    provider: str
    name: str
    status: Literal["success", "list_models_failed", "not_tested"]
    description: str
    models_listed: int | None
    not_listed: list[str]


@with_config(_CLOSED)
class Tests(TypedDict):
    """keys test."""

    keys: list[KeyTest]
    total: int
    success: int
    list_models_failed: int
    not_tested: int


@with_config(_OPEN)
class Export(TypedDict):
    """keys export: what apply reads."""

    providers: dict[str, Any]


@with_config(_CLOSED)
class Variable(TypedDict):
    """A variable that the file refers to, and where."""

    name: str
    places: list[str]


@with_config(_CLOSED)
class Variables(TypedDict):
    """keys export --env."""

    variables: list[Variable]
    total: int


@with_config(_CLOSED)
class Path(TypedDict):
    """keys path; at a gateway the member store alone."""

    path: NotRequired[str]
    rule: NotRequired[str]
    exists: NotRequired[bool]
    tried: NotRequired[list[dict[str, Any]]]
    store: NotRequired[Gateway]


@with_config(_OPEN)
class ProviderEntry(TypedDict):
    """A provider; its other members say what a key of it requires."""

    name: str


@with_config(_CLOSED)
class Providers(TypedDict):
    """keys providers."""

    providers: list[ProviderEntry]
    total: int


@with_config(_CLOSED)
class Version(TypedDict):
    """keys version."""

    version: str


@with_config(_OPEN)
class Completion(TypedDict):
    """keys completion."""

    shell: str


@with_config(_OPEN)
class Help(TypedDict):
    """keys help: the topics, a page as text, or a command with its arguments and options."""

    topics: NotRequired[dict[str, str]]
    topic: NotRequired[str]
    text: NotRequired[str]
    command: NotRequired[str]


@with_config(_CLOSED)
class Fault(TypedDict):
    """One fault of the input; option is the word of the command line that sets the field."""

    code: str
    field: str
    option: str | None
    message: str
    hint: str | None


@with_config(_OPEN)
class ErrorBody(TypedDict):
    """What was refused or failed; field is a field of a key, option a word of the command line."""

    code: str
    exit_code: int
    message: str
    field: str | None
    option: str | None
    hint: str | None
    faults: list[Fault]


@with_config(_CLOSED)
class Error(TypedDict):
    """Every error, on standard error."""

    error: ErrorBody


# The name of each envelope in the schema, in the order of the page.
ENVELOPES: Final[dict[str, Any]] = {
    "changes": Changes,
    "list": KeyList,
    "get": OneKey,
    "hash": Hashes,
    "check": Findings,
    "explain": Routes,
    "status": Status,
    "diff": Diff,
    "test": Tests,
    "export": Export,
    "export-env": Variables,
    "path": Path,
    "providers": Providers,
    "version": Version,
    "completion": Completion,
    "help": Help,
    "error": Error,
}
