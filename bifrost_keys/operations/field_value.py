"""Return a single field of a key, for scripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from bifrost_keys.errors import NotFoundError, UsageError
from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME, spelling
from bifrost_keys.gateway.providers.table import closest
from bifrost_keys.gateway.secrets.detection import may_be_reference, quoted_argument
from bifrost_keys.gateway.secrets.masked import Masked
from bifrost_keys.gateway.secrets.redaction import mask_for_diff
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.results import KeyView

_MISSING: Final = object()


def field_value(view: KeyView, entry: Mapping[str, Any], field: str, *, reveal: bool) -> Any:
    """Return the field's value as the file spells it, or the gateway's default if it is absent.

    ``field`` is a name such as ``weight``, ``endpoint``, ``endpoints.runtime`` or
    ``azure_key_config.endpoint``. Raise UsageError for a secret without ``reveal``, and NotFoundError for a
    reference in its place, which is not the secret; the error names the variable.
    """
    if field == "provider":
        return view.provider
    if field == "hash" and field not in entry:  # the name in the table
        field = "config_hash"
    name = field.rpartition(".")[2]
    raw = _find(entry, field)
    masked = _find(view.key, field)
    if raw is _MISSING or raw is None:
        if spelling(entry, name) == name and isinstance(masked, (bool, int, float, list)):
            return masked
        known = [
            *view.key,
            *(
                part
                for each in CONFIG_BY_NAME
                if isinstance(view.key.get(each), Mapping)
                for part in view.key[each]
            ),
        ]
        near = closest(name, (each for each in known if each != name))
        hint = f"did you mean {' or '.join(near)}?" if near else "keys get NAME shows every field"
        raise NotFoundError(
            f"no field named {quoted_argument(name)}", code="field-not-found", field="--field", hint=hint
        )
    if isinstance(raw, Masked):
        if not reveal:
            raise UsageError("the field is a secret", code="reveal-missing", hint="a gateway never shows it")
        raise NotFoundError("a gateway never shows a literal secret", code="secret-not-shown")
    if isinstance(raw, str) and isinstance(masked, Mapping):
        return _secret(raw, masked, reveal=reveal)
    if not reveal and not _is_shown(raw, entry, field):
        raise UsageError(
            "the field may contain a secret", code="reveal-missing", hint="use --reveal to print it"
        )
    return raw


def _secret(raw: str, masked: Mapping[str, Any], *, reveal: bool) -> str:
    if reveal and may_be_reference(raw):
        kind, _, name = raw.partition(".")
        where = f"variable {name} of the gateway's environment" if kind == "env" else f"vault at {name}"
        raise NotFoundError(f"the secret is not in the file: it is in the {where}", code="value-is-reference")
    if reveal or masked.get("env_var") == raw or masked.get("value") == raw:
        return raw
    raise UsageError("the field is a secret", code="reveal-missing", hint="use --reveal to print it")


def _is_shown(raw: Any, entry: Mapping[str, Any], field: str) -> bool:
    """Return whether nothing in the value is masked."""
    return any(
        same(mask_for_diff(path, raw, entry), raw) for path in _paths(field) if _at(entry, path) is raw
    )


def _find(data: Mapping[str, Any], field: str) -> Any:
    """Return the member of the key, or of its config object."""
    return next((found for path in _paths(field) if (found := _at(data, path)) is not _MISSING), _MISSING)


def _paths(field: str) -> Iterator[tuple[str, ...]]:
    parts = tuple(field.split("."))
    yield parts
    yield from ((config, *parts) for config in CONFIG_BY_NAME)


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        data = data.get(part, _MISSING) if isinstance(data, Mapping) else _MISSING
    return data
