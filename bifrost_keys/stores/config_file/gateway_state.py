"""The gateway's database, and the gateway's release, which decides how hashes are computed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bifrost_keys.gateway.hashing.basis import database_basis, known_releases
from bifrost_keys.gateway.hashing.key_hash import HashBasis, HashDecision, recipe_of, stored_hash
from bifrost_keys.gateway.releases import Release, ReleaseRange, parse_release
from bifrost_keys.gateway.restart.database_state import DatabaseState
from bifrost_keys.stores.config_file.document import Document

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow

_SOURCE_OF_TRUTH_SINCE: Final[Release] = (1, 5, 9)


class GatewayState(NamedTuple):
    """The gateway's database as far as it can be read, and the release whose hashes are written.

    ``said`` is the release that the user named, ``found`` the oldest that can have written the database, if
    that is known; ``file_wins``: every start makes the database equal to the file.
    """

    database: DatabaseState
    basis: HashBasis
    file_wins: bool
    empty_models_allow_all: bool = False
    said: Release | None = None
    found: HashBasis | None = None

    @property
    def may_undo(self) -> bool:
        """Whether the gateway of this file may have a database that wins over the file at a restart."""
        return self.database.may_be_kept and not self.file_wins

    @property
    def releases(self) -> ReleaseRange:
        """The releases that the gateway can be."""
        return known_releases(self.basis, self.database)

    @property
    def upgrades(self) -> bool:
        """Whether the user named a later release than the one that wrote the database, with other hashes."""
        said, found = self.said, self.found
        if said is None or found is None:
            return False
        return found.release <= said and recipe_of(found.release) != recipe_of(said)

    @property
    def seen(self) -> bool:
        """Whether the database was read."""
        return self.database.kind == "read"

    def stored_hash(self, entry: Mapping[str, Any]) -> HashDecision:
        """Return the hash to store in this entry, None if none may be stored."""
        return stored_hash(entry, self.basis, empty_models_allow_all=self.empty_models_allow_all)

    def row_of(self, provider: str, *, name: str | None, key_id: str | None) -> "KeyRow | None":
        """Return the row of an entry: by id, else by name."""
        by_id = self.database.rows.with_id(key_id) if key_id else ()
        own = next((row for row in by_id if row.provider.lower() == provider.lower()), None)
        return own or (self.row_named(name) if name else None)

    def row_with_id(self, key_id: str) -> "KeyRow | None":
        """Return the row with this id, at any provider."""
        return next(iter(self.database.rows.with_id(key_id)), None)

    def row_named(self, name: str) -> "KeyRow | None":
        """Return the row with exactly this name, at any provider."""
        return next(iter(self.database.rows.named(name)), None)


def gateway_state(document: Document, database: DatabaseState, *, release: str | None) -> GatewayState:
    """Return what the file and its database say.

    ``release`` is the user's word; without it, the database decides for which release hashes are written.
    Raise DatabaseFailedError if the database cannot be read any more.
    """
    said = parse_release(release) if release is not None else None
    found = None
    if database.kind == "read":
        from bifrost_keys.stores.config_file.hash_evidence import HashEvidence  # only beside a database

        evidence = HashEvidence(document, database.rows)
        found = database_basis(database, evidence, carried=evidence)
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
    """Return whether the gateway makes its database equal to the file at every start.

    Older releases ignore the setting. If the release is not known, it is new enough: otherwise nobody would
    have written the setting.
    """
    if not isinstance(source_of_truth, str) or source_of_truth.strip().lower() != "config.json":
        return False
    return not releases.is_older_than(_SOURCE_OF_TRUTH_SINCE)
