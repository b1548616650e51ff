"""A transaction on a config file: check each change, then write them together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

from bifrost_keys.errors import ConflictError
from bifrost_keys.gateway.hashing.key_hash import HashDecision
from bifrost_keys.gateway.key import with_hash
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.edits import Edit
from bifrost_keys.stores.config_file.gateway_state import GatewayState
from bifrost_keys.stores.config_file.restart import effects
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import (
    Added,
    Admission,
    Change,
    ChangedFile,
    Changeset,
    Effective,
    Notice,
    Receipt,
    Removed,
    Replaced,
)

_LISTED: Final = 5
_PIECE: Final = 1 << 20


class FileTransaction:
    """The config as it was read, and the one opportunity to write it."""

    def __init__(
        self,
        snapshot: FileSnapshot,
        write: Callable[[str], None],
        *,
        path: str,
        is_new: bool = False,
        overwrite_web: bool = False,
    ) -> None:
        """``write`` replaces the text; ``is_new``: the file did not exist."""
        self.snapshot = snapshot
        self._write = write
        self._path = path
        self._before = None if is_new else _digest(snapshot.document.text)
        self._overwrite_web = overwrite_web
        self._prepared: tuple[Changeset, Document] | None = None
        self._admitted: list[tuple[Change, Admission]] = []
        self._first_gateway: GatewayState | None = None

    def admit(self, change: Change) -> Admission:
        """Return the change as the file will have it, with its hash, and notices about the next restarts.

        Raise ConflictError if the next start would undo what was done in the web UI.
        """
        admission = self.snapshot.settled(lambda: self._admit(change))
        self._first_gateway = self._first_gateway or self.snapshot.gateway
        self._admitted.append((change, admission))
        return admission

    def _admit(self, change: Change) -> Admission:
        admission = effects.admit(self.snapshot, change, overwrite_web=self._overwrite_web)
        if not isinstance(change, (Added, Replaced)):
            return admission
        decision = self.snapshot.gateway.stored_hash(admission.fields)
        notices = [*admission.notices]
        if self.snapshot.gateway.database.may_be_kept:  # only a database needs hashes
            notices += _hash_notices(decision, change)
        return Admission(with_hash(admission.fields, decision), notices)

    def prepare(self, changeset: Changeset) -> Document:
        """Compute the new text, so that a change is refused before anything else happens.

        Raise InvalidInputError, ConfigUnusableError if the file or an entry must not be edited, and
        ConflictError if the gateway's database has changed so that the changes would be decided otherwise.
        """
        document = self._respelled(changeset)
        document.require_editable()
        self.snapshot.settled(self._confirm)
        edit = Edit(document)
        for change in changeset.changes:
            if isinstance(change, Added):
                edit.append(change.provider, change.fields, change.settings)
            elif isinstance(change, Replaced):
                edit.replace(document.entry(change.key.provider, change.key.position), change.fields)
            else:
                edit.remove(document.entry(change.key.provider, change.key.position))
        for provider in changeset.removed_providers:
            edit.remove_provider(provider)
        for reference, name in changeset.repointed:
            edit.set_value(reference.path, name)
        self._prepared = changeset, edit.apply()
        return self._prepared[1]

    def _respelled(self, changeset: Changeset) -> Document:
        edit = Edit(self.snapshot.document)
        for key, path, name in changeset.respelled:
            edit.respell(self.snapshot.entry(key), path, name)
        return edit.apply() if changeset.respelled else self.snapshot.document

    def commit(self, changeset: Changeset) -> Receipt:
        """Write the text if it changed, or if the file did not exist."""
        known, prepared = self._prepared or (None, None)
        new = self.prepare(changeset) if prepared is None or known is not changeset else prepared
        before = self._before
        changed = before is None or new.text != self.snapshot.document.text
        if changed:
            self._write(new.text)
        after = _digest(new.text) if changed else before
        left = set(self.snapshot.providers) - set(changeset.removed_providers)
        empties = changeset.removed_providers and not left
        notices = [effects.without_providers(self.snapshot)] if empties else []
        return Receipt(
            changed, self._effective(changeset), ChangedFile(self._path, before, after), notices=notices
        )

    def _confirm(self) -> None:
        """Admit the changes again if they were not all admitted beside one state of the database."""
        if not self._admitted or self.snapshot.gateway is self._first_gateway:
            return
        if any(self._admit(change) != admission for change, admission in self._admitted):
            raise ConflictError(
                "the gateway's database changed while the change was decided; nothing was changed",
                code="database-changed",
                hint="run the command again",
            )

    def _effective(self, changeset: Changeset) -> Effective:
        removed = [change.key for change in changeset.changes if isinstance(change, Removed)]
        live = self.snapshot.settled(lambda: any(effects.stays_live(self.snapshot, key) for key in removed))
        return "not_by_restart" if live else "next_start"


def _hash_notices(decision: HashDecision, change: Added | Replaced) -> list[Notice]:
    """Return notices about hashes that rest on an assumption or were omitted."""
    if decision.reason == "recipe-assumed":
        message = "config_hash assumes a gateway of release 1.6.0 or later"
        return [Notice("hash-recipe-assumed", message, "for an older gateway, add --gateway-release RELEASE")]
    if decision.reason == "unknown-member":
        name = change.fields.get("name")
        if isinstance(change, Replaced):
            provider, name = change.key.provider, name or change.key.handle
        else:
            provider = change.provider
        listed = ", ".join(map(path_text, decision.members[:_LISTED]))
        more = len(decision.members) - _LISTED
        listed += f" and {more} more" if more > 0 else ""
        message = "config_hash is omitted, and the gateway computes it, because of members that may be newer"
        message += " than this program"
        return [Notice("hash-left-out", message, "", provider, name, listed)]
    return []


def _digest(text: str) -> str:
    """Return the SHA-256 of the text as UTF-8, computed in pieces to save a copy of a large file."""
    digest = hashlib.sha256()
    for start in range(0, len(text), _PIECE):
        digest.update(text[start : start + _PIECE].encode())
    return digest.hexdigest()
