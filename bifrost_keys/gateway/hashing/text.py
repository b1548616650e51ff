"""Write the text of a key that each release of the gateway hashes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import ALIAS_FIELDS, ALIAS_OBJECTS_SINCE, CONFIG_OBJECTS, KEY, Field
from bifrost_keys.gateway.hashing.go_json import compact, number, utf8
from bifrost_keys.gateway.releases import Release

# From this release on, secrets are objects with ``ref`` and ``type``, and ``vault.PATH`` is a reference.
_NEW_FORM: Final[Release] = (1, 6, 0)
# Text that is hashed at the end of a key if the flag is true.
_SWITCHES: Final = tuple(
    (field, written)
    for name, written in (
        ("enabled", "enabled"),
        ("use_for_batch_api", "useForBatchAPI"),
        ("use_anthropic_endpoints", "useAnthropicEndpoints"),
    )
    for field in KEY
    if field.name == name
)
_ALIAS: Final = tuple(each.field for each in ALIAS_FIELDS)
# Before 1.6.4 ``project_id`` was a field of Vertex, in another position.
_PROJECT_FOR_ALL: Final[Release] = (1, 6, 4)
_PROJECT: Final = next(field for field in _ALIAS if field.name == "project_id")
_PLACE: Final = next(place for place, field in enumerate(_ALIAS) if field.name == "project_number")
_OLD_ALIAS: Final = (
    *(field for field in _ALIAS[:_PLACE] if field is not _PROJECT),
    _PROJECT,
    *_ALIAS[_PLACE:],
)


def hash_text(read: Mapping[str, Any], release: Release, environ: Mapping[str, str]) -> str:
    """Return the text that a gateway of this release hashes for an entry (as the gateway reads it).

    ``environ`` is the gateway's environment; a missing variable counts as empty.
    """
    return "".join(_Writer(release, environ).parts(read))


def counts_as_reference(text: str, release: Release) -> bool:
    """Return whether a gateway of this release treats the text as a reference, not as the secret itself."""
    return text.startswith("env.") or (release >= _NEW_FORM and text.startswith("vault."))


class _Writer:
    """Write the parts of a key as one release does."""

    def __init__(self, release: Release, environ: Mapping[str, str]) -> None:
        self._release = release
        self._old = release < _NEW_FORM
        self._environ = environ

    def parts(self, read: Mapping[str, Any]) -> Iterator[str]:
        """Yield everything that is hashed, in order, for an entry as the gateway reads it."""
        yield _plain_text(read.get("name", ""))
        value = _plain_text(read.get("value", ""))
        kind = ("env:" if self._old else "ref:") if counts_as_reference(value, self._release) else "val:"
        yield kind + value
        for name, prefix in (("models", ""), ("blacklisted_models", "blacklistedModels:")):
            listed = read.get(name)
            if isinstance(listed, list) and listed:
                yield prefix + compact(sorted((_plain_text(model) for model in listed), key=utf8))
        weight = read.get("weight", 0)
        yield number(weight) if isinstance(weight, (int, float)) else _plain_text(weight)
        for config in CONFIG_OBJECTS:
            if config.name == "vllm_key_config" and isinstance(read.get("aliases"), Mapping):
                yield self._aliases(read["aliases"])
            if isinstance(read.get(config.name), Mapping) and config.since <= self._release:
                yield self._object(read[config.name], config.fields)
        for field, written in _SWITCHES:
            if read.get(field.name) is True and self._knows(field):
                yield f"{written}:true"

    def _aliases(self, aliases: Mapping[str, Any]) -> str:
        members = (
            f"{compact(source)}:{self._alias(aliases[source])}" for source in sorted(aliases, key=utf8)
        )
        return "{" + ",".join(members) + "}"

    def _alias(self, target: Any) -> str:
        objects = self._release >= ALIAS_OBJECTS_SINCE
        if not isinstance(target, Mapping):
            return compact({"model_id": ""} if target == "" and objects else target)
        fields = _ALIAS if self._release >= _PROJECT_FOR_ALL else _OLD_ALIAS
        there = {field.name for field in fields if field.name in target and self._knows(field)}
        if target.get("description") == "":
            there.discard("description")
        if there == {"model_id"} and target["model_id"]:
            return compact(target["model_id"])
        return self._object(target, fields)

    def _object(self, data: Mapping[str, Any], fields: Iterable[Field]) -> str:
        members = []
        for field in fields:
            value = data.get(field.name)
            left_out = value is None if field.omit == "absent" else not value if field.omit else False
            if self._knows(field) and not left_out:
                members.append(f"{compact(field.name)}:{self._member(value, field)}")
        return "{" + ",".join(members) + "}"

    def _member(self, value: Any, field: Field) -> str:
        if field.reference:
            return self._secret_capable(value)
        if field.kind == "boolean":
            return "true" if value is True else "false"
        if field.kind == "object":
            return self._object(value if isinstance(value, Mapping) else {}, field.fields)
        if field.kind == "objects" and isinstance(value, list):
            listed = (self._object(each if isinstance(each, Mapping) else {}, field.fields) for each in value)
            return "[" + ",".join(listed) + "]"
        if field.kind in ("list", "integer"):
            return compact(value)
        return compact(_plain_text("" if value is None else value))

    def _secret_capable(self, value: Any) -> str:
        literal = _plain_text("" if value is None else value)
        if counts_as_reference(literal, self._release):
            kind, _, name = literal.partition(".")
            resolved = compact(self._environ.get(name, "") if kind == "env" else "")
            if self._old:
                return f'{{"value":{resolved},"env_var":{compact(literal)},"from_env":true}}'
            return f'{{"value":{resolved},"ref":{compact(literal)},"type":{compact(kind)}}}'
        if self._old:
            return f'{{"value":{compact(literal)},"env_var":"","from_env":false}}'
        return '{"value":""}' if value is None else f'{{"value":{compact(literal)},"type":"plain_text"}}'

    def _knows(self, field: Field) -> bool:
        return field.known_to(self._release) is True


def _plain_text(value: Any) -> str:
    return value if isinstance(value, str) else compact(value)
