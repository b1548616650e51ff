"""A gateway in the test's process: its management API, in either generation, and every kind of failure.

It was compared with conversations of running gateways (``test_fake_gateway``), except for sentences that
nothing depends on.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Self
from urllib.parse import unquote_to_bytes

from tests.stores.gateway_api.fake_api import Api
from tests.stores.gateway_api.fake_secrets import NEW
from tests.stores.gateway_api.fake_state import Database, Node
from tests.stores.gateway_api.http_server import Answer, HttpServer, Request

_HTML = (("content-type", "text/html; charset=utf-8"),)
_PLAIN = (("content-type", "text/plain; charset=utf-8"),)
_PART = "([^/]+)"
_KEYS = f"/api/providers/{_PART}/keys"
_ROUTES: dict[str, dict[str, str]] = {
    "/health": {"GET": "health"},
    "/api/version": {"GET": "version"},
    "/api/config": {"GET": "get_config"},
    "/api/session/is-auth-enabled": {"GET": "is_auth_enabled"},
    "/api/session/login": {"POST": "login"},
    "/api/session/logout": {"POST": "logout"},
    "/api/keys": {"GET": "all_keys"},
    "/api/providers": {"GET": "list_providers", "POST": "add_provider"},
    f"/api/providers/{_PART}": {"GET": "get_provider", "PUT": "put_provider", "DELETE": "delete_provider"},
    _KEYS: {"GET": "list_keys", "POST": "create_key"},
    f"{_KEYS}/{_PART}": {"GET": "get_key", "PUT": "update_key", "DELETE": "delete_key"},
    "/api/governance/(virtual-keys|routing-rules|pricing-overrides)": {
        "GET": "governance",
        "POST": "add_governance",
    },
}
_REFRESH = {f"{_KEYS}/{_PART}/refresh-models": {"POST": "refresh_models"}}
Go = Callable[[], Answer]


class FakeGateway:
    """One node at an address of its own.

    ``intercept`` sees every request before it is carried out and may do anything instead. ``prefix``:
    the path that a proxy would add. ``refreshes``: a release that refreshes models. What else is given
    goes to the ``Api``; nodes that share a ``database`` are given the same.
    """

    def __init__(
        self,
        config: Mapping[str, Any] | None = None,
        *,
        release: str = NEW,
        prefix: str = "",
        refreshes: bool = False,
        tls: ssl.SSLContext | None = None,
        **api: Any,
    ) -> None:
        self.api = Api(config, release=release, **api)
        self.prefix = prefix
        self.intercept: Callable[[Request, Go], Answer] = lambda request, go: go()
        self.server = HttpServer(self._answer, tls)
        routes = _ROUTES | (_REFRESH if refreshes else {})
        self._routes = [(re.compile(prefix + path), methods) for path, methods in routes.items()]

    def __enter__(self) -> Self:
        self.server.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.server.__exit__(*error)

    @property
    def url(self) -> str:
        """The address with its prefix."""
        return self.server.url + self.prefix

    @property
    def database(self) -> Database:
        """The data that outlives a restart."""
        assert self.api.database is not None
        return self.api.database

    @property
    def node(self) -> Node:
        """The keys that this node serves."""
        return self.api.node

    @property
    def seen(self) -> list[Request]:
        """Every request that arrived."""
        return self.server.seen

    def sent(self, *methods: str) -> list[Request]:
        """Return the requests with these methods, without those for sessions."""
        return [each for each in self.seen if each.method in methods and "/session/" not in each.target]

    def restart(self) -> None:
        """Start again with the content of the database."""
        self.node.start()

    def secret(self, key_id: str, column: str = "value") -> str:
        """Return the secret or reference of a key in the database."""
        row = self.database.row(key_id)
        assert row is not None
        return str(row.key.row(row.provider).get(column, ""))

    # Routing

    def _answer(self, request: Request) -> Answer:
        return self.intercept(request, lambda: self.carry_out(request))

    def carry_out(self, request: Request) -> Answer:
        """Carry out the request; return the gateway's response."""
        path, _, query = request.target.partition("?")
        found = self._route(path)
        if found is None:
            return self._no_route(request, path, query)
        methods, parts = found
        if request.method == "OPTIONS":
            return Answer(200, headers=())
        name = methods.get(request.method)
        if name is None:
            return self._not_allowed(request, [*methods])
        return self.api.handle(name, request, parts, query)

    def _route(self, path: str) -> tuple[dict[str, str], list[str]] | None:
        for pattern, methods in self._routes:
            if match := pattern.fullmatch(path):
                if "governance" in path and self.api.database is None:
                    return None
                parts = [unquote_to_bytes(part).decode("utf-8", "surrogateescape") for part in match.groups()]
                return methods, parts
        return None

    def _no_route(self, request: Request, path: str, query: str) -> Answer:
        clean = re.sub("//+", "/", path) if request.method != "GET" else path
        clean = clean.rstrip("/")
        if clean != path and self._route(clean) is not None:
            location = f"{self.server.url}{clean}" + (f"?{query}" if query else "")
            return Answer(301 if request.method == "GET" else 308, b"", (*_PLAIN, ("Location", location)))
        if request.method == "GET":
            return Answer(200, b"<html></html>\n", _HTML)
        return self._not_allowed(request, ["GET"])

    def _not_allowed(self, request: Request, methods: list[str]) -> Answer:
        if request.method == "GET":
            return Answer(200, b"<html></html>\n", _HTML)
        allow = ", ".join(sorted([*methods, "OPTIONS"]))
        return Answer(405, b"Method Not Allowed", (*_PLAIN, ("Allow", allow)))
