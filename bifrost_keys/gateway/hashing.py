"""The gateway's change-detection hash of a key (``config_hash``), byte for byte.

SHA-256, lower-case hex, over the parts of a key one after the other, written as Go writes JSON. Two
recipes exist: that of release 1.5.1, and that of 1.5.12 and every later release. Both were compared
with what running gateways computed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from bifrost_keys.gateway.fields import (
    CONFIG_BY_NAME,
    CONFIG_OBJECTS,
    KEY_FIELDS,
    RECIPES,
    ConfigObject,
    Field,
    as_gateway_reads,
)
from bifrost_keys.gateway.go_json import compact, number, utf8
from bifrost_keys.gateway.secrets.detection import is_reference

__all__ = ["NEWEST", "alias_target", "hash_for_file", "key_hash", "key_hashes", "reproducible"]

NEWEST = RECIPES[-1]
_TYPES: Mapping[str, type] = {"boolean": bool, "list": list, "buckets": dict}
_ALIKE = frozenset(KEY_FIELDS) - CONFIG_BY_NAME.keys()


def key_hash(entry: Mapping[str, Any], recipe: str, *, environ: Mapping[str, str] | None = None) -> str:
    """The hash of ``entry``, 64 lower-case hexadecimal digits.

    ``environ`` is the environment of the gateway, for references inside config objects; a variable
    that is not in it is empty. A value of a wrong type never raises: it is hashed as some text, and
    ``reproducible`` says that it is not the gateway's.
    """
    read = as_gateway_reads(entry)
    name, value = _plain_text(read.get("name", "")), _plain_text(read.get("value", ""))
    kind = "val:"
    if _is_reference(value, recipe):
        kind = "env:" if recipe == "1.5.1" else "ref:"
    shared = "".join(_shared_parts(read, recipe, environ or {}))
    return hashlib.sha256(utf8(f"{name}{kind}{value}{shared}")).hexdigest()


def hash_for_file(entry: Mapping[str, Any], recipe: str) -> str | None:
    """The hash to write into the file beside this entry, or None where only the gateway can know it."""
    return key_hash(entry, recipe) if reproducible(entry, recipe) else None


def key_hashes(entry: Mapping[str, Any]) -> frozenset[str]:
    """The hashes of ``entry`` by every recipe: where hashes are compared, either one is right."""
    value = entry.get("value")
    # The recipes differ in references and config objects alone; most entries are hashed once.
    alike = isinstance(value, str) and not is_reference(value)
    if alike and _ALIKE.issuperset(entry):
        return frozenset({key_hash(entry, NEWEST)})
    return frozenset(key_hash(entry, recipe) for recipe in RECIPES)


def reproducible(entry: Mapping[str, Any], recipe: str = NEWEST) -> bool:
    """Whether the gateway computes this very hash, whatever its environment, at every start.

    Not so with a reference inside a config object (the value of the variable enters the hash), with
    two or more aliases (the gateway writes them in a random order), or with a value of a wrong type.
    """
    read = as_gateway_reads(entry)
    return _plain_members(read) and all(
        _plain_config(read[config.name], config, recipe) for config in CONFIG_OBJECTS if config.name in read
    )


def _shared_parts(read: Mapping[str, Any], recipe: str, environ: Mapping[str, str]) -> Iterator[str]:
    """What follows a key's name and value."""
    for name, prefix in (("models", ""), ("blacklisted_models", "blacklistedModels:")):
        listed = read.get(name)
        if isinstance(listed, list) and listed:
            yield prefix + compact(sorted((_plain_text(model) for model in listed), key=utf8))
    weight = read.get("weight", 0)
    yield number(weight) if isinstance(weight, (int, float)) else _plain_text(weight)
    for config in CONFIG_OBJECTS:
        if config.name == "vllm_key_config" and isinstance(read.get("aliases"), Mapping):
            yield _aliases(read["aliases"])
        if isinstance(read.get(config.name), Mapping):
            yield _config(read[config.name], config, recipe, environ)
    if read.get("enabled") is True:
        yield "enabled:true"
    if read.get("use_for_batch_api") is True:
        yield "useForBatchAPI:true"


def _aliases(aliases: Mapping[str, Any]) -> str:
    targets = {name: alias_target(aliases[name]) for name in sorted(aliases, key=utf8)}
    return compact(targets)


def alias_target(target: Any) -> Any:
    """From 1.5.12 an object is allowed; with ``model_id`` alone it is the string."""
    if isinstance(target, Mapping) and set(target) == {"model_id"}:
        return target["model_id"]
    return target


def _config(data: Mapping[str, Any], config: ConfigObject, recipe: str, environ: Mapping[str, str]) -> str:
    members = []
    for field in config.fields:
        if recipe not in field.recipes or (field.omit and not _written(data, field)):
            continue
        members.append(f"{compact(field.name)}:{_member(data.get(field.name), field, recipe, environ)}")
    return "{" + ",".join(members) + "}"


def _written(data: Mapping[str, Any], field: Field) -> bool:
    return field.name in data and not (field.kind == "list" and not data[field.name])


def _member(value: Any, field: Field, recipe: str, environ: Mapping[str, str]) -> str:
    if field.reference:
        return _secret_capable(value, recipe, environ)
    if field.kind == "boolean":
        return "true" if value is True else "false"
    if field.kind == "buckets":
        return _buckets(value)
    if field.kind == "list" and isinstance(value, list):
        return compact(value)
    return compact(_plain_text("" if value is None else value))


def _secret_capable(value: Any, recipe: str, environ: Mapping[str, str]) -> str:
    if value is None:
        return '{"value":"","env_var":"","from_env":false}' if recipe == "1.5.1" else '{"value":""}'
    literal = _plain_text(value)
    if not _is_reference(literal, recipe):
        if recipe == "1.5.1":
            return f'{{"value":{compact(literal)},"env_var":"","from_env":false}}'
        return f'{{"value":{compact(literal)},"type":"plain_text"}}'
    kind, _, name = literal.partition(".")
    resolved = compact(environ.get(name, "") if kind == "env" else "")
    if recipe == "1.5.1":
        return f'{{"value":{resolved},"env_var":{compact(literal)},"from_env":true}}'
    return f'{{"value":{resolved},"ref":{compact(literal)},"type":{compact(kind)}}}'


def _buckets(value: Any) -> str:
    """``{"buckets":[…]}`` in the gateway's own order of fields, without what is empty or false."""
    buckets = value.get("buckets") if isinstance(value, Mapping) else None
    if not isinstance(buckets, list) or not buckets:
        return "{}"
    written = []
    for bucket in buckets:
        data = bucket if isinstance(bucket, Mapping) else {}
        members: dict[str, Any] = {"bucket_name": _plain_text(data.get("bucket_name") or "")}
        if data.get("prefix"):
            members["prefix"] = _plain_text(data["prefix"])
        if data.get("is_default") is True:
            members["is_default"] = True
        written.append(members)
    return compact({"buckets": written})


def _is_reference(value: str, recipe: str) -> bool:
    return value.startswith("env.") or (recipe != "1.5.1" and value.startswith("vault."))


def _plain_text(value: Any) -> str:
    return value if isinstance(value, str) else compact(value)


def _plain_members(read: dict[str, Any]) -> bool:
    weight = read.get("weight", 0)
    aliases = read.get("aliases", {})
    return (
        all(isinstance(read.get(name, ""), str) for name in ("name", "value"))
        and all(_is_text_list(read.get(name, [])) for name in ("models", "blacklisted_models"))
        and all(isinstance(read.get(name, False), bool) for name in ("enabled", "use_for_batch_api"))
        and isinstance(weight, (int, float))
        and not isinstance(weight, bool)
        and number(weight) != ""
        and isinstance(aliases, Mapping)
        and len(aliases) < 2
        and all(isinstance(alias_target(target), str) for target in aliases.values())
    )


def _plain_config(data: Any, config: ConfigObject, recipe: str) -> bool:
    if not isinstance(data, Mapping):
        return False
    for field in config.fields:
        value = data.get(field.name)
        if value is None:
            continue
        if not isinstance(value, _TYPES.get(field.kind, str)):
            return False
        if field.kind == "list" and not _is_text_list(value):
            return False
        if field.reference and _is_reference(str(value), recipe):
            return False
    return True


def _is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
