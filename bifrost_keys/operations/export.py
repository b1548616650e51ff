"""Export keys in the form that ``apply`` reads, and the names of the variables that a file refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bifrost_keys.errors import NotFoundError
from bifrost_keys.gateway.desired_state import merged_fields
from bifrost_keys.gateway.fields.table import BOOKKEEPING, KEY, Field
from bifrost_keys.gateway.providers.settings import destination
from bifrost_keys.gateway.secrets.addresses import masked_address
from bifrost_keys.gateway.secrets.detection import is_variable_name
from bifrost_keys.gateway.secrets.masked import masked_members
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.secrets.redaction import mask_for_diff
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.selectors import selected_keys
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Snapshot

_HIDDEN: Final = object()


@dataclass(frozen=True)
class Exported:
    """The exported ``data``, the input of ``apply``; it contains secrets only if they were asked for.

    ``left_out`` names every key with the secret members that are not in the data.
    """

    data: Mapping[str, Any] = field(repr=False)
    left_out: tuple[str, ...] = ()


def export_keys(snapshot: Snapshot, names: Sequence[str] = (), *, reveal: bool = False) -> Exported:
    """Return the keys that ``names`` select, all without a name, with the settings that decide where they go.

    Omit a literal secret unless ``reveal``. Raise NotFoundError for an unknown provider or key, and for the
    secrets of a gateway, which never shows them.
    """
    providers: dict[str, Any] = {}
    left_out = []
    for name, chosen in selected_keys(snapshot, names).items():
        keys = []
        for key in chosen:
            entry = {member: value for member, value in key.fields.items() if member not in BOOKKEEPING}
            told = entry if reveal else open_part(entry)
            if missing := tuple(_missing(entry, told)):
                left_out.append(f"{key.label} ({', '.join(missing)})")
            if reveal and next(masked_members(entry), None) is not None:
                raise NotFoundError("a gateway never shows a literal secret", code="secret-not-shown")
            keys.append(told)
        settings = destination(snapshot.provider_settings(name))
        if not same(_shown_settings(settings), settings):
            settings = {}
            left_out.append(f"{shown_name(name)} (network_config.base_url)")
        providers[shown_name(name)] = {**settings, "keys": keys}
    return Exported({"providers": providers}, tuple(left_out))


def _missing(entry: Mapping[str, Any], told: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the members, as dotted names, that the entry has and its exported form does not."""
    for name, value in entry.items():
        shown = prefix + shown_name(name)
        if name not in told:
            yield shown
        elif isinstance(value, Mapping) and isinstance(told[name], Mapping):
            yield from _missing(value, told[name], f"{shown}.")


def _shown_settings(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    network = settings.get("network_config")
    url = network.get("base_url") if isinstance(network, Mapping) else None
    return (
        {**settings, "network_config": {"base_url": masked_address(url)}}
        if isinstance(url, str)
        else settings
    )


def open_part(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of an entry, and of its config objects, that are not secret.

    Any other object with a secret in it is omitted whole, because ``apply`` replaces it whole. A name that
    looks like a secret is masked, so that the omission of its key can be reported.
    """
    told: dict[str, Any] = {}
    for name, value in entry.items():
        if shown_name(name) != name:
            continue
        if name == "name" and isinstance(value, str):
            told[name] = shown_name(value)
            continue
        shown = _shown_part(value, mask_for_diff((name,), value), merged_fields(KEY, name))
        if shown is not _HIDDEN:
            told[name] = shown
    return told


def _shown_part(value: Any, masked: Any, fields: Sequence[Field] | None) -> Any:
    """Return the part of ``value`` that is not masked: of an object with these fields, its open members."""
    if same(masked, value):
        return value
    if fields is None or not isinstance(value, Mapping) or not isinstance(masked, Mapping):
        return _HIDDEN
    parts = {
        name: _shown_part(part, masked[name], merged_fields(fields, name))
        for name, part in value.items()
        if name in masked
    }
    return {name: part for name, part in parts.items() if part is not _HIDDEN}


def referenced_variables(snapshot: FileSnapshot, names: Sequence[str] = ()) -> dict[str, list[str]]:
    """Return the variables that the file refers to, in its order, each with the places that refer to it.

    A key is named ``provider/name``, any other place by its top-level block. With ``names``, only the keys
    that they select count. A name that is not valid for a variable is omitted.
    """
    found: dict[str, dict[str, None]] = {}
    for place, text in _texts(snapshot, names):
        name = text.removeprefix("env.")
        if text.startswith("env.") and is_variable_name(name):
            found.setdefault(name, {})[place] = None
    return {name: list(places) for name, places in found.items()}


def _texts(snapshot: FileSnapshot, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    selected = selected_keys(snapshot, names)
    for provider in snapshot.providers:
        for key in selected.get(provider, ()):
            yield from ((key.label, text) for text in _inner_texts(key.fields))
        if not names:
            yield from ((provider, text) for text in _inner_texts(snapshot.provider_settings(provider)))
    if not names:
        for top in snapshot.document.top_names:
            if top.lower() != "providers":
                yield from ((top, text) for text in _inner_texts(snapshot.document.top(top.lower())))


def _inner_texts(value: Any) -> Iterator[str]:
    todo = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, Mapping):
            todo += reversed(list(part.values()))
        elif isinstance(part, list):
            todo += reversed(part)
