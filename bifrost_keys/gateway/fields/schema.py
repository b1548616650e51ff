"""Check the types of a key's members, with validators that are generated from the table of fields.

The rules about content are in ``rules``. Pydantic's core is used without model classes, because creating the
classes at every start takes longer than validating.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from bifrost_keys.gateway.fields.table import ALIAS_FIELDS, CONFIG_BY_NAME, KEY, Field
from bifrost_keys.gateway.rules.fault import Fault, Path, breach
from bifrost_keys.gateway.secret_form import aliases_with_texts, is_secret_form, secret_text, with_texts

_ALIAS: Final = tuple(each.field for each in ALIAS_FIELDS)
_TEXT: Final = core_schema.str_schema(strict=True)
_SIMPLE: Final[Mapping[str, CoreSchema]] = {
    **dict.fromkeys(("text", "secret", "plain"), _TEXT),
    "boolean": core_schema.bool_schema(strict=True),
    "integer": core_schema.int_schema(strict=True, ge=-(2**63), le=2**63 - 1),
    "number": core_schema.float_schema(strict=True),
    "list": core_schema.list_schema(_TEXT, strict=True),
    "aliases": core_schema.dict_schema(strict=True),
}
_EXPECTED: Final = {
    "bool_type": "true or false",
    "dict_type": "an object",
    "float_type": "a number",
    **dict.fromkeys(("int_type", "greater_than_equal", "less_than_equal"), "a whole number such as 3600"),
    "list_type": "a list",
    "string_type": "text",
    "string_unicode": "valid Unicode text",
}


def type_faults(entry: Mapping[str, Any]) -> list[Fault]:
    """Return a fault for every member of a key, its objects and its aliases that has the wrong type.

    The entry must be as the gateway reads it. Inside the key's objects, a secret in the form of the gateway's
    API (an object) counts as text and gets a warning.
    """
    faults: list[Fault] = []

    def text_of(value: Mapping[str, Any], path: Path) -> Any:
        if len(path) == 1 or not is_secret_form(value):
            return value
        message = "is an object, which releases before 1.6.0 do not accept in place of text"
        faults.append(breach("secret-object", path, message, "use the text itself"))
        return secret_text(value) or ""

    texts = with_texts(entry, KEY, text_of)
    faults += _wrong_types(_key_validator(), texts, ())
    for name in entry.keys() & CONFIG_BY_NAME.keys():
        if isinstance(texts[name], dict):
            faults += _wrong_types(_object_validator(name), texts[name], (name,))
    aliases = aliases_with_texts(entry.get("aliases"), text_of)
    for source, target in aliases.items() if isinstance(aliases, dict) else ():
        if isinstance(target, dict):
            present = {name: value for name, value in target.items() if value is not None}
            faults += _wrong_types(_alias_validator(), present, ("aliases", source))
    return faults


@cache
def _key_validator() -> SchemaValidator:
    """Return the validator of a key, which checks only that config objects are objects."""
    return _validator(field._replace(fields=()) for field in KEY)


@cache
def _object_validator(name: str) -> SchemaValidator:
    return _validator(CONFIG_BY_NAME[name].fields)


@cache
def _alias_validator() -> SchemaValidator:
    return _validator(_ALIAS)


def _validator(fields: Iterable[Field]) -> SchemaValidator:
    return SchemaValidator(_object_schema(fields))


def _object_schema(fields: Iterable[Field], *, in_list: bool = False) -> CoreSchema:
    """Return the schema of an object; required fields are checked only in lists, elsewhere by ``rules``."""
    members = {
        field.name: core_schema.typed_dict_field(_schema(field), required=in_list and field.required)
        for field in fields
    }
    return core_schema.typed_dict_schema(members, strict=True, extra_behavior="ignore")


def _schema(field: Field) -> CoreSchema:
    if field.kind == "object":
        return _object_schema(field.fields)
    if field.kind == "objects":
        return core_schema.list_schema(_object_schema(field.fields, in_list=True), strict=True)
    return _SIMPLE[field.kind]


def _wrong_types(validator: SchemaValidator, data: Mapping[str, Any], prefix: Path) -> list[Fault]:
    try:
        validator.validate_python(data)
    except ValidationError as refused:
        # Never use include_input or str(): they repeat the rejected input, which may be a secret.
        found = refused.errors(include_input=False, include_context=False, include_url=False)
        return [_fault(error["type"], (*prefix, *error["loc"])) for error in found]
    return []


def _fault(kind: str, path: Path) -> Fault:
    if kind == "missing":
        return breach("config-field-missing", path, "is missing")
    return breach("type-wrong", path, f"must be {_EXPECTED.get(kind, 'of another type')}")
