"""Warnings of ``keys status`` about the database, the release and the providers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from bifrost_keys.gateway.hashing.basis import known_releases
from bifrost_keys.gateway.hashing.key_hash import recipe_of
from bifrost_keys.gateway.releases import NEWEST, parse_release, release_text
from bifrost_keys.gateway.restart.database_row import DatabaseState
from bifrost_keys.gateway.restart.drift import hashes_at_start
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.stores.config_file.gateway_state import GatewayState
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Key, Notice

_LISTED: Final = 10


def status_notices(
    snapshot: FileSnapshot,
    listed: Sequence[tuple[Key, dict[str, Any]]],
    stale: Sequence[tuple[str, str]],
) -> list[Notice]:
    """The notices; ``listed`` are the keys with their entries as the gateway loads them.

    ``stale`` are provider and name of the keys whose recorded hash is not their own.
    """
    return [
        *_release(snapshot, listed),
        *_database(snapshot.gateway.database),
        *(_settings(snapshot) if not snapshot.gateway.file_wins else ()),
        *_confusions(snapshot, listed),
        *_stale(stale),
    ]


def _release(snapshot: FileSnapshot, listed: Sequence[tuple[Key, dict[str, Any]]]) -> list[Notice]:
    """The release that the user names beside the one that left the database."""
    found, said = snapshot.gateway.found, snapshot.gateway.said
    if found is None or said is None or recipe_of(found.release) == recipe_of(said):
        return []
    old, new = left_by(snapshot.gateway), release_text(said)
    if said < found.release:
        message = f"the database was left by {old}, not by {new}"
        hint = "correct --gateway-release, or omit it: the database shows the release"
        return [Notice("release-disagrees", message, hint)]
    retaken = [key.label for key, entry in listed if _is_hashed_anew(snapshot, key, entry)]
    if not retaken:
        return []
    message = (
        f"the first start of release {new} takes {_counted(retaken)} from the file, over what was changed in "
        f"the web UI: the database was left by {old}, and {new} computes other hashes"
    )
    return [Notice("upgrade-takes-keys", message, "see keys help upgrading")]


def left_by(gateway: GatewayState) -> str | None:
    """The releases of the gateway that can have left the database, in words; None where it does not tell."""
    if gateway.found is None:
        return None
    releases = known_releases(gateway.found, gateway.database)
    oldest = max(releases.least, parse_release(recipe_of(gateway.found.release)))
    before = f", before {release_text(releases.before)}" if releases.before < NEWEST else ""
    return f"a gateway of release {release_text(oldest)} or later{before}"


def _is_hashed_anew(snapshot: FileSnapshot, key: Key, entry: dict[str, Any]) -> bool:
    """Whether the row is of this entry, and the release that the user names does not find it so."""
    row = snapshot.gateway.row_of(key.provider, name=key.name, key_id=key.id)
    if row is None or row.config_hash not in hashes_at_start(entry).found:
        return False
    return row.config_hash not in hashes_at_start(entry, release=snapshot.gateway.said).found


def _database(database: DatabaseState) -> list[Notice]:
    notices = []
    if database.guessed and database.kind == "read":
        message = f"read {database.path}: the gateway resolves its path elsewhere, it may use another one"
        notices.append(Notice("database-guessed", message))
    if any(row.encrypted for row in database.rows):
        message = "the database encrypts secrets: they were not read and not compared"
        notices.append(Notice("database-encrypted", message))
    return notices


def _settings(snapshot: FileSnapshot) -> list[Notice]:
    """The providers whose own settings are not those that the gateway took from the file last."""
    notices = []
    starts = snapshot.next_starts
    for name in sorted(starts.retaken):
        message = (
            f"{shown_name(name)}: its own settings changed in the file: the next start takes all of its keys "
            "from the file, and serves those that only the database has again from the start after it on"
        )
        notices.append(Notice("provider-settings-changed", message, "", name))
    for name in sorted(starts.doubtful):
        message = (
            f"{shown_name(name)}: its own settings differ from those in the database, and whether the file "
            "changed them since the last start is not known: if it did, the next start takes all of its keys "
            "from the file"
        )
        notices.append(Notice("provider-settings-differ", message, "", name))
    return notices


def _confusions(snapshot: FileSnapshot, listed: Sequence[tuple[Key, dict[str, Any]]]) -> list[Notice]:
    """The keys because of which the gateway does not start."""
    if not snapshot.gateway.seen or not snapshot.gateway.may_undo:
        return []
    message = "has the id of one key of the database and the name of another: the gateway does not start"
    hint = "give it another name or id, or delete one of the two in the web UI first"
    return [
        Notice("gateway-does-not-start", message, hint, key.provider, key.name)
        for key, _ in listed
        if snapshot.next_starts.of(key).outcome == "stops"
    ]


def _stale(stale: Sequence[tuple[str, str]]) -> list[Notice]:
    message = "config_hash is not the hash of the fields: the gateway may store it as it is"
    hint = "keys check --fix corrects it"
    if len(stale) > _LISTED:
        return [Notice("hash-stale", f"of {len(stale)} keys the {message}", hint)]
    return [Notice("hash-stale", f"its {message}", hint, provider, name) for provider, name in stale]


def _counted(labels: Sequence[str]) -> str:
    """``2 keys (openai/a, openai/b)``, with at most ten names."""
    more = len(labels) - _LISTED
    names = ", ".join(labels[:_LISTED]) + (f" and {more} more" if more > 0 else "")
    return f"1 key ({names})" if len(labels) == 1 else f"{len(labels)} keys ({names})"
