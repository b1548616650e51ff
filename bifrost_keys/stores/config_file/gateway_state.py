"""The gateway's database, and the release for which hashes are written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from bifrost_keys.gateway.hashing.basis import database_basis, known_releases
from bifrost_keys.gateway.hashing.key_hash import HashBasis, HashDecision, stored_hash
from bifrost_keys.gateway.releases import Release, ReleaseRange, parse_release
from bifrost_keys.gateway.restart.database_row import DatabaseState, KeyRow
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.gateway_database import database_of

_SOURCE_OF_TRUTH_SINCE: Final[Release] = (1, 5, 9)


@dataclass(frozen=True)
class GatewayState:
    """The gateway's database as far as it can be read, and the release for which hashes are written.

    ``said`` is the release that the user names, ``found`` the oldest that can have left the database, where
    it tells; ``file_wins``: every start makes the database equal to the file.
    """

    database: DatabaseState
    basis: HashBasis
    file_wins: bool
    empty_models_allow_all: bool = False
    said: Release | None = None
    found: HashBasis | None = None

    @property
    def may_undo(self) -> bool:
        """Whether the gateway of this file may keep a database that wins over the file at a restart."""
        return self.database.may_be_kept and not self.file_wins

    @property
    def releases(self) -> ReleaseRange:
        """Which releases the gateway can be of."""
        return known_releases(self.basis, self.database)

    @property
    def seen(self) -> bool:
        """Whether the database was read."""
        return self.database.kind == "read"

    def stored_hash(self, entry: Mapping[str, Any]) -> HashDecision:
        """The hash to write beside this entry, where one may be written at all."""
        return stored_hash(entry, self.basis, empty_models_allow_all=self.empty_models_allow_all)

    def row_of(self, provider: str, *, name: str | None, key_id: str | None) -> KeyRow | None:
        """The row that belongs to an entry: by id, else by name."""
        by_id = self._rows_by_id.get((provider.lower(), key_id)) if key_id else None
        return by_id or (self.row_named(name) if name else None)

    def row_with_id(self, key_id: str) -> KeyRow | None:
        """The row that has this id, whichever provider's it is."""
        return self._rows_by_id_alone.get(key_id)

    def row_named(self, name: str) -> KeyRow | None:
        """The row that has exactly this name, whichever provider's it is."""
        return self._rows_by_name.get(name)

    @cached_property
    def _rows_by_id(self) -> dict[tuple[str, str], KeyRow]:
        return {(row.provider.lower(), row.key_id): row for row in reversed(self.database.rows)}

    @cached_property
    def _rows_by_id_alone(self) -> dict[str, KeyRow]:
        return {row.key_id: row for row in self.database.rows}

    @cached_property
    def _rows_by_name(self) -> dict[str, KeyRow]:
        return {row.name: row for row in reversed(self.database.rows)}


def read_gateway_state(
    document: Document, given: str | os.PathLike[str] | None, *, release: str | None
) -> GatewayState:
    """What the file and the database beside it say; ``given`` is the path as the gateway is given it.

    ``release`` is the user's own word; without it the database tells for which one hashes are written.
    """
    database = database_of(document, given)
    said = parse_release(release) if release is not None else None
    found = database_basis(database, _telling(document)) if database.kind == "read" else None
    basis = HashBasis(said, "said") if said is not None else found or HashBasis()
    return GatewayState(
        database,
        basis,
        file_wins=_file_wins(document.top("source_of_truth"), known_releases(basis, database)),
        empty_models_allow_all=document.empty_models_allow_all,
        said=said,
        found=found,
    )


def _file_wins(source_of_truth: Any, releases: ReleaseRange) -> bool:
    """Whether the gateway makes its database equal to the file at every start; older releases ignore that.

    Where the release is not known, whoever writes it has one that obeys.
    """
    if not isinstance(source_of_truth, str) or source_of_truth.strip().lower() != "config.json":
        return False
    return not releases.is_older_than(_SOURCE_OF_TRUTH_SINCE)


def _telling(document: Document) -> Iterator[Mapping[str, Any]]:
    """The entries that may tell the recipes apart: with a reference or a config object in their text."""
    for ref in document.all_entries():
        if any(
            document.text.find(mark, ref.start, ref.end) >= 0 for mark in ("env.", "vault.", "_key_config")
        ):
            yield document.load(ref)
