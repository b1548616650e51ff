"""The Pydantic schemas of a key and of each config object, made from the table in ``fields``.

They judge types and unknown fields of config objects; the rules about content are in ``rules``.
A schema is built the first time that its provider is met, because building is what costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError, create_model
from pydantic import Field as FieldOf

from bifrost_keys.gateway.fields import CONFIG_BY_NAME, ConfigObject, Field
from bifrost_keys.gateway.providers import closest
from bifrost_keys.gateway.rules.fault import Fault, Path

_STRICT: Final = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


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
    """Every member of a key that has the wrong type, and every unknown one in its config objects.

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
    odd = [name for name in data if not name.isascii() and _no_text(name)]
    if odd:
        rest = {name: value for name, value in data.items() if name not in odd}
        return [_fault("extra_forbidden", (*prefix, name)) for name in odd] + _faults(model, rest, prefix)
    try:
        model.model_validate(data)
    except ValidationError as refused:
        # Never include_input or str(): they repeat what was rejected, and that may be a secret.
        found = refused.errors(include_input=False, include_context=False, include_url=False)
        return [_fault(error["type"], (*prefix, *error["loc"])) for error in found]
    return []


def _no_text(name: str) -> bool:
    return any("\ud800" <= c <= "\udfff" for c in name)


def _suggestion(path: Path) -> str:
    known = CONFIG_BY_NAME[str(path[0])].fields if len(path) == 2 else ()
    near = closest(str(path[-1]), [field.name for field in known], most=1)
    return f"did you mean {near[0]}?" if near else "leave it out"


def _fault(kind: str, path: Path) -> Fault:
    if kind == "extra_forbidden":
        message = "is no field of this object"
        return Fault("config-unknown-field", path, "error", message, _suggestion(path))
    if kind == "missing":
        return Fault("field-missing", path, "error", "is missing")
    return Fault("wrong-type", path, "error", f"must be {_EXPECTED.get(kind, 'of another type')}")
