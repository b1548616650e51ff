"""Compute the gateway's change-detection hash of a key (``config_hash``).

It is the SHA-256, in lower-case hexadecimal digits, of the parts of a key in a fixed order, in Go's form of
JSON. There are three recipes: of releases 1.5.1 to 1.5.4, of 1.5.5 to 1.5.16, and of 1.6.0 and later. Each
release omits the fields that it does not know. All of this was compared with the hashes that the releases
themselves compute.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from bifrost_keys.gateway.fields.table import (
    ALIAS_FIELDS,
    ALIAS_OBJECTS_SINCE,
    BOOKKEEPING,
    KEY,
    Field,
    as_gateway_reads,
    walk,
    with_filled_models,
)
from bifrost_keys.gateway.hashing.go_json import number, utf8
from bifrost_keys.gateway.hashing.text import counts_as_reference, hash_text
from bifrost_keys.gateway.releases import NEWEST, OLDEST, Release
from bifrost_keys.gateway.rules.fault import Path

Recipe: TypeAlias = Literal["1.5.1", "1.5.5", "1.6.0"]
RECIPES: Final[tuple[Recipe, ...]] = ("1.5.1", "1.5.5", "1.6.0")
# The newest release of each recipe.
LAST_OF_RECIPE: Final[Mapping[Recipe, Release]] = {"1.5.1": (1, 5, 4), "1.5.5": (1, 5, 16), "1.6.0": NEWEST}
_ALIAS: Final = tuple(each.field for each in ALIAS_FIELDS)
_HASHED: Final = tuple(field for field in KEY if field.name not in BOOKKEEPING)
# Members that every release hashes in the same way, or that none hashes.
_ALIKE: Final = frozenset(
    {"id", "name", "value", "models", "blacklisted_models", "weight", "enabled", "use_for_batch_api"}
    | {"use_openai_endpoints", *BOOKKEEPING}
)


class HashBasis(NamedTuple):
    """The gateway's release for which hashes are written, and how it is known.

    It is "said" by the user, "proved" by hashes in the gateway's database, "shown" by the database's
    migrations or columns, or "assumed". A release that is proved or shown is the oldest possible one.
    """

    release: Release = NEWEST
    source: Literal["said", "proved", "shown", "assumed"] = "assumed"


class HashDecision(NamedTuple):
    """The hash to store with an entry, None if no hash may be stored, and the reason.

    "unknown-member": the entry has ``members`` that this program does not know, so the hash is unknown.
    "gateway-only": the hash depends on the gateway's environment or on chance, or a value has a wrong type.
    "release-unclear": it is unknown whether the gateway knows ``members``. "recipe-assumed": this is the hash
    of 1.6.0 and later; an older gateway computes a different one.
    """

    hash: str | None
    reason: Literal["", "unknown-member", "gateway-only", "release-unclear", "recipe-assumed"] = ""
    members: tuple[Path, ...] = ()


def stored_hash(
    entry: Mapping[str, Any], basis: HashBasis, *, empty_models_allow_all: bool = False
) -> HashDecision:
    """Return the ``config_hash`` to write into this entry, if any.

    A missing hash does no harm. A wrong hash makes the second start of the gateway discard changes from the
    web UI, so no hash is written in case of doubt.
    """
    unknown = tuple(member.path for member in walk(entry) if member.field is None)
    if unknown:
        return HashDecision(None, "unknown-member", unknown)
    if not reproducible(entry, basis.release):
        return HashDecision(None, "gateway-only")
    unclear = tuple(each.path for each in walk(entry) if each.field and not _is_clear(each.field, basis))
    if unclear:
        return HashDecision(None, "release-unclear", unclear)
    digest = key_hash(entry, basis.release, empty_models_allow_all=empty_models_allow_all)
    if basis.source == "assumed":
        older = key_hash(entry, LAST_OF_RECIPE["1.5.5"], empty_models_allow_all=empty_models_allow_all)
        if older != digest:
            return HashDecision(digest, "recipe-assumed")
    return HashDecision(digest)


def _is_clear(field: Field, basis: HashBasis) -> bool:
    """Return whether it is certain that a gateway of this release reads the field, or that it ignores it."""
    if basis.source == "said":
        return field.known_to(basis.release) is not None
    return field.since <= basis.release


def has_hash(
    entry: Mapping[str, Any],
    digest: object,
    *,
    environ: Mapping[str, str] | None = None,
    empty_models_allow_all: bool = False,
) -> bool:
    """Return whether any release computes ``digest`` for the entry; the newest is tried first."""
    filled = with_filled_models(entry, empty_models_allow_all=empty_models_allow_all)
    return EntryHashes(filled, environ=environ).has(digest)


class EntryHashes:
    """The hashes of one entry, each computed once, when it is first needed.

    They are those of ``release``, or of all releases.
    """

    def __init__(
        self,
        entry: Mapping[str, Any],
        release: Release | None = None,
        *,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._entry = entry
        self._release = release
        self._environ = environ or {}
        self._computed: dict[Release, str] = {}

    def has(self, digest: object) -> bool:
        """Return whether one of the hashes is ``digest``; the newest is tried first."""
        return any(digest == self._of(release) for release in self._releases)

    @property
    def found(self) -> frozenset[str]:
        """All hashes."""
        return frozenset(map(self._of, self._releases))

    @cached_property
    def certain(self) -> bool:
        """Whether the gateway computes no other hash; see ``reproducible``."""
        return reproducible(self._entry, self._release or NEWEST)

    def _of(self, release: Release) -> str:
        if release not in self._computed:
            text = hash_text(self._read, release, self._environ)
            self._computed[release] = hashlib.sha256(utf8(text)).hexdigest()
        return self._computed[release]

    @cached_property
    def _read(self) -> Mapping[str, Any]:
        return as_gateway_reads(self._entry)

    @cached_property
    def _releases(self) -> Sequence[Release]:
        return [self._release] if self._release is not None else _telling_releases(self._entry)


def fitting_recipes(entry: Mapping[str, Any], hashes: AbstractSet[str]) -> frozenset[Recipe]:
    """Return the recipes with which the entry has one of these hashes; empty if all do."""
    releases = _telling_releases(entry)
    if {recipe_of(release) for release in releases} != set(RECIPES):
        return frozenset()
    found = frozenset(recipe_of(release) for release in releases if key_hash(entry, release) in hashes)
    return found if len(found) < len(RECIPES) else frozenset()


def _telling_releases(entry: Mapping[str, Any]) -> list[Release]:
    """Return releases that together compute every possible hash of this entry, the newest first."""
    if _ALIKE.issuperset(entry) and not str(entry.get("value", "")).startswith(("env.", "vault.")):
        return [NEWEST]
    since = {each.field.since for each in walk(entry) if each.field and each.field.since > OLDEST}
    before = {(major, minor, patch - 1) for major, minor, patch in since}
    return sorted({*LAST_OF_RECIPE.values(), *before}, reverse=True)


def reproducible(entry: Mapping[str, Any], release: Release = NEWEST) -> bool:
    """Return whether a gateway of this release computes the same hash at every start, in any environment.

    It does not if the entry has an unknown member, a reference inside an object of the key or an alias (the
    value of the variable is hashed), several aliases (the gateway writes them in random order), or a value
    of a wrong type.
    """
    if any(member.field is None for member in walk(entry)):
        return False
    read = as_gateway_reads(entry)
    aliases = read.pop("aliases", {})
    if not isinstance(aliases, Mapping) or len(aliases) > 1:
        return False
    for target in aliases.values():
        if isinstance(target, Mapping):
            if release < ALIAS_OBJECTS_SINCE or not _is_plain_object(target, _ALIAS, release):
                return False
        elif not isinstance(target, str):
            return False
    return _is_plain_object(read, _HASHED, release)


def _is_plain_object(data: Mapping[str, Any], fields: Iterable[Field], release: Release) -> bool:
    return all(
        _is_plain(data[field.name], field, release) for field in fields if data.get(field.name) is not None
    )


def _is_plain(value: Any, field: Field, release: Release) -> bool:
    """Return whether the value has the field's type and is not a reference whose variable is hashed."""
    if field.kind in ("object", "objects"):
        listed = [value] if field.kind == "object" else value
        return isinstance(listed, list) and all(
            isinstance(each, Mapping) and _is_plain_object(each, field.fields, release) for each in listed
        )
    if field.kind == "list":
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if field.kind == "number":
        return type(value) in (int, float) and number(value) != ""
    if field.kind == "integer":
        return type(value) is int
    if field.kind == "boolean":
        return isinstance(value, bool)
    if not isinstance(value, str):
        return False
    return not (field.reference and field.name != "value" and counts_as_reference(value, release))


def recipe_of(release: Release) -> Recipe:
    """Return the recipe that a gateway of this release uses."""
    return next(recipe for recipe in RECIPES if release <= LAST_OF_RECIPE[recipe])


def key_hash(
    entry: Mapping[str, Any],
    release: Release = NEWEST,
    *,
    environ: Mapping[str, str] | None = None,
    empty_models_allow_all: bool = False,
) -> str:
    """Return the hash of ``entry`` at a gateway of this release: 64 lower-case hexadecimal digits.

    ``environ`` is the gateway's environment, for references inside the key's objects; a missing variable
    counts as empty. ``empty_models_allow_all`` says that the file has ``"version": 1``, for which the gateway
    replaces an empty list with ``["*"]``. A value of a wrong type does not raise; it is hashed as some text,
    and ``reproducible`` returns False for it.
    """
    filled = with_filled_models(entry, empty_models_allow_all=empty_models_allow_all)
    (digest,) = EntryHashes(filled, release, environ=environ).found
    return digest
