"""Find faults of a config file outside its keys, and in the text, hash and references of a key.

The rules about a key that apply in every store are elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final

from bifrost_keys.gateway.fields.table import ALIAS_FIELDS, KEY, Field, fold
from bifrost_keys.gateway.hashing.key_hash import has_hash, reproducible
from bifrost_keys.gateway.releases import ReleaseRange
from bifrost_keys.gateway.rules.fault import Fault, Path, breach
from bifrost_keys.gateway.rules.file import file_faults
from bifrost_keys.gateway.rules.provider import provider_faults
from bifrost_keys.gateway.rules.reference import reference_faults
from bifrost_keys.jsontext.scanner import Member, members, value_at
from bifrost_keys.stores.config_file.database_faults import known_keys, row_faults
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.config_file.gateway_state import GatewayState

_ALIAS: Final = tuple(each.field for each in ALIAS_FIELDS)
_MISREAD: Final = re.compile(r"\\/|\\u[dD][89abAB]").search


def file_store_faults(document: Document, gateway: GatewayState) -> Iterator[Fault]:
    """Return the faults of the file around its keys, of references to them, and of their spelling.

    A reference may be to a key that only the gateway's database has. Paths begin at the top of the file.
    """
    return chain(
        _structure(document, gateway.releases),
        _spellings(document),
        reference_faults(
            document.top,
            known_keys(document, gateway.database.rows),
            database_is_off=not gateway.database.may_be_kept,
            releases=gateway.releases,
        ),
        row_faults(document, gateway.database.rows),
    )


def stale_hash_faults(entry: Mapping[str, Any], *, empty_models_allow_all: bool) -> list[Fault]:
    """Return a fault if no release computes the recorded hash of the key; its path begins at the key."""
    if not is_stale(entry, empty_models_allow_all=empty_models_allow_all):
        return []
    message = "is not the hash of this key: the gateway may drop what was changed in its web UI"
    return [breach("hash-stale", ("config_hash",), message, "keys check --fix")]


def is_stale(entry: Mapping[str, Any], *, empty_models_allow_all: bool) -> bool:
    """Return whether no release computes the recorded hash, if the hash of this entry can be known."""
    recorded = entry.get("config_hash")
    if not isinstance(recorded, str) or not recorded:
        return False
    # Asked last, because nearly every recorded hash is right.
    differs = not has_hash(entry, recorded, empty_models_allow_all=empty_models_allow_all)
    return differs and reproducible(entry)


def _structure(document: Document, releases: ReleaseRange) -> Iterator[Fault]:
    starts = {fold(member.name): member.start for member in document.index.top}

    def value_of(name: str) -> Any:
        start = starts.get(fold(name))
        return value_at(document.text, start)[0] if start is not None else None

    yield from file_faults(document.top_names, value_of, releases=releases)
    for span in document.spans:
        settings = document.provider_settings(span.name)
        count = len(span.keys.starts) if span.keys is not None else None
        for fault in provider_faults(span.name, settings, key_count=count, releases=releases):
            yield fault.below("providers", span.name)


def _spellings(document: Document) -> Iterator[Fault]:
    for ref in document.all_entries():
        for fault in _spelling(document.text, ref):
            yield fault.below("providers", ref.provider, "keys", ref.position)


def _spelling(text: str, ref: EntryRef) -> Iterator[Fault]:
    """Yield a fault for each secret with an escape that the gateway's own reader does not understand."""
    if text.find("\\", ref.start, ref.end) < 0:
        return
    for path, member in _secret_members(text, ref.start):
        if text[member.start] == '"' and _MISREAD(text[member.start : member.end].replace("\\\\", "")):
            message = "is spelled with an escape that the gateway's reader of secrets does not understand"
            yield breach("value-escape", path, message, "write the characters themselves")


def _secret_members(
    text: str, start: int, fields: Iterable[Field] = KEY, path: Path = ()
) -> Iterator[tuple[Path, Member]]:
    """Yield the members of the object at ``start``, at any depth, that may be a reference."""
    named = {field.name: field for field in fields}
    for member in members(text, start):
        field, place = named.get(fold(member.name)), (*path, member.name)
        if field is not None and field.reference:
            yield place, member
        elif field is not None and field.kind == "object" and text[member.start] == "{":
            yield from _secret_members(text, member.start, field.fields, place)
        elif field is not None and field.kind == "aliases" and text[member.start] == "{":
            for target in members(text, member.start):
                if text[target.start] == "{":
                    yield from _secret_members(text, target.start, _ALIAS, (*place, target.name))
