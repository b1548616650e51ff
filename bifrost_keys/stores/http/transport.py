"""HTTP over one connection: TLS, proxies, limits, and retries of GET.

urllib3 and ssl are imported only here, in ``failures`` and in ``tls``. Requests go through a pool, not a
``PoolManager``, because that resolves ``..`` in a path: deleting a key whose id is ``..`` would delete its
provider.
"""

from __future__ import annotations

import http.client
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, ProxyManager, Timeout
from urllib3 import exceptions as urllib3_errors
from urllib3.util import make_headers, parse_url

from bifrost_keys import __version__
from bifrost_keys.errors import BifrostKeysError, UsageError
from bifrost_keys.stores.http.address import Address
from bifrost_keys.stores.http.failures import (
    RETRIED_CODES,
    AnswerCutError,
    NoAnswerError,
    NotSentError,
    answer_too_large,
    connect_failure,
    connection_lost,
    request_failure,
)
from bifrost_keys.stores.http.proxies import proxy_for
from bifrost_keys.stores.http.tls import TlsFiles, tls_context

if TYPE_CHECKING:
    from ssl import SSLContext

__all__ = [
    "AnswerCutError",
    "NoAnswerError",
    "NotSentError",
    "Response",
    "Settings",
    "TlsFiles",
    "Transport",
]

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 30.0
MAX_BODY_BYTES: Final = 64 << 20
RETRY_SECONDS: Final = (0.2, 0.8)
_JITTER: Final = 0.25
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
_PIECE: Final = 1 << 16


@dataclass(frozen=True)
class Settings:
    """Settings of a connection; times in seconds. Proxies are looked up in ``environment``.

    A GET is retried after each of ``retry_seconds`` if the connection was refused or reset, and, with
    ``retry_busy``, after a response of 429, 502, 503 or 504.
    """

    address: Address
    tls: TlsFiles = field(default_factory=TlsFiles)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    answer_seconds: float = ANSWER_SECONDS
    connect_seconds: float = CONNECT_SECONDS
    max_body_bytes: int = MAX_BODY_BYTES
    retry_seconds: tuple[float, ...] = RETRY_SECONDS
    retry_busy: bool = True
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)


@dataclass(frozen=True)
class Response:
    """A complete response with any status. Header names are in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)

    def header(self, name: str) -> str:
        """Return the first header of this name, or an empty string."""
        return next(iter(self.all_headers(name)), "")

    def all_headers(self, name: str) -> tuple[str, ...]:
        """Return every header of this name, in order."""
        return tuple(value for key, value in self.headers if key == name)


class Transport:
    """One connection to one server, opened on first use and reopened if it was lost.

    InvalidInputError is raised for unusable TLS files, UsageError for an unusable proxy.
    """

    def __init__(self, settings: Settings, context: SSLContext | None = None) -> None:
        self.settings = settings
        if context is None and settings.address.scheme == "https":
            context = tls_context(settings.tls)
        self._context = context
        self.connections = 0  # the number opened so far
        self._connecting = False
        self._may_connect = True
        self._pool = self._new_pool()

    def __repr__(self) -> str:
        return f"Transport({self.settings.address.url!r})"

    def fresh(self) -> Transport:
        """Return another transport to the same server, with its own connection."""
        return Transport(self.settings, self._context)

    def close(self) -> None:
        """Close the connection."""
        self._pool.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        same_connection: bool = False,
        answer_seconds: float | None = None,
    ) -> Response:
        """Send one request and return the response.

        ``path`` must be encoded; it is appended to the base path of the address. Redirects are returned, not
        followed. Only GET is retried. With ``same_connection``, no new connection is opened: NotSentError is
        raised instead. Raise NotSentError, NoAnswerError, AnswerCutError, ServerUnusableError, and
        AccessDeniedError if the proxy requires authentication.
        """
        seconds = self.settings.answer_seconds if answer_seconds is None else answer_seconds
        self._may_connect = not same_connection
        waits = self.settings.retry_seconds if method == "GET" else ()
        for wait in waits:
            try:
                response = self._once(method, path, headers or {}, body, seconds)
            except (NotSentError, NoAnswerError) as error:
                if error.code not in RETRIED_CODES:
                    raise
                asked = 0.0
            else:
                asked = _retry_after(response)
                busy = self.settings.retry_busy and response.status in _TRY_AGAIN
                if not busy or asked > seconds:
                    return response
            self.settings.sleep(max(asked, wait * random.uniform(1 - _JITTER, 1 + _JITTER)))  # noqa: S311
        return self._once(method, path, headers or {}, body, seconds)

    def _once(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Response:
        deadline = time.monotonic() + seconds
        authority = self.settings.address.authority
        raw: HTTPResponse | None = None
        whole = self._connecting = False
        failure: BifrostKeysError
        try:
            raw = self._send(method, path, headers, body, seconds)
            content = self._read_body(raw, deadline)
            whole = True
        except (urllib3_errors.HTTPError, http.client.HTTPException, OSError) as error:
            if self._connecting:
                failure = connect_failure(error, authority)
                failure.applied = False  # nothing was sent
            else:
                failure = request_failure(error, authority, answered=raw is not None)
        else:
            return Response(
                raw.status, tuple((name.lower(), value) for name, value in raw.headers.items()), content
            )
        finally:
            if raw is not None:
                if not whole:
                    raw.close()
                raw.release_conn()
        raise failure

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> HTTPResponse:
        response = self._pool.urlopen(
            method,
            f"{self.settings.address.base_path}{path}",
            body=body,
            headers={"User-Agent": f"bifrost-keys/{__version__}", **headers},
            retries=False,
            redirect=False,
            timeout=Timeout(connect=self.settings.connect_seconds, read=seconds),
            preload_content=False,
        )
        assert isinstance(response, HTTPResponse)
        return response

    def _read_body(self, raw: HTTPResponse, deadline: float) -> bytes:
        limit, pieces, size = self.settings.max_body_bytes, [], 0
        while piece := raw.read1(_PIECE, decode_content=True):
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise answer_too_large(self.settings.address.authority, limit)
            if time.monotonic() > deadline:  # the socket's timeout restarts with every byte
                raise TimeoutError
        return b"".join(pieces)

    def _new_pool(self) -> HTTPConnectionPool:
        address = self.settings.address
        pool: HTTPConnectionPool
        proxy = proxy_for(address, self.settings.environment)
        if address.scheme == "http":
            pool = HTTPConnectionPool(address.host, address.port, maxsize=1)
        elif proxy is None:
            pool = HTTPSConnectionPool(address.host, address.port, maxsize=1, ssl_context=self._context)
        else:
            pool = self._tunnelled_pool(proxy)
        self._watch(pool)
        return pool

    def _tunnelled_pool(self, proxy: str) -> HTTPConnectionPool:
        """Return a pool whose connections go through the proxy with CONNECT.

        The manager only creates the pool; see the module's docstring for why it sends no requests.
        """
        address = self.settings.address
        try:
            user = parse_url(proxy).auth
            headers = make_headers(proxy_basic_auth=unquote(user)) if user else None
            manager = ProxyManager(proxy, maxsize=1, proxy_headers=headers, ssl_context=self._context)
            return manager.connection_from_host(address.host, address.port, "https")
        except (urllib3_errors.HTTPError, ValueError):
            raise UsageError(
                "HTTPS_PROXY is not the URL of a usable proxy",
                code="proxy-invalid",
                hint="use the form http://HOST:PORT",
            ) from None

    def _watch(self, pool: HTTPConnectionPool) -> None:
        """Count the connections that the pool opens, and refuse a new one if the last one must be used."""
        kind = pool.ConnectionCls

        def connect(connection: object) -> None:
            if not self._may_connect:
                raise connection_lost(self.settings.address.authority)
            self._connecting = True
            kind.connect(connection)  # type: ignore[arg-type]
            self._connecting = False
            self.connections += 1

        pool.ConnectionCls = type("Connection", (kind,), {"connect": connect})


def _retry_after(response: Response) -> float:
    """Return the seconds of ``Retry-After``; 0 if it is missing or a date."""
    text = response.header("retry-after").strip()
    return float(text) if text.isdecimal() and text.isascii() else 0.0
