"""Rules about members that are newer than the gateway, which ignores them or does not start.

They apply only if the user or the gateway's database shows how old the gateway is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import ALIAS_OBJECTS_SINCE, Field, fold, walk
from bifrost_keys.gateway.models.names import pattern_of
from bifrost_keys.gateway.releases import ANY_RELEASE, Release, ReleaseRange, release_text
from bifrost_keys.gateway.rules.fault import Fault, Path, breach

PATTERNS_SINCE: Final[Release] = (2, 2, 0)
VAULT_SINCE: Final[Release] = (1, 6, 0)
FALLBACK_OBJECTS_SINCE: Final[Release] = (2, 2, 3)
_LISTS: Final = ("models", "blacklisted_models")


def newer_member_faults(
    names: Iterable[str], since: Mapping[str, Release], releases: ReleaseRange
) -> Iterator[Fault]:
    """Return a warning for each member that is newer than the gateway; ``since`` maps names to releases."""
    for name in names:
        release = since.get(fold(name))
        if release is not None and releases.is_older_than(release):
            yield _ignored((name,), release)


def newer_entry_faults(entry: Mapping[str, Any], releases: ReleaseRange) -> list[Fault]:
    """Return the faults of a key's entry that the gateway is too old for."""
    if releases == ANY_RELEASE:
        return []
    return [*_members(entry, releases), *_alias_objects(entry, releases), *_patterns(entry, releases)]


def vault_is_certain(releases: ReleaseRange, reference: str) -> bool:
    """Return whether a vault reference needs no warning, because it cannot be read as a literal."""
    if releases.is_at_least(VAULT_SINCE):
        return True
    return "#" in reference and not releases.is_older_than(VAULT_SINCE)


def _members(entry: Mapping[str, Any], releases: ReleaseRange) -> Iterator[Fault]:
    inside: Path | None = None
    for member in walk(entry):
        if inside is not None and member.path[: len(inside)] == inside:
            continue  # its object is ignored as a whole
        if member.field is None or member.value is None:
            continue
        known_from = _earliest(member.field)
        if releases.is_older_than(known_from):
            inside = member.path
            yield _ignored(member.path, known_from)


def _earliest(field: Field) -> Release:
    """Return the first release that can know the field."""
    if field.absent_at is None:
        return field.since
    major, minor, patch = field.absent_at
    return (major, minor, patch + 1)


def _alias_objects(entry: Mapping[str, Any], releases: ReleaseRange) -> Iterator[Fault]:
    aliases = entry.get("aliases")
    if not releases.is_older_than(ALIAS_OBJECTS_SINCE) or not isinstance(aliases, Mapping):
        return
    for source, target in aliases.items():
        if isinstance(target, Mapping):
            message = "is an object: releases before 1.5.12 do not start with it"
            hint = "use the name of the model as text"
            yield breach("alias-object", ("aliases", source), message, hint, refused=False)


def _patterns(entry: Mapping[str, Any], releases: ReleaseRange) -> Iterator[Fault]:
    if not releases.is_older_than(PATTERNS_SINCE):
        return
    for name in _LISTS:
        listed = entry.get(name)
        for place, item in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(item, str) and pattern_of(item) is not None:
                message = "is read as the name of a model by releases before 2.2.0, and matches no model"
                yield breach("pattern-newer", (name, place), message, "list each model", refused=False)


def _ignored(path: Path, since: Release) -> Fault:
    message = f"is ignored: gateways know it from release {release_text(since)} on"
    return breach("field-newer", path, message, "update the gateway", refused=False)
