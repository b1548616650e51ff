"""A small HTTP server in the test's process: it records requests, byte for byte, and fails on demand."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

Fault = Literal["", "reset", "close", "cut", "hang", "drip", "junk", "huge"]


@dataclass(frozen=True)
class Request:
    """A request as it arrived; ``connection`` counts from 1. Header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True)
class Answer:
    """A response, or the failure instead of one."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    fault: Fault = ""
    close: bool = False


@dataclass
class HttpServer:
    """Serves on a free port of this machine until the block ends; ``answer`` decides every response."""

    answer: Callable[[Request], Answer]
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    seen: list[Request] = field(default_factory=list)
    connections: int = 0
    failures: list[BaseException] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server((self.host, 0), _Handler)
        self._server.owner = self
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        if self.failures:
            raise self.failures[0]

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    def next_connection(self) -> int:
        """Return the number of a connection that has just been opened."""
        with self._lock:
            self.connections += 1
            return self.connections

    def note(self, request: Request) -> None:
        """Keep the request."""
        with self._lock:
            self.seen.append(request)


class _Server(ThreadingHTTPServer):
    owner: HttpServer
    request_queue_size = 64
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a client that disconnects, or refuses the certificate."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    wbufsize = -1

    def setup(self) -> None:
        owner = self.server.owner
        if owner.tls is not None:
            self.request = owner.tls.wrap_socket(self.request, server_side=True)
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection_number = owner.next_connection()
        super().setup()

    def respond(self) -> None:
        owner = self.server.owner
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        # ``self.path`` would have lost a second slash at its beginning.
        target = self.requestline.split(" ")[1]
        request = Request(self.command, target, headers, body, self.connection_number)
        owner.note(request)
        try:
            answer = owner.answer(request)
        except BaseException as failure:
            owner.failures.append(failure)
            raise
        self._send(answer)

    def _send(self, answer: Answer) -> None:
        if answer.fault == "hang":
            self.server.owner.closing.wait()
        if answer.fault in ("hang", "close", "reset"):
            return self._hang_up(abruptly=answer.fault == "reset")
        if answer.fault == "junk":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")
            return self._hang_up(abruptly=False)
        missing = {"cut": 10, "drip": 1000, "huge": 1 << 30}.get(answer.fault, 0)
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body) + missing))
        if answer.close or self.close_connection:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()
        if answer.fault == "drip":
            while not self.server.owner.closing.wait(0.02):
                self.wfile.write(b" ")
                self.wfile.flush()
        if missing:
            self._hang_up(abruptly=False)
        return None

    def _hang_up(self, *, abruptly: bool) -> None:
        self.close_connection = True
        if abruptly:  # a reset instead of an orderly end
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.wfile.flush()

    def log_message(self, *arguments: object) -> None:
        """Print nothing."""


for _method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
    setattr(_Handler, f"do_{_method}", _Handler.respond)
