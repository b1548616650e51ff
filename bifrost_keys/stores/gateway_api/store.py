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
    """The keys of a running gateway; one conversation for the whole run, ended by ``close``."""

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
        """``release`` overrides what the gateway says of its own; ``node_ok``: the address is one node.

        ``unchecked``: keys are deleted even if nobody may see what refers to them. ``brief``: for a look at
        one key, which logs nobody in. ``on_progress`` is told how many writes of how many are done.
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
        """The gateway, greeted and logged in at the first use."""
        opened = open_gateway(self._settings, self._credential, release=self._release, brief=self._brief)
        return self._stack.enter_context(opened)

    def close(self) -> None:
        """Log out, and let the connection go."""
        opened = "client" in self.__dict__
        self._stack.close()
        if opened:
            self._notices += self.client.notices
            self.client.notices.clear()

    def take_notices(self) -> list[Notice]:
        """What went wrong with the end of the conversation, once."""
        taken, self._notices = self._notices, []
        return taken

    def read(self, *, lenient: bool = False) -> GatewaySnapshot:  # noqa: ARG002
        """The keys that the gateway serves; read once, and again after a change of them."""
        if self._snapshot is None:
            self._snapshot = GatewaySnapshot(self.client, unchecked=self._unchecked)
        return self._snapshot

    def inspect(self) -> GatewaySnapshot:
        """The keys that the gateway serves."""
        return self.read()

    def refresh(self, key: Key) -> tuple[str | None, str | None]:
        """Let the gateway ask the provider for its models with this key; returns status and description.

        Raises NotFoundError on releases before 2.2, which cannot.
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
        """A transaction whose commit sends one request a key; nothing is atomic at a gateway."""
        if overwrite_web:
            message = "--overwrite-web is about a file that a gateway reads, and this is the gateway itself"
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
