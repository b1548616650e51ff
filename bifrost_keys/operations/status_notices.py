"""Warnings of ``keys status`` about the database, the release and the providers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bifrost_keys.gateway.hashing.basis import known_releases
from bifrost_keys.gateway.hashing.key_hash import recipe_of
from bifrost_keys.gateway.releases import NEWEST, parse_release, release_text
from bifrost_keys.gateway.restart.database_state import DatabaseState
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.stores.config_file.gateway_state import GatewayState
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Key, Notice

_LISTED: Final = 10


def status_notices(
    snapshot: FileSnapshot,
    stale: Sequence[tuple[str, str]],
    stopping: Sequence[Key] = (),
    hashed_anew: Sequence[Key] = (),
    *,
    encrypted: bool = False,
) -> list[Notice]:
    """Return the notices. See ``ComparedKeys`` for the keys that they are about.

    ``stale`` are the provider and name of each key whose recorded hash is wrong.
    """
    return [
        *_release(snapshot.gateway, hashed_anew),
        *_database(snapshot.gateway.database, encrypted=encrypted),
        *(_settings(snapshot) if not snapshot.gateway.file_wins else ()),
        *_confusions(stopping),
        *_stale(stale),
    ]


def _release(gateway: GatewayState, hashed_anew: Sequence[Key]) -> list[Notice]:
    """Compare the release that the user named with the one that wrote the database."""
    found, said = gateway.found, gateway.said
    if found is None or said is None or recipe_of(found.release) == recipe_of(said):
        return []
    old, new = left_by(gateway), release_text(said)
    if said < found.release:
        message = f"the database was written by {old}, not by {new}"
        hint = "correct --gateway-release, or omit it: the database shows the release"
        return [Notice("release-disagrees", message, hint)]
    if not hashed_anew:
        return []
    message = (
        f"the first start of release {new} takes {_counted(hashed_anew)} from the file, over what was "
        f"changed in the web UI: the database was written by {old}, and {new} computes other hashes"
    )
    return [Notice("upgrade-takes-keys", message, "see keys help upgrading")]


def left_by(gateway: GatewayState) -> str | None:
    """Return in words which releases can have written the database; None if it does not show."""
    if gateway.found is None:
        return None
    releases = known_releases(gateway.found, gateway.database)
    oldest = max(releases.least, parse_release(recipe_of(gateway.found.release)))
    before = f", before {release_text(releases.before)}" if releases.before < NEWEST else ""
    return f"a gateway of release {release_text(oldest)} or later{before}"


def _database(database: DatabaseState, *, encrypted: bool) -> list[Notice]:
    notices = []
    if database.guessed and database.kind == "read":
        message = (
            f"read {database.path}: the gateway resolves the path from its own directory "
            "and may use another one"
        )
        notices.append(Notice("database-guessed", message))
    if encrypted:
        message = "the secrets in the database are encrypted: they were not compared"
        notices.append(Notice("database-encrypted", message))
    return notices


def _settings(snapshot: FileSnapshot) -> list[Notice]:
    """Warn about providers whose own settings are not those that the gateway last took from the file."""
    notices = []
    starts = snapshot.next_starts
    for name in sorted(starts.retaken):
        message = (
            f"{shown_name(name)}: its own settings changed in the file: the next start takes all of its keys "
            "from the file; those that only the database has are served again from the start after it"
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


def _confusions(stopping: Sequence[Key]) -> list[Notice]:
    """Warn about the keys that keep the gateway from starting."""
    message = "has the id of one key in the database and the name of another: the gateway does not start"
    hint = "give it another name or id, or delete one of the two in the web UI first"
    return [Notice("gateway-does-not-start", message, hint, key.provider, key.handle) for key in stopping]


def _stale(stale: Sequence[tuple[str, str]]) -> list[Notice]:
    message = "config_hash is not the hash of the fields: the gateway may store it as it is"
    hint = "keys check --fix corrects it"
    if len(stale) > _LISTED:
        return [Notice("hash-stale", f"of {len(stale)} keys the {message}", hint)]
    return [Notice("hash-stale", f"its {message}", hint, provider, name) for provider, name in stale]


def _counted(keys: Sequence[Key]) -> str:
    """Return a text such as ``2 keys (openai/a, openai/b)``, with at most ten names."""
    more = len(keys) - _LISTED
    names = ", ".join(key.label for key in keys[:_LISTED]) + (f" and {more} more" if more > 0 else "")
    return f"1 key ({names})" if len(keys) == 1 else f"{len(keys)} keys ({names})"
