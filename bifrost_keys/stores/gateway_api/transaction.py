"""A transaction at a gateway: one request per key, and a receipt for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from bifrost_keys.errors import BifrostKeysError, ConflictError, StoppedError
from bifrost_keys.stores.files import signals
from bifrost_keys.stores.gateway_api.new_provider import create_provider, refuse_provider
from bifrost_keys.stores.gateway_api.nodes import check_nodes
from bifrost_keys.stores.gateway_api.notices import notices_of
from bifrost_keys.stores.gateway_api.snapshot import GatewaySnapshot
from bifrost_keys.stores.gateway_api.writes import (
    Written,
    create_key,
    delete_key,
    update_key,
)
from bifrost_keys.stores.protocol import (
    Added,
    Admission,
    Change,
    Changeset,
    Effective,
    Outcome,
    Receipt,
    Removed,
    Replaced,
)

_UNTOUCHED: Final = Outcome(applied=False)
_AGAIN: Final = "run it again: completed changes are skipped"


class GatewayTransaction:
    """The keys of a gateway as they were read, and the one opportunity to change them."""

    def __init__(
        self,
        snapshot: GatewaySnapshot,
        *,
        authenticated: bool,
        dry_run: bool,
        node_ok: bool,
        on_progress: Callable[[int, int], None] | None,
    ) -> None:
        self.snapshot = snapshot
        self._client = snapshot.client
        self._authenticated = authenticated
        self._dry_run = dry_run
        self._node_ok = node_ok
        self._on_progress = on_progress or (lambda _done, _total: None)
        self._made_providers: set[str] = set()

    def admit(self, change: Change) -> Admission:
        """Return the change as it will be sent.

        Raise NotFoundError and InvalidInputError for a provider that cannot be added.
        """
        if isinstance(change, Removed):
            return Admission({})
        if isinstance(change, Added):
            if self.snapshot.provider_name(change.provider) is None:
                refuse_provider(self._client, change.provider, change.settings)
            return Admission(_sent(change.fields))
        if not isinstance(change, Replaced):
            return Admission(change.key.fields)
        return Admission(_sent(change.fields))

    def commit(self, changeset: Changeset) -> Receipt:
        """Send one request per key, deletions last, and stop at the first that fails.

        An error has the receipt of the changes before it. A signal after the first request of a change was
        sent is raised as StoppedError; before that, nothing was written.
        """
        changes = changeset.changes
        outcomes = [_UNTOUCHED] * len(changes)
        written: list[Written] = []
        try:
            if changes and not self._dry_run:
                self._carry_out(changes, outcomes, written)
        except BifrostKeysError as error:
            changed = bool(written) or error.applied is True
            done = [
                change for change, told in zip(changes, outcomes, strict=True) if told.applied is not False
            ]
            error.receipt = self._receipt(done, outcomes, written, changed=changed)
            raise
        return self._receipt(changes, outcomes, written, changed=bool(changes))

    def _carry_out(
        self,
        changes: Sequence[Added | Replaced | Removed],
        outcomes: list[Outcome],
        written: list[Written],
    ) -> None:
        self._refuse_nodes(changes[0])
        session, place, before = self._client.session, 0, 0
        signals.begun(self.snapshot.source)
        order = sorted(range(len(changes)), key=lambda place: isinstance(changes[place], Removed))
        try:
            for done, place in enumerate(order):
                self._on_progress(done, len(order))
                before = session.writes
                written.append(self._write(changes[place]))
                outcomes[place] = _outcome(written[-1])
            self._on_progress(len(order), len(order))
            signals.written(self.snapshot.source)
        except BifrostKeysError as error:
            outcomes[place] = Outcome(error.applied)
            raise _after(error, len(written), len(order)) from None
        except signals.Interrupted as interrupted:
            if not session.writes:
                raise
            sent = session.writes > before and not outcomes[place].applied
            outcomes[place] = Outcome(None) if sent else outcomes[place]
            raise _stopped(interrupted, len(written), len(order), in_flight=sent) from None

    def _receipt(
        self,
        changes: Sequence[Added | Replaced | Removed],
        outcomes: Sequence[Outcome],
        written: Sequence[Written],
        *,
        changed: bool,
    ) -> Receipt:
        effective: Effective = "now" if self._client.info.persistent else "until_restart"
        notices = notices_of(
            self.snapshot,
            changes,
            authenticated=self._authenticated,
            sent_masks=any(each.sent_masks for each in written),
        )
        return Receipt(changed, effective, self.snapshot.describe(), outcomes, notices, _UNTOUCHED)

    def _refuse_nodes(self, change: Added | Replaced | Removed) -> None:
        """Raise ConflictError if several gateways respond at the address, before anything is written."""
        provider = change.provider if isinstance(change, Added) else change.key.provider
        check_nodes(
            self._client,
            provider,
            self.snapshot.read_so_far,
            provider_names=self.snapshot.providers,
            node_ok=self._node_ok,
        )

    def _write(self, change: Added | Replaced | Removed) -> Written:
        if isinstance(change, Replaced):
            return update_key(self._client, self.snapshot.info(change.key), change.fields)
        if isinstance(change, Removed):
            return delete_key(self._client, self.snapshot.info(change.key))
        provider = change.provider
        if self.snapshot.provider_name(provider) is not None or provider in self._made_providers:
            return self._create(provider, change.fields)
        added = self._add_provider(provider)
        try:
            return self._create(provider, change.fields)
        except BifrostKeysError as error:
            if added:
                error.message += f"; the provider {self._client.label(provider)} was added, without keys"
            raise

    def _create(self, provider: str, fields: Mapping[str, Any]) -> Written:
        return create_key(self._client, provider, fields, listed_names=self._listed_names)

    @cached_property
    def _listed_names(self) -> frozenset[str]:
        return frozenset(key.name for key in self.snapshot.keys() if key.name)

    def _add_provider(self, name: str) -> bool:
        """Add a provider; return False if somebody else has added it in the meantime."""
        self._made_providers.add(name)
        try:
            create_provider(self._client, name)
        except ConflictError as error:
            if error.code != "provider-exists":
                raise
            return False
        return True


def _sent(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in fields.items() if name != "config_hash"}


def _outcome(written: Written) -> Outcome:
    return Outcome(True, written.gateway_status, written.description)


def _after(error: BifrostKeysError, done: int, total: int) -> BifrostKeysError:
    """Return the error of one change of several, with the number of changes made before."""
    if done:
        error.message += f"; {done} of {total} changes were made before"
        error.hint = f"{error.hint}; then {_AGAIN}" if error.hint else _AGAIN
    return error


def _stopped(interrupted: signals.Interrupted, done: int, total: int, *, in_flight: bool) -> StoppedError:
    """Return the error for a run that a signal ended after something was sent."""
    message = f"stopped: {done} of {total} changes were made"
    if in_flight:
        message += ", and it is unknown whether one more was"
    return StoppedError(message, exit_code=interrupted.exit_code, hint=_AGAIN)
