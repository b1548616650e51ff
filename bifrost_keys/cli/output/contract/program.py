"""The JSON of path, providers, version, completion and help."""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict

from bifrost_keys.cli.output.contract.changes import Gateway


class TriedPath(TypedDict):
    """One place where the file was looked for."""

    rule: str
    path: str | None
    result: str


class Path(TypedDict):
    """The file that is used."""

    path: str
    rule: str
    """The rule that selected it."""
    exists: bool
    tried: NotRequired[list[TriedPath]]
    """With `--explain`."""


class GatewayPath(TypedDict):
    """The gateway that is used."""

    store: Gateway
    tried: NotRequired[list[TriedPath]]
    """With `--explain`."""


class Provider(TypedDict):
    """A built-in provider; with `--gateway` also what the gateway has of it."""

    name: str
    since: str
    """The release that added it."""
    base_type_since: str | None
    """Since when a custom provider may build on it; null if none may."""
    config_object: str | None
    """The member of a key that has the provider's own fields."""
    config_required: bool
    required: list[str]
    """The fields of the config object that it needs."""
    optional: list[str]
    options: dict[str, str]
    """The option of each field."""
    options_since: dict[str, str]
    """The release that added each field."""
    value_may_be_empty: bool
    tested_by: str | None
    """What `keys test` asks; null if it cannot ask from here."""
    instead_of_value: list[str]
    """The fields that make a value unnecessary."""
    configured: NotRequired[bool]
    """Whether the gateway has it."""
    state: NotRequired[str]
    """Only if it has; so are `status` and `description`."""
    status: NotRequired[str]
    description: NotRequired[str | None]


class GatewayProvider(TypedDict):
    """A provider of a gateway that is not built in."""

    name: str
    custom: bool
    configured: bool
    state: str
    status: str
    description: str | None


class Providers(TypedDict):
    """The providers by name, then those that only the gateway has."""

    providers: list[Provider | GatewayProvider]
    total: int


class Version(TypedDict):
    """The version of this program."""

    version: str


class Completion(TypedDict):
    """The completion script of a shell."""

    shell: str
    script: str


class CompletionFiles(TypedDict):
    """With `--install` or `--uninstall`: the files that were written or removed."""

    shell: str
    changed: bool
    files: list[str]
    hint: str | None


class Topics(TypedDict):
    """The topics of the help, each with what it is about."""

    topics: dict[str, str]


class Topic(TypedDict):
    """One page of the help, as Markdown."""

    topic: str
    text: str
    schema: NotRequired[dict[str, Any]]
    """Only of the page json: this contract as a JSON Schema."""


class Argument(TypedDict):
    """An argument of a command."""

    name: str
    required: bool
    about: str


class Option(TypedDict):
    """An option."""

    names: list[str]
    value: str | None
    """What to give; null for a flag."""
    required: bool
    about: str


class CommandHelp(TypedDict):
    """The help of one command."""

    command: str
    about: str
    examples: list[str]
    arguments: list[Argument]
    options: list[Option]


class ProgramHelp(TypedDict):
    """The help of the program."""

    about: str
    examples: list[str]
    commands: dict[str, str]
    """What each command does."""
    options: list[Option]


class ManPages(TypedDict):
    """With `--man`: the man pages that were written."""

    written: list[str]
