"""The hash of every key: computed, recorded, and whether the gateway can reproduce it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bifrost_keys.gateway.fields import RECIPES
from bifrost_keys.gateway.hashing import key_hash, reproducible
from bifrost_keys.operations.selectors import find_each
from bifrost_keys.stores.config_file.document import Document


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
    wanted = {ref.start for ref in find_each(document, selectors)}
    for ref, entry in document.load_all():
        if wanted and ref.start not in wanted:
            continue
        found = entry.get("config_hash")
        recorded = found if isinstance(found, str) and found else None
        hashed = key_hash(entry, recipe, environ=environ)
        match = None
        if recorded is not None:
            match = recorded == hashed or any(
                key_hash(entry, other, environ=environ) == recorded for other in RECIPES if other != recipe
            )
        yield HashView(ref.provider, ref.name, hashed, recorded, match, reproducible(entry))
