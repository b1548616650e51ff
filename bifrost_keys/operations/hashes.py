"""The hash of every key: computed, recorded, and whether the gateway can reproduce it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bifrost_keys.core.document import Document
from bifrost_keys.core.fields import RECIPES
from bifrost_keys.core.hashing import Hasher, reproducible
from bifrost_keys.operations.places import find_key


@dataclass(frozen=True)
class HashView:
    """One key's hash; ``match`` is None where none is recorded, and says either recipe is right."""

    provider: str
    name: str | None
    hash: str
    recorded: str | None
    match: bool | None
    reproducible: bool


def list_hashes(
    document: Document,
    selectors: Sequence[str],
    *,
    recipe: str,
    environ: Mapping[str, str] | None = None,
) -> Iterator[HashView]:
    """The hashes in the order of the file, of the named keys or of all.

    ``environ`` is where references inside config objects are looked up; without it they count as unset.
    Raises NotFoundError and ConflictError for a name that is not one key's.
    """
    wanted = {find_key(document, selector) for selector in selectors}
    hashers = {each: Hasher(each, environ=environ) for each in RECIPES}
    for ref in document.all_entries():
        if wanted and ref not in wanted:
            continue
        entry = document.load(ref)
        found = entry.get("config_hash")
        recorded = found if isinstance(found, str) and found else None
        hashes = {each: hasher.key_hash(entry) for each, hasher in hashers.items()}
        yield HashView(
            ref.provider,
            ref.name,
            hashes[recipe],
            recorded,
            None if recorded is None else recorded in hashes.values(),
            reproducible(entry),
        )
