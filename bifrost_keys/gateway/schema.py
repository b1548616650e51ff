"""The Pydantic schemas of a key and of each config object, made from the table in ``fields``.

They judge types alone; unknown members and the rules about content are in ``rules``.
A schema is built the first time that its provider is met, because building is what costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, create_model
from pydantic import Field as FieldOf

from bifrost_keys.gateway.fields import CONFIG_BY_NAME, ConfigObject, Field
from bifrost_keys.gateway.rules.fault import Fault, Path, breach

_STRICT: Final = ConfigDict(strict=True, extra="ignore", frozen=True, hide_input_in_errors=True)


class Bucket(BaseModel):
    """One S3 bucket for batch files."""

    model_config = _STRICT

    bucket_name: str
    prefix: str = ""
    is_default: bool = False


class BatchS3Config(BaseModel):
    """Where Bedrock's batch files go."""

    model_config = _STRICT

    buckets: list[Bucket] = []


class KeyModel(BaseModel):
    """The types of a key's own fields; unknown fields are allowed, as the gateway allows them."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, hide_input_in_errors=True)

    id: str | None = None
    name: str | None = None
    value: SecretStr | None = None
    models: list[str] | None = None
    blacklisted_models: list[str] | None = None
    weight: float | None = None
    aliases: dict[str, Any] | None = None
    enabled: bool | None = None
    use_for_batch_api: bool | None = None
    azure_key_config: dict[str, Any] | None = None
    vertex_key_config: dict[str, Any] | None = None
    bedrock_key_config: dict[str, Any] | None = None
    vllm_key_config: dict[str, Any] | None = None
    replicate_key_config: dict[str, Any] | None = None
    ollama_key_config: dict[str, Any] | None = None
    sgl_key_config: dict[str, Any] | None = None
    config_hash: str | None = None
    status: str | None = None
    description: str | None = None


_TYPES: Final[dict[str, Any]] = {
    "text": str,
    "secret": SecretStr,
    "boolean": bool,
    "list": list[str],
    "buckets": BatchS3Config,
}
_EXPECTED: Final = {
    "bool_type": "true or false",
    "dict_type": "an object",
    "float_type": "a number",
    "list_type": "a list",
    "model_type": "an object",
    "string_type": "text",
    "string_unicode": "valid Unicode text",
}


def _definition(field: Field) -> tuple[Any, Any]:
    return _TYPES[field.kind] | None, FieldOf(default=None, description=field.help)


@cache
def config_model(config: ConfigObject) -> type[BaseModel]:
    """The schema of this config object, its fields in the order of the hash."""
    title = "".join(part.title() for part in config.name.split("_"))
    members: dict[str, Any] = {field.name: _definition(field) for field in config.fields}
    return create_model(title, __config__=_STRICT, **members)


def type_faults(entry: Mapping[str, Any]) -> list[Fault]:
    """Every member of a key, and of its config objects, that has the wrong type.

    The entry must hold no null: whether a null is allowed is a rule of its own.
    """
    known = KeyModel.model_fields.keys()
    faults = _faults(KeyModel, {name: value for name, value in entry.items() if name in known}, ())
    for name in entry.keys() & CONFIG_BY_NAME.keys():
        if isinstance(entry[name], dict):
            faults += _faults(config_model(CONFIG_BY_NAME[name]), entry[name], (name,))
    return faults


def _faults(model: type[BaseModel], data: Mapping[str, Any], prefix: Path) -> list[Fault]:
    # Pydantic judges nothing at all where one name is no Unicode text.
    sound = {name: value for name, value in data.items() if name.isascii() or not _no_text(name)}
    try:
        model.model_validate(sound)
    except ValidationError as refused:
        # Never include_input or str(): they repeat what was rejected, and that may be a secret.
        found = refused.errors(include_input=False, include_context=False, include_url=False)
        return [_fault(error["type"], (*prefix, *error["loc"])) for error in found]
    return []


def _no_text(name: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in name)


def _fault(kind: str, path: Path) -> Fault:
    if kind == "missing":
        return breach("config-field-missing", path, "is missing")
    return breach("wrong-type", path, f"must be {_EXPECTED.get(kind, 'of another type')}")
