"""The table of fields: those of a key, of an alias, and of each provider's config object.

Validation, command-line options and their help, the order of fields in the gateway's hash, redaction and the
columns of the gateway's database are derived from it. The config objects are in ``config_objects``.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields.config_objects import CONFIG_OBJECTS
from bifrost_keys.gateway.fields.field import ConfigObject, Field
from bifrost_keys.gateway.nesting import LEVELS
from bifrost_keys.gateway.releases import Release
from bifrost_keys.gateway.rules.fault import Path

__all__ = [
    "ALIAS_FIELDS",
    "ALIAS_OBJECTS_SINCE",
    "BOOKKEEPING",
    "CONFIG_BY_NAME",
    "CONFIG_BY_PROVIDER",
    "CONFIG_OBJECTS",
    "FLAGS",
    "KEY",
    "KEY_FIELDS",
    "AliasField",
    "ConfigObject",
    "Field",
    "Member",
    "alias_target",
    "as_gateway_reads",
    "fold",
    "respelled",
    "spelling",
    "walk",
    "with_filled_models",
    "without_nulls",
]


CONFIG_BY_NAME: Final[Mapping[str, ConfigObject]] = {config.name: config for config in CONFIG_OBJECTS}
CONFIG_BY_PROVIDER: Final[Mapping[str, ConfigObject]] = {config.provider: config for config in CONFIG_OBJECTS}

# Fields in which the gateway records its own notes; they are not properties of the key.
BOOKKEEPING: Final = ("config_hash", "status", "description")
# Flags other than ``enabled`` and ``use_for_batch_api``; keys of every provider may have them.
FLAGS: Final = (
    Field(
        "use_anthropic_endpoints",
        "--use-anthropic-endpoints",
        "Call the provider's Anthropic-compatible endpoints.",
        kind="boolean",
        shown=True,
        omit="empty",
        since=(1, 6, 5),
    ),
    Field(
        "use_openai_endpoints",
        "--use-openai-endpoints",
        "Call the provider's OpenAI-compatible endpoints.",
        kind="boolean",
        shown=True,
        omit="empty",
        since=(2, 2, 0),
    ),
)
KEY: Final = (
    Field("id", kind="plain", shown=True),
    Field("name", kind="plain", shown=True, required=True),
    Field("value", kind="secret"),
    Field("models", kind="list", shown=True),
    Field("blacklisted_models", kind="list", shown=True),
    Field("weight", kind="number", shown=True, required=True),
    Field("aliases", kind="aliases", shown=True),
    *(
        Field(config.name, kind="object", since=config.since, fields=config.fields)
        for config in CONFIG_OBJECTS
    ),
    Field("enabled", kind="boolean", shown=True),
    Field("use_for_batch_api", kind="boolean", shown=True),
    *FLAGS,
    *(Field(name, kind="plain", shown=True) for name in BOOKKEEPING),
)
KEY_FIELDS: Final = tuple(field.name for field in KEY)


class AliasField(NamedTuple):
    """One field of an alias object; with ``provider``, only keys of that base type may have it."""

    field: Field
    provider: str | None = None


# Releases before this one refuse to start if an alias is an object.
ALIAS_OBJECTS_SINCE: Final[Release] = (1, 5, 12)
# In the order of the hash, which omits absent fields and includes false and empty ones.
ALIAS_FIELDS: Final = (
    AliasField(Field("model_id", kind="plain", shown=True, required=True)),
    AliasField(Field("model_name", kind="plain", shown=True, omit="absent")),
    AliasField(Field("model_family", kind="plain", shown=True, omit="absent")),
    AliasField(Field("description", kind="plain", shown=True, omit="empty")),
    AliasField(Field("region", shown=True, omit="absent")),
    AliasField(Field("project_id", shown=True, omit="absent")),
    AliasField(Field("use_anthropic_endpoints", kind="boolean", shown=True, omit="absent", since=(1, 6, 5))),
    AliasField(Field("use_openai_endpoints", kind="boolean", shown=True, omit="absent", since=(2, 2, 0))),
    AliasField(Field("api_version", kind="plain", shown=True, omit="absent"), "azure"),
    AliasField(Field("anthropic_version", kind="plain", shown=True, omit="absent"), "azure"),
    AliasField(Field("endpoint", shown=True, omit="absent"), "azure"),
    AliasField(Field("project_number", shown=True, omit="absent"), "vertex"),
    AliasField(
        Field("force_single_region", kind="boolean", shown=True, omit="absent", since=(1, 6, 4)), "vertex"
    ),
    AliasField(Field("inference_profile_arn", omit="absent"), "bedrock"),
    AliasField(Field("use_deployments_endpoint", kind="boolean", shown=True, omit="absent"), "replicate"),
)


def fold(name: str) -> str:
    """Return the form in which the gateway compares field names: lower case, with the long s as s."""
    folded = name.lower().replace("\u017f", "s")
    return name if folded == name else folded  # the same object: names of many members take memory once


def spelling(data: Mapping[str, Any], name: str) -> str:
    """Return the object's spelling of this field. The gateway ignores case, and uses the last of several."""
    return next((member for member in reversed([*data]) if fold(member) == name), name)


def as_gateway_reads(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry as the gateway reads it: known fields only, in their own spelling, without nulls.

    The gateway ignores case in field names, uses the last of several, and treats null as absent. This applies
    to nested objects too. Null fields of an alias stay if they belong to one provider, because they still
    make the alias an object.
    """
    read = _known_members(entry, _KEY)
    aliases = read.get("aliases")
    if isinstance(aliases, Mapping):
        read["aliases"] = {source: _read_alias(target) for source, target in aliases.items()}
    return read


def respelled(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry with its known fields in their own spelling, and everything else unchanged."""
    return {fold(name) if fold(name) in _KEY.fields else name: value for name, value in entry.items()}


def with_filled_models(entry: Mapping[str, Any], *, empty_models_allow_all: bool) -> Mapping[str, Any]:
    """Return the entry with ``["*"]`` for empty models, as the gateway loads a file with ``"version": 1``."""
    if not empty_models_allow_all or entry.get(spelling(entry, "models")):
        return entry
    return {**entry, "models": ["*"]}


def without_nulls(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry without null members, also in its objects: the gateway treats null as absent."""
    present = {name: value for name, value in data.items() if value is not None}
    for name in present.keys() & _KEY.inner.keys():
        present[name] = _present(present[name])
    if isinstance(present.get("aliases"), Mapping):
        present["aliases"] = {
            source: _present(target) if isinstance(target, Mapping) else target
            for source, target in present["aliases"].items()
        }
    return present


def alias_target(target: Any) -> Any:
    """Return an alias in its shortest form: the model's name if the object contains only ``model_id``."""
    if not isinstance(target, Mapping):
        return target
    said = {name: value for name, value in target.items() if value is not None}
    if said.get("description") == "":
        del said["description"]
    return said["model_id"] if said.keys() == {"model_id"} else said


class Member(NamedTuple):
    """A member of an entry, at any depth; ``field`` is None if the table does not contain it."""

    path: Path
    field: Field | None
    value: Any


def walk(entry: Mapping[str, Any]) -> Iterator[Member]:
    """Yield every member of the entry, its objects and its alias objects."""
    yield from _walk(entry, _KEY, ())
    name = spelling(entry, "aliases")
    aliases = entry.get(name)
    for source, target in aliases.items() if isinstance(aliases, Mapping) else ():
        yield from _walk(target, _ALIAS, (name, source))


class _Shape(NamedTuple):
    """The fields of an object by name, and the shapes of the objects inside it."""

    fields: Mapping[str, Field]
    inner: "Mapping[str, _Shape]"


def _shape(fields: Iterable[Field]) -> _Shape:
    named = {field.name: field for field in fields}
    return _Shape(named, {name: _shape(field.fields) for name, field in named.items() if field.fields})


_KEY: Final = _shape(KEY)
_ALIAS: Final = _shape(each.field for each in ALIAS_FIELDS)
_BOUND: Final = frozenset(each.field.name for each in ALIAS_FIELDS if each.provider is not None)


def _known_members(data: Mapping[str, Any], shape: _Shape) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in data.items():
        known = name if name in shape.fields else fold(name)
        if value is not None and known in shape.fields:
            members[known] = _inner(value, shape.inner[known]) if known in shape.inner else value
    return members


def _inner(value: Any, shape: _Shape) -> Any:
    if isinstance(value, list):
        return [_known_members(part, shape) if isinstance(part, Mapping) else part for part in value]
    return _known_members(value, shape) if isinstance(value, Mapping) else value


def _read_alias(target: Any) -> Any:
    if not isinstance(target, Mapping):
        return target
    nulls = {fold(name): None for name, value in target.items() if value is None and fold(name) in _BOUND}
    return {**nulls, **_known_members(target, _ALIAS)}


def _present(value: Any, levels: int = LEVELS) -> Any:
    if isinstance(value, Mapping) and levels:
        return {name: _present(part, levels - 1) for name, part in value.items() if part is not None}
    return [_present(part, levels - 1) for part in value] if isinstance(value, list) and levels else value


def _walk(data: Any, shape: _Shape, prefix: Path) -> Iterator[Member]:
    if isinstance(data, list):
        for index, part in enumerate(data):
            if isinstance(part, Mapping):
                yield from _walk(part, shape, (*prefix, index))
    for name, value in data.items() if isinstance(data, Mapping) else ():
        known, path = fold(name), (*prefix, name)
        yield Member(path, shape.fields.get(known), value)
        if known in shape.inner:
            yield from _walk(value, shape.inner[known], path)
