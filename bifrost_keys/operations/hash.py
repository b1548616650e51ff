"""Compute the hash of every key, and compare it with the recorded one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bifrost_keys.gateway.hashing.key_hash import HashBasis, has_hash, key_hash, reproducible
from bifrost_keys.operations.selectors import find_keys
from bifrost_keys.stores.protocol import Snapshot


@dataclass(frozen=True)
class HashView:
    """One key's hash; ``match`` is None where none is recorded, and says that some release's is right."""

    provider: str
    name: str | None
    hash: str
    recorded: str | None
    match: bool | None
    reproducible: bool


def list_hashes(
    snapshot: Snapshot,
    selectors: Sequence[str],
    *,
    basis: HashBasis,
    environ: Mapping[str, str] | None = None,
) -> Iterator[HashView]:
    """The hashes in the order of the file, of the named keys or of all.

    ``environ`` is where references inside config objects are looked up; without it they count as unset.
    Raises NotFoundError and ConflictError for a name that is not one key's.
    """
    empty_is_all = snapshot.empty_models_allow_all
    wanted = {(key.provider, key.position) for key in find_keys(snapshot, selectors)}
    for key in snapshot.keys():
        if wanted and (key.provider, key.position) not in wanted:
            continue
        found = key.fields.get("config_hash")
        recorded = found if isinstance(found, str) and found else None
        hashed = key_hash(key.fields, basis.release, environ=environ, empty_models_allow_all=empty_is_all)
        match = None
        if recorded is not None:
            match = recorded == hashed or has_hash(
                key.fields, recorded, environ=environ, empty_models_allow_all=empty_is_all
            )
        known = reproducible(key.fields, basis.release)
        yield HashView(key.provider, key.name, hashed, recorded, match, known)
