"""Compute the hash of each key, and compare it with the recorded one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from bifrost_keys.gateway.hashing.key_hash import HashBasis, has_hash, key_hash, reproducible
from bifrost_keys.operations.selectors import find_keys
from bifrost_keys.stores.protocol import Snapshot


class HashView(NamedTuple):
    """The hash of one key.

    ``name`` selects the key at its provider, and may be printed. ``match`` is None if no hash is recorded,
    and true if any release computes the recorded one.
    """

    provider: str
    name: str
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
    """Yield the hashes of the selected keys, or of all, in the order of the file.

    References inside config objects are looked up in ``environ``; without it, they count as unset. Raise
    NotFoundError or ConflictError for a selector that does not name exactly one key.
    """
    empty_is_all = snapshot.empty_models_allow_all
    wanted = {(key.provider, key.position) for key in find_keys(snapshot, selectors)}
    for key in snapshot.keys():
        if wanted and (key.provider, key.position) not in wanted:
            continue
        fields = key.read()
        found = fields.get("config_hash")
        recorded = found if isinstance(found, str) and found else None
        hashed = key_hash(fields, basis.release, environ=environ, empty_models_allow_all=empty_is_all)
        match = None
        if recorded is not None:
            match = recorded == hashed or has_hash(
                fields, recorded, environ=environ, empty_models_allow_all=empty_is_all
            )
        known = reproducible(fields, basis.release)
        yield HashView(key.provider, key.handle, hashed, recorded, match, known)
