"""Parse the keys that a file should have, the input of ``apply``, and find faults in its shape.

The form is that of ``config.json`` itself, ``{"providers": {PROVIDER: {"keys": [key, …]}}}``, or the output
of ``list``, ``get`` and changes with ``-o json``. Settings of a provider that decide where its keys are sent
are read too; anything else in the input is ignored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.gateway.fields.table import BOOKKEEPING, FLAGS, KEY, Field
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.nesting import LEVELS
from bifrost_keys.gateway.request_body import parse_object, views_in
from bifrost_keys.gateway.rules.fault import Fault, InputName, Path, path_text
from bifrost_keys.gateway.secrets.masked import Masked
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.secrets.redaction import mask_for_diff
from bifrost_keys.jsontext.equality import same

# The gateway's defaults for absent members.
_ABSENT_MEANS: Final[Mapping[str, Any]] = {
    "id": "",
    "name": "",
    "models": [],
    "blacklisted_models": [],
    "weight": 0,
    "aliases": {},
    "enabled": True,
    "use_for_batch_api": False,
    **dict.fromkeys((flag.name for flag in FLAGS), False),
}


@dataclass(frozen=True)
class DesiredKey:
    """One desired key; ``path`` is its place in the input. Never shown, because it may contain a secret."""

    path: Path
    members: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str | None:
        """The name, None if it is absent or not text."""
        return _text(self.members.get("name"))

    @property
    def id(self) -> str | None:
        """The id, None if it is absent, empty or not text."""
        return _text(self.members.get("id"))

    def differing(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Return the desired members that differ from the entry; of an object, only its differing fields."""
        return {
            name: value
            for name, value in _differing(self.members, entry, KEY).items()
            if not (entry.get(name) is None and name in _ABSENT_MEANS and same(value, _ABSENT_MEANS[name]))
        }


@dataclass(frozen=True)
class DesiredProvider:
    """The desired keys of one provider, named as in the input, and its other settings."""

    name: str
    keys: tuple[DesiredKey, ...]
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Desired:
    """All desired keys of ``source``; ``faults`` are faults in its shape, with their places in it."""

    providers: tuple[DesiredProvider, ...]
    faults: tuple[Fault, ...] = ()
    source: str = "the input"

    @property
    def total(self) -> int:
        """The number of desired keys."""
        return sum(len(provider.keys) for provider in self.providers)


def parse_desired(data: bytes, *, source: str = "the input") -> Desired:
    """Return the desired keys in this JSON. Raise InvalidInputError, naming ``source``, for anything else.

    A provider without ``keys`` is ignored.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInputError(f"{source} is not UTF-8") from None
    providers = _providers(parse_object(text, what=source))
    if providers is None:
        raise InvalidInputError(
            f"{source} does not contain keys",
            field="providers",
            hint='the form is {"providers": {"openai": {"keys": [{"name": …}]}}}',
        )
    faults: list[Fault] = []
    found = [
        DesiredProvider(name, keys, {other: part for other, part in value.items() if other != "keys"})
        for name, value in providers.items()
        if (keys := _keys(name, value, faults)) is not None
    ]
    return Desired(tuple(found), tuple(faults + _doubled(found)), source)


def together(inputs: Sequence[Desired]) -> Desired:
    """Return the desired keys of several inputs, with a fault for each conflict between two of them.

    If there are several, every place begins with the name of its input.
    """
    if len(inputs) == 1:
        return inputs[0]
    inputs = [_named(each) for each in inputs]
    providers = [provider for each in inputs for provider in each.providers]
    merged: dict[str, DesiredProvider] = {}
    for provider in providers:
        there = merged.get(provider.name.lower(), DesiredProvider(provider.name, ()))
        settings = {**there.settings, **provider.settings}
        merged[provider.name.lower()] = DesiredProvider(there.name, there.keys + provider.keys, settings)
    found = list(merged.values())
    return Desired(tuple(found), (*(fault for each in inputs for fault in each.faults), *_doubled(found)))


def _named(desired: Desired) -> Desired:
    """Return the same keys and faults with the name of the input before their places."""
    name = InputName(desired.source)
    providers = (
        replace(each, keys=tuple(replace(key, path=(name, *key.path)) for key in each.keys))
        for each in desired.providers
    )
    return Desired(tuple(providers), tuple(fault.below(name) for fault in desired.faults), desired.source)


def without_masks(
    fields: Mapping[str, Any], entry: Mapping[str, Any], *, replace_secrets: bool = False
) -> dict[str, Any]:
    """Return the fields without texts that are only the mask of what the entry already has.

    The output of ``list -o json`` and ``get -o json`` therefore changes nothing. In an object that ``apply``
    replaces whole, a mask is replaced with the entry's own text. If a gateway shows only the mask of the
    entry's secret, a literal with that mask is probably the same secret, and is omitted unless
    ``replace_secrets``.
    """
    return _unmasked(fields, entry, KEY, (), replace_secrets)


def _unmasked(
    given: Mapping[str, Any],
    entry: Mapping[str, Any],
    fields: Sequence[Field] | None,
    path: tuple[str, ...],
    replace_secrets: bool,
) -> dict[str, Any]:
    """Return the value with masks replaced; ``fields`` are those of an object that is merged."""
    kept: dict[str, Any] = {}
    for name, value in given.items():
        there, inner = entry.get(name), (*path, name)
        if isinstance(value, Mapping) and isinstance(there, Mapping) and len(path) < LEVELS:
            kept[name] = _unmasked(value, there, merged_fields(fields, name), inner, replace_secrets)
            if fields is not None and value and (not kept[name] or same(kept[name], there)):
                del kept[name]
        elif not _is_mask(value, there, inner, replace_secrets):
            kept[name] = value
        elif fields is None and not isinstance(there, Masked):
            kept[name] = there
    return kept


def merged_fields(fields: Sequence[Field] | None, name: str) -> Sequence[Field] | None:
    """Return the fields of the object ``name`` in ``fields``; None if such an object is replaced whole."""
    return next((each.fields for each in fields or () if each.name == name and each.kind == "object"), None)


def _is_mask(value: Any, there: Any, path: tuple[str, ...], replace_secrets: bool) -> bool:
    if isinstance(there, Masked):
        return isinstance(value, str) and (
            value == str(there) or (not replace_secrets and there.looks_like(value))
        )
    return value != there and isinstance(there, str) and value == mask_for_diff(path, there)


def _providers(parsed: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the providers with their keys, from any of the accepted forms."""
    if isinstance(parsed.get("providers"), Mapping):
        return dict(parsed["providers"])
    listed = views_in(parsed)
    if listed is None:
        return None
    providers: dict[str, Any] = {}
    for view in listed:
        providers.setdefault(view["provider"], {"keys": []})["keys"].append(view["key"])
    return providers


def _differing(
    wanted: Mapping[str, Any], there: Mapping[str, Any], fields: Sequence[Field]
) -> dict[str, Any]:
    """Return the non-null members of ``wanted`` that ``there`` does not have; of objects likewise."""
    differing = {}
    for name, value in wanted.items():
        has = there.get(name)
        if value is None or (name in there and same(has, value)):
            continue
        inner = merged_fields(fields, name)
        if inner is not None and isinstance(value, Mapping) and isinstance(has, Mapping):
            value = _differing(value, has, inner)
            if not value:
                continue
        differing[name] = value
    return differing


def provider_path(provider: str) -> Path:
    """Return the provider's place in the input; a name that looks like a secret is not repeated."""
    return ("providers", shown_name(provider))


def _keys(provider: str, value: Any, faults: list[Fault]) -> tuple[DesiredKey, ...] | None:
    path = provider_path(provider)
    if not isinstance(value, dict):
        faults.append(Fault("type-wrong", path, "error", "must be an object"))
        return None
    if any(name != "keys" and name.lower() == "keys" for name in value):
        faults.append(
            Fault("field-case", path, "error", "has the field keys in the wrong case", "write keys")
        )
        return None
    listed = value.get("keys")
    if listed is None:
        return None
    if not isinstance(listed, list):
        faults.append(Fault("type-wrong", (*path, "keys"), "error", "must be a list"))
        return None
    keys = []
    for index, members in enumerate(listed):
        place = (*path, "keys", index)
        if isinstance(members, dict):
            wanted = {name: part for name, part in members.items() if name not in BOOKKEEPING}
            keys.append(DesiredKey(place, wanted))
        else:
            faults.append(Fault("type-wrong", place, "error", "must be an object"))
    return tuple(keys)


def _doubled(providers: list[DesiredProvider]) -> list[Fault]:
    faults = []
    spellings: dict[str, str] = {}
    seen: dict[tuple[str, str], Path] = {}
    for provider in providers:
        folded = provider.name.lower()
        if folded in spellings:
            message = "appears twice in the input, ignoring case"
            faults.append(Fault("provider-duplicate", provider_path(provider.name), "error", message))
        spellings[folded] = provider.name
        for key in provider.keys:
            for what, handle in (("name", key.name and comparable_name(key.name)), ("id", key.id)):
                if not handle:
                    continue
                first = seen.setdefault((what, handle), key.path)
                if first is not key.path:
                    message = f"is also the {what} of {path_text(first)}"
                    faults.append(Fault(f"{what}-duplicate", (*key.path, what), "error", message))
    return faults


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
