"""A running gateway as a store of keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property

from bifrost_keys.errors import UsageError
from bifrost_keys.stores.gateway_api.client import Client, open_gateway
from bifrost_keys.stores.gateway_api.credentials import Credential
from bifrost_keys.stores.gateway_api.snapshot import GatewaySnapshot
from bifrost_keys.stores.gateway_api.transaction import GatewayTransaction
from bifrost_keys.stores.http.transport import Settings
from bifrost_keys.stores.protocol import Key, Notice


class GatewayStore:
    """The keys of a running gateway, in one session for the whole run, which ``close`` ends."""

    def __init__(
        self,
        settings: Settings,
        credential: Credential,
        *,
        release: str | None = None,
        node_ok: bool = False,
        unchecked: bool = False,
        brief: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """``release`` overrides that of the gateway; ``node_ok``: the address is one node.

        ``unchecked``: delete keys even if the references to them cannot be read. ``brief``: read only one
        key, without a login. ``on_progress`` is called with the number of writes done and the total.
        """
        self.path = settings.address.url
        self.exposed = False  # a gateway has no file that others could read
        self._notices: list[Notice] = []
        self._settings = settings
        self._credential = credential
        self._release = release
        self._node_ok = node_ok
        self._unchecked = unchecked
        self._brief = brief
        self._on_progress = on_progress
        self._stack = ExitStack()
        self._snapshot: GatewaySnapshot | None = None

    @cached_property
    def client(self) -> Client:
        """The gateway, connected and logged in at the first use."""
        opened = open_gateway(self._settings, self._credential, release=self._release, brief=self._brief)
        return self._stack.enter_context(opened)

    def close(self) -> None:
        """Log out, and close the connection."""
        opened = "client" in self.__dict__
        self._stack.close()
        if opened:
            self._notices += self.client.notices
            self.client.notices.clear()

    def take_notices(self) -> list[Notice]:
        """Return failures at the end of the session, only once."""
        taken, self._notices = self._notices, []
        return taken

    def read(self, *, lenient: bool = False) -> GatewaySnapshot:  # noqa: ARG002
        """Return the keys that the gateway serves, read once, and again after a change."""
        if self._snapshot is None:
            self._snapshot = GatewaySnapshot(self.client, unchecked=self._unchecked)
        return self._snapshot

    def inspect(self) -> GatewaySnapshot:
        """Return the keys that the gateway serves."""
        return self.read()

    def refresh(self, key: Key) -> tuple[str | None, str | None]:
        """Let the gateway ask the provider for its models with this key; return status and description.

        Raise NotFoundError on releases before 2.2, which cannot do this.
        """
        info = self.client.refresh_models(key.provider, key.id or "", key.name or "")
        return info.status, self.client.description(info)

    @contextmanager
    def transaction(
        self,
        *,
        dry_run: bool = False,
        overwrite_web: bool = False,
    ) -> Iterator[GatewayTransaction]:
        """Open a transaction whose commit sends one request per key; nothing is atomic at a gateway."""
        if overwrite_web:
            message = "--overwrite-web applies only to a file, not to the gateway itself"
            raise UsageError(message, code="file-only", hint="omit --overwrite-web")
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
