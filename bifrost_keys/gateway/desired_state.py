"""The keys that somebody wants a file to have: the input of ``apply``, and what is wrong with its shape.

The form is that of ``config.json`` itself, ``{"providers": {PROVIDER: {"keys": [key, …]}}}``; whatever
else stands in it says nothing about keys and is not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.gateway.fields import BOOKKEEPING, CONFIG_BY_NAME
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.request_body import parse_object
from bifrost_keys.gateway.rules.fault import Fault, Path, path_text
from bifrost_keys.gateway.secrets.detection import name_looks_secret
from bifrost_keys.jsontext.equality import same


@dataclass(frozen=True)
class DesiredKey:
    """One key as it is wanted; ``path`` is its place in the input. Never shown: it may hold a secret."""

    path: Path
    members: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str | None:
        """The name, None where it is absent or no text."""
        return _text(self.members.get("name"))

    @property
    def id(self) -> str | None:
        """The id, None where it is absent, empty or no text."""
        return _text(self.members.get("id"))

    def differing(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """The wanted members that the entry has not got already; of config objects just those fields."""
        wanted = {}
        for name, value in self.members.items():
            there = entry.get(name)
            if value is None or (name in entry and same(there, value)):
                continue
            if name in CONFIG_BY_NAME and isinstance(value, Mapping) and isinstance(there, Mapping):
                parts = {
                    part: inner
                    for part, inner in value.items()
                    if inner is not None and not (part in there and same(there[part], inner))
                }
                if parts:
                    wanted[name] = parts
                continue
            wanted[name] = value
        return wanted


@dataclass(frozen=True)
class DesiredProvider:
    """The wanted keys of one provider, named as in the input."""

    name: str
    keys: tuple[DesiredKey, ...]


@dataclass(frozen=True)
class Desired:
    """All wanted keys; ``faults`` are those of the input's shape, with their places in it."""

    providers: tuple[DesiredProvider, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def total(self) -> int:
        """How many keys are wanted."""
        return sum(len(provider.keys) for provider in self.providers)


def parse_desired(data: bytes, *, source: str = "the input") -> Desired:
    """The wanted keys in this JSON; raises InvalidInputError, naming ``source``, for what is no such object.

    A provider without ``keys`` is not mentioned: nothing is wanted of it.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInputError(f"{source} is not UTF-8") from None
    providers = parse_object(text, what=source).get("providers")
    if not isinstance(providers, dict):
        raise InvalidInputError(
            f"{source} holds no object providers",
            field="providers",
            hint='the form is {"providers": {"openai": {"keys": [{"name": …}]}}}',
        )
    faults: list[Fault] = []
    found = [
        DesiredProvider(name, keys)
        for name, value in providers.items()
        if (keys := _keys(name, value, faults)) is not None
    ]
    return Desired(tuple(found), tuple(faults + _doubled(found)))


def provider_path(provider: str) -> Path:
    """The provider's place in the input; a name that is a secret by its looks is not repeated."""
    return ("providers", "********" if name_looks_secret(provider) else provider)


def _keys(provider: str, value: Any, faults: list[Fault]) -> tuple[DesiredKey, ...] | None:
    path = provider_path(provider)
    if not isinstance(value, dict):
        faults.append(Fault("wrong-type", path, "error", "must be an object"))
        return None
    if any(name != "keys" and name.lower() == "keys" for name in value):
        faults.append(Fault("field-case", path, "error", "has the field keys in other case", "write keys"))
        return None
    listed = value.get("keys")
    if listed is None:
        return None
    if not isinstance(listed, list):
        faults.append(Fault("wrong-type", (*path, "keys"), "error", "must be a list"))
        return None
    keys = []
    for index, members in enumerate(listed):
        place = (*path, "keys", index)
        if isinstance(members, dict):
            wanted = {name: part for name, part in members.items() if name not in BOOKKEEPING}
            keys.append(DesiredKey(place, wanted))
        else:
            faults.append(Fault("wrong-type", place, "error", "must be an object"))
    return tuple(keys)


def _doubled(providers: list[DesiredProvider]) -> list[Fault]:
    faults = []
    spellings: dict[str, str] = {}
    seen: dict[tuple[str, str], Path] = {}
    for provider in providers:
        folded = provider.name.lower()
        if folded in spellings:
            message = "stands twice in the input, ignoring case"
            faults.append(Fault("provider-duplicate", provider_path(provider.name), "error", message))
        spellings[folded] = provider.name
        for key in provider.keys:
            for what, handle in (("name", key.name and comparable_name(key.name)), ("id", key.id)):
                if not handle:
                    continue
                first = seen.setdefault((what, handle), key.path)
                if first is not key.path:
                    message = f"is the {what} of {path_text(first)} too"
                    faults.append(Fault(f"{what}-duplicate", (*key.path, what), "error", message))
    return faults


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
