"""Determine the gateway's release, for which hashes are written, from its database."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from bifrost_keys.gateway.fields.table import CONFIG_OBJECTS, FLAGS
from bifrost_keys.gateway.hashing.key_hash import (
    LAST_OF_RECIPE,
    HashBasis,
    Recipe,
    fitting_recipes,
    recipe_of,
)
from bifrost_keys.gateway.releases import (
    ANY_RELEASE,
    NEWEST,
    OLDEST,
    Release,
    ReleaseRange,
    exactly,
    range_shown_by,
    release_of_migrations,
)

if TYPE_CHECKING:
    from bifrost_keys.gateway.restart.database_row import KeyRow
    from bifrost_keys.gateway.restart.database_state import DatabaseState
    from bifrost_keys.gateway.restart.key_rows import KeyRows

_API_VERSION_DROPPED: Final[Release] = (1, 5, 5)  # it removed a column
# How many keys are checked for a proof, and how many are hashed. Nearly always the first one is a proof or
# none is: a gateway takes all of its keys with one recipe.
_LOOKED_AT: Final = 1000
_HASHED: Final = 100


def database_basis(
    database: DatabaseState,
    entries: Iterable[Mapping[str, Any]] = (),
    *,
    carried: Container[object] = frozenset(),
) -> HashBasis | None:
    """Return what the hashes in the database prove, else what its migrations and columns show, else None.

    A row stores the hash of the file's entry when the gateway took it. Therefore ``entries`` of the file are
    better evidence than the rows, which may have been edited in the web UI since. A hash that is recorded in
    the file proves nothing, because the gateway stores it unchanged, whatever its recipe: ``carried`` are
    those of all its entries.
    """
    shown = shown_release(database)
    fitting = _first_proof(_hashed(database.rows, entries, carried))
    if fitting and not (shown is not None and recipe_of(shown) in fitting):
        return HashBasis(LAST_OF_RECIPE[max(fitting)], "proved")
    if shown is not None:
        return HashBasis(shown, "proved" if fitting else "shown")
    return None


def shown_release(database: DatabaseState) -> Release | None:
    """Return the oldest release that can have left this database; None if that is unknown."""
    if database.migrations:
        return release_of_migrations(database.migrations) or OLDEST
    newer = [since for column, since in _columns() if column in database.columns]
    if newer:
        return max(newer)
    return OLDEST if "azure_api_version" in database.columns else None


def known_releases(basis: HashBasis, database: DatabaseState) -> ReleaseRange:
    """Return the possible releases of the gateway; any release if nothing is known."""
    if basis.source == "said":
        return exactly(basis.release)
    shown = shown_release(database)
    known = ANY_RELEASE
    if shown is not None:
        known = range_shown_by(shown) if database.migrations else _range_of_columns(shown)
    if basis.source != "proved":
        return known
    newest = LAST_OF_RECIPE[recipe_of(basis.release)]
    return ReleaseRange(known.least, min(known.before, exactly(newest).before))


def _range_of_columns(shown: Release) -> ReleaseRange:
    """Return the releases whose table of keys has the columns of this release and no newer ones."""
    newer = min((since for _, since in _columns() if since > shown), default=NEWEST)
    return ReleaseRange(shown, _API_VERSION_DROPPED if shown == OLDEST else newer)


@cache
def _columns() -> Sequence[tuple[str, Release]]:
    """Return the columns added after 1.5.1, each with the oldest release that can have it."""
    found = []
    for config in CONFIG_OBJECTS:
        for field in config.fields:
            since = max(field.since, config.since)
            if field.absent_at is not None:
                since = (*field.absent_at[:2], field.absent_at[2] + 1)
            if since > OLDEST:
                found.append((config.column(field), since))
    return [*found, *((flag.name, flag.since) for flag in FLAGS)]


def _first_proof(hashed: Iterable[tuple[Mapping[str, Any], AbstractSet[str]]]) -> frozenset[Recipe]:
    """Return the recipes of the first entry with hashes that do not fit every recipe; empty without one."""
    for entry, hashes in islice(hashed, _HASHED):
        found = fitting_recipes(entry, hashes)
        if found:
            return found
    return frozenset()


def _hashed(
    rows: KeyRows, entries: Iterable[Mapping[str, Any]], carried: Container[object]
) -> Iterator[tuple[Mapping[str, Any], AbstractSet[str]]]:
    """Yield entries, each with the hashes that a gateway computed of it.

    Entries of the file come first: a row without an entry may have the recipe of a much older release.
    """
    seen: set[object] = set()
    for entry in entries:
        name, key_id, own = (entry.get(member) for member in ("name", "id", "config_hash"))
        hashes = rows.hashes_of(name=_text(name), key_id=_text(key_id)) - {own}
        seen.add(own)
        if hashes:
            yield entry, hashes
    for row in rows.with_recipes(_LOOKED_AT, lambda digest: digest not in seen and digest not in carried):
        for entry in _as_taken(row):
            yield entry, {row.config_hash}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _as_taken(row: KeyRow) -> Iterator[Mapping[str, Any]]:
    """Yield the entries from which the row may have been taken. An absent ``enabled`` is stored as true."""
    yield row.entry
    if row.entry.get("enabled") is True:
        yield {name: value for name, value in row.entry.items() if name != "enabled"}
