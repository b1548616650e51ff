"""The JSON of keys: of list, get, hash and export."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from bifrost_keys.cli.output.contract.listed import Listed
from bifrost_keys.cli.output.contract.notice import Notice


@with_config(extra="forbid", use_attribute_docstrings=True)  # closed, although the key around it is open
class Secret(TypedDict):
    """A field of a key that may be a reference."""

    value: str | None
    """The literal, masked; empty for a reference."""
    env_var: str
    """The reference, such as `env.OPENAI_API_KEY`; empty for a literal."""
    from_env: bool


# Open: a key may have members that only its gateway knows, and they are shown, masked.
@with_config(extra="allow", use_attribute_docstrings=True)
class Key(TypedDict):
    """A key in the form of the gateway's own API, secrets masked.

    Its other members are those of the file: the object of its provider, for example `azure_key_config`, and
    what this program does not know. What has another type than the gateway expects is passed through too.
    """

    id: Any
    name: Any
    """Empty for a key without a name."""
    value: Secret
    models: list[Any]
    blacklisted_models: list[Any]
    weight: Any
    enabled: Any
    use_for_batch_api: Any
    aliases: NotRequired[Any]
    config_hash: NotRequired[Any]
    status: NotRequired[Any]
    """The gateway's note on its last model discovery with the key."""
    description: NotRequired[Any]


class ListedKey(TypedDict):
    """A key and its provider; `apply` and `create --from-file` read this form too."""

    provider: str
    key: Key


class KeyList(TypedDict):
    """The keys in the order of the file."""

    keys: Listed[ListedKey]
    total: int
    warnings: NotRequired[list[Notice]]
    """There if a filter was given and the gateway uses other values than the file."""


class Reference(TypedDict):
    """A place in the same file that refers to a key."""

    path: str
    kind: Literal["name", "id"]
    """What it refers to the key by."""
    checked: bool
    """Whether the gateway does not start if the reference does not resolve."""


class OneKey(TypedDict):
    """One key with the places that refer to it."""

    provider: str
    key: Key
    references: list[Reference] | None
    """null if they could not be read."""
    warnings: NotRequired[list[Notice]]
    """There if they could not be read: why."""


class KeyHash(TypedDict):
    """The hash of one key."""

    provider: str
    name: str
    hash: str
    """As the gateway computes it."""
    recorded: str | None
    match: bool | None
    """Whether the two are equal by the recipe of some release; null if none is recorded."""
    reproducible: bool
    """Whether the gateway computes the same hash; if not, only the gateway knows it."""


class Hashes(TypedDict):
    """The hashes in the order of the file."""

    keys: Listed[KeyHash]
    total: int


# Open: the settings of a provider are the file's own.
@with_config(extra="allow", use_attribute_docstrings=True)
class ExportedProvider(TypedDict):
    """A provider: its settings that decide where its keys are sent, as in `config.json`, and its keys."""

    keys: list[dict[str, Any]]
    """Each in the form of `config.json`, without literal secrets unless `--reveal` is given."""


class Export(TypedDict):
    """What `keys apply` reads."""

    providers: dict[str, ExportedProvider]


class Variable(TypedDict):
    """A variable that the file refers to."""

    name: str
    places: list[str]
    """The keys, as `PROVIDER/NAME`, and the other parts of the file that refer to it."""


class Variables(TypedDict):
    """The variables that the gateway needs in its environment."""

    variables: list[Variable]
    total: int
