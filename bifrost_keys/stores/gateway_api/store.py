"""A running gateway as a store of keys: read, and changed key by key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import Any

from bifrost_keys.errors import BifrostKeysError, ConflictError, NotFoundError
from bifrost_keys.gateway.providers import built_in
from bifrost_keys.stores.gateway_api.client import Client, open_gateway
from bifrost_keys.stores.gateway_api.credentials import Credential
from bifrost_keys.stores.gateway_api.nodes import check_nodes
from bifrost_keys.stores.gateway_api.snapshot import GatewaySnapshot
from bifrost_keys.stores.gateway_api.writes import (
    Written,
    create_key,
    create_provider,
    delete_key,
    update_key,
)
from bifrost_keys.stores.http.transport import Settings
from bifrost_keys.stores.protocol import (
    Added,
    Admission,
    Change,
    Changeset,
    Effective,
    Key,
    Notice,
    Receipt,
    Removed,
    Replaced,
)


class GatewayStore:
    """The keys of a running gateway; one conversation for the whole run, ended by ``close``."""

    def __init__(
        self,
        settings: Settings,
        credential: Credential,
        *,
        release: str | None = None,
        node_ok: bool = False,
        unchecked: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """``release`` overrides what the gateway says of its own; ``node_ok``: the address is one node.

        ``unchecked``: keys are deleted even if nobody may see what refers to them. ``on_progress`` is told
        how many writes of how many are done.
        """
        self.path = settings.address.url
        self.exposed = False  # a gateway has no file that others could read
        self.notices: list[Notice] = []
        self._settings = settings
        self._credential = credential
        self._release = release
        self._node_ok = node_ok
        self._unchecked = unchecked
        self._on_progress = on_progress
        self._stack = ExitStack()
        self._snapshot: GatewaySnapshot | None = None

    @cached_property
    def client(self) -> Client:
        """The gateway, greeted and logged in at the first use."""
        opened = open_gateway(self._settings, self._credential, release=self._release)
        return self._stack.enter_context(opened)

    def close(self) -> None:
        """Log out, and let the connection go."""
        opened = "client" in self.__dict__
        self._stack.close()
        if opened:
            self.notices += self.client.notices

    def read(self, *, lenient: bool = False) -> GatewaySnapshot:  # noqa: ARG002
        """The keys that the gateway serves; read once, and again after a change of them."""
        if self._snapshot is None:
            self._snapshot = GatewaySnapshot(self.client, unchecked=self._unchecked)
        return self._snapshot

    def refresh(self, key: Key) -> tuple[str | None, str | None]:
        """Let the gateway ask the provider for its models with this key; returns status and description.

        Raises NotFoundError on releases before 2.2, which cannot.
        """
        info = self.client.refresh_models(key.provider, key.id or "")
        return info.status, self.client.description(info)

    @contextmanager
    def transaction(
        self,
        *,
        dry_run: bool = False,
        overwrite_web: bool = False,  # noqa: ARG002
    ) -> Iterator[GatewayTransaction]:
        """A transaction whose commit sends one request a key; nothing is atomic at a gateway."""
        snapshot = self.read()
        if not dry_run:
            self._snapshot = None
        yield GatewayTransaction(
            snapshot,
            authenticated=self._credential.kind != "none",
            dry_run=dry_run,
            node_ok=self._node_ok,
            on_progress=self._on_progress,
        )


class GatewayTransaction:
    """What was read of a gateway, and the one chance to change it."""

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

    def admit(self, change: Change) -> Admission:
        """The change as it is sent, and what the gateway's next start may do with it."""
        if isinstance(change, Removed):
            return Admission({}, self._in_file(change.key, "the next start brings it back"))
        if isinstance(change, Added):
            return Admission(_sent(change.fields))
        if not isinstance(change, Replaced):
            return Admission(change.key.fields)
        renamed = change.fields.get("name") != change.key.fields.get("name")
        notices = self._in_file(change.key, "the next start brings its old name back") if renamed else []
        return Admission(_sent(change.fields), notices)

    def commit(self, changeset: Changeset) -> Receipt:
        """Send one request a key, the deletions last; stops at the first that fails, saying what was done."""
        ordered = sorted(enumerate(changeset.changes), key=lambda each: isinstance(each[1], Removed))
        outcomes: dict[int, Mapping[str, Any]] = {}
        written: list[Written] = []
        if ordered and not self._dry_run:
            self._refuse_nodes(changeset.changes[0])
            for done, (place, change) in enumerate(ordered):
                self._on_progress(done, len(ordered))
                try:
                    written.append(self._write(change))
                except BifrostKeysError as error:
                    if done:
                        error.message += f"; {done} of {len(ordered)} changes were made before"
                    raise
                outcomes[place] = _outcome(written[-1])
            self._on_progress(len(ordered), len(ordered))
        return Receipt(
            bool(ordered),
            self._effective,
            {"store": self.snapshot.describe()},
            [outcomes.get(place, {"applied": False}) for place in range(len(changeset.changes))],
            self._notices(written) if ordered else (),
        )

    @property
    def _effective(self) -> Effective:
        return "now" if self._client.info.persistent else "until_restart"

    def _refuse_nodes(self, change: Added | Replaced | Removed) -> None:
        """Raise ConflictError where several gateways answer at the address, before anything is written."""
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
        if self.snapshot.provider_name(change.provider) is None:
            self._create_provider(change.provider)
        listed = [key.name for key in self.snapshot.keys() if key.name]
        return create_key(self._client, change.provider, change.fields, listed_names=listed)

    def _create_provider(self, name: str) -> None:
        if built_in(name) is None:
            message = f"the gateway has no provider {name}, and only built-in ones can be added"
            raise NotFoundError(message, code="provider-not-found")
        try:
            create_provider(self._client, name.lower())
        except ConflictError as error:
            if error.code != "provider-exists":
                raise

    def _in_file(self, key: Key, what: str) -> list[Notice]:
        """A word about a ``config.json`` that the gateway reads at its start, which nothing here shows."""
        if not self._client.info.persistent:
            return []
        message = f"if the gateway's config.json lists the key, {what}"
        hint = "change it in that file too"
        return [Notice("may-be-in-file", message, hint, key.provider, key.name)]

    def _notices(self, written: Sequence[Written]) -> list[Notice]:
        info, notices = self._client.info, []
        if not info.persistent:
            message = "the gateway has no database: its next start forgets the change"
            notices.append(Notice("not-persistent", message, "change its config.json, which lasts"))
        if not info.authentication and not self._authenticated:
            message = "the gateway asks for no credential: anybody who reaches the address can do the same"
            notices.append(Notice("no-authentication", message, "set auth_config at the gateway"))
        if info.url.startswith("http://") and not self._client.session.transport.settings.address.loopback:
            message = "the credential and the secrets travel unencrypted"
            notices.append(Notice("plain-http", message, "give an https address"))
        if info.stale_masks == "stored" and any(each.sent_masks for each in written):
            message = (
                "this release of the gateway loses a secret that somebody rotates in the same moment, "
                "and nobody is told"
            )
            hint = "keep secrets as references, or update the gateway to 1.6.4 or later"
            notices.append(Notice("stale-mask-release", message, hint))
        return notices


def _sent(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in fields.items() if name != "config_hash"}


def _outcome(written: Written) -> Mapping[str, Any]:
    return {
        "applied": True,
        "gateway_status": written.gateway_status,
        "description": written.description,
    }
