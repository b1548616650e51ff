"""One connection, exact paths, limited responses; a write is never sent twice, and nothing goes elsewhere."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from bifrost_keys.errors import (
    AccessDeniedError,
    BifrostKeysError,
    InvalidInputError,
    ServerUnusableError,
    UsageError,
)
from bifrost_keys.stores.http.address import parse_address
from bifrost_keys.stores.http.transport import (
    AnswerCutError,
    NoAnswerError,
    NotSentError,
    Settings,
    TlsFiles,
    Transport,
)
from tests.stores.gateway_api.http_server import Answer, Fault, HttpServer, Request

TOKEN = "token-SENTINEL-0001"
BODY = b'"value-SENTINEL"'
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
OK = Answer(body=b'{"ok": true}')
Slept = list[float]


@pytest.fixture
def slept() -> Slept:
    """Return the waits between tries, which are not really waited for."""
    return []


def transport(url: str, slept: Slept, **settings: object) -> Transport:
    """Return a transport to this URL that does not wait between tries."""
    address = parse_address(url, allow_http=True)
    return Transport(Settings(address, sleep=slept.append, **settings))  # type: ignore[arg-type]


def answers(*given: Answer) -> Callable[[Request], Answer]:
    """Return consecutive responses; the last one is repeated."""
    queue = list(given)
    return lambda request: queue.pop(0) if len(queue) > 1 else queue[0]


def free_port() -> int:
    """Return a port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    "path", ["/api/%2E%2E", "/a/..", "/a/../b", "/./", "/a%2Fb", "/%d0%ba", "/a+b", "/a;b=c&d", "/a?x=1"]
)
@pytest.mark.parametrize("prefix", ["", "/bifrost"])
def test_a_path_reaches_the_server_byte_for_byte(slept: Slept, path: str, prefix: str) -> None:
    with HttpServer(answers(OK)) as server:
        transport(server.url + prefix, slept).request("DELETE", path)

    # urllib3 writes hex digits in capitals, which is the same byte
    assert [request.target.lower() for request in server.seen] == [prefix + path.lower()]


def test_one_connection_serves_all_requests(slept: Slept) -> None:
    with HttpServer(answers(OK)) as server:
        client = transport(server.url, slept)
        for method in ("GET", "POST", "PUT", "DELETE"):
            assert client.request(method, "/x", body=b"{}", headers=HEADERS).body == OK.body
        other = client.fresh()
        other.request("GET", "/x")

    assert [request.connection for request in server.seen] == [1, 1, 1, 1, 2]
    assert (client.connections, other.connections) == (1, 1)
    assert {request.headers["user-agent"].partition("/")[0] for request in server.seen} == {"bifrost-keys"}


def test_a_response_is_returned_unchanged(slept: Slept) -> None:
    cookies = (("Set-Cookie", "a=1"), ("Set-Cookie", "token=2"), ("X-Other", "b"))
    with HttpServer(answers(Answer(418, b"tea", cookies))) as server:
        response = transport(server.url, slept).request("GET", "/")

    assert (response.status, response.body, response.header("x-other")) == (418, b"tea", "b")
    assert response.all_headers("set-cookie") == ("a=1", "token=2")
    assert "token=2" not in repr(response)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_no_redirect_is_followed(slept: Slept, status: int, method: str) -> None:
    with HttpServer(answers(OK)) as elsewhere:
        location = (("Location", f"{elsewhere.url}/stolen"),)
        with HttpServer(answers(Answer(status, b"", location))) as server:
            response = transport(server.url, slept).request(method, "/x", headers=HEADERS)

    assert response.status == status
    assert (len(server.seen), len(elsewhere.seen)) == (1, 0)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_get_is_retried_twice_if_that_may_help(slept: Slept, status: int) -> None:
    with HttpServer(answers(Answer(status), Answer(status), OK)) as server:
        assert transport(server.url, slept).request("GET", "/x").status == 200
    with HttpServer(answers(Answer(status))) as server:
        assert transport(server.url, slept).request("GET", "/x").status == status

    assert len(server.seen) == 3
    assert [0.15 <= slept[0] <= 0.25, 0.6 <= slept[1] <= 1.0] == [True, True]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 500, 501])
def test_get_is_not_retried_if_that_does_not_help(slept: Slept, status: int) -> None:
    with HttpServer(answers(Answer(status))) as server:
        assert transport(server.url, slept).request("GET", "/x").status == status

    assert (len(server.seen), slept) == (1, [])


@pytest.mark.parametrize(
    ("header", "waits", "tries"), [("3", 3.0, 2), ("31", None, 1), ("soon", 0.0, 2), ("-1", 0.0, 2)]
)
def test_retry_after_is_obeyed_up_to_the_time_out(
    slept: Slept, header: str, waits: float | None, tries: int
) -> None:
    with HttpServer(answers(Answer(429, headers=(("Retry-After", header),)), OK)) as server:
        transport(server.url, slept).request("GET", "/x")

    assert len(server.seen) == tries
    assert (not slept) if waits is None else (slept[0] == waits or slept[0] < 1)


def test_get_survives_a_reset_connection(slept: Slept) -> None:
    with HttpServer(answers(Answer(fault="reset"), Answer(fault="close"), OK)) as server:
        assert transport(server.url, slept).request("GET", "/x").status == 200

    assert [request.connection for request in server.seen] == [1, 2, 3]


FAULTS: list[tuple[Fault, type[BifrostKeysError], str]] = [
    ("reset", NoAnswerError, "connection-reset"),
    ("close", NoAnswerError, "connection-reset"),
    ("cut", AnswerCutError, "answer-cut-short"),
    ("hang", NoAnswerError, "answer-timeout"),
    ("drip", NoAnswerError, "answer-timeout"),
    ("junk", ServerUnusableError, "server-not-http"),
]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(("fault", "kind", "code"), FAULTS)
def test_a_write_is_never_sent_twice(
    slept: Slept, method: str, fault: Fault, kind: type[BifrostKeysError], code: str
) -> None:
    with HttpServer(answers(Answer(body=b"{}", fault=fault))) as server:
        client = transport(server.url, slept, answer_seconds=0.2)
        with pytest.raises(kind) as caught:
            client.request(method, "/x", body=b"SENTINEL", headers=HEADERS)
        server.answer = answers(OK)
        assert client.request("GET", "/x").status == 200  # the next request has a connection of its own

    assert (caught.value.code, slept) == (code, [])
    assert [request.method for request in server.seen] == [method, "GET"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_write_that_was_answered_is_not_sent_again(slept: Slept, status: int) -> None:
    with HttpServer(answers(Answer(status), OK)) as server:
        assert transport(server.url, slept).request("PUT", "/x", body=b"{}").status == status

    assert len(server.seen) == 1


def test_a_response_has_a_limit(slept: Slept) -> None:
    with HttpServer(answers(Answer(body=b"x" * 70_000, fault="huge"))) as server:
        with pytest.raises(AnswerCutError) as caught:
            transport(server.url, slept, max_body_bytes=65_536).request("GET", "/x")

    assert caught.value.code == "answer-too-large"


def test_who_does_not_listen_was_not_sent_anything(slept: Slept) -> None:
    with pytest.raises(NotSentError) as caught:
        transport(f"http://127.0.0.1:{free_port()}", slept).request("GET", "/x")

    assert (caught.value.code, caught.value.exit_code, len(slept)) == ("connection-refused", 6, 2)


def test_an_unknown_host_name_is_reported(slept: Slept, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*arguments: object, **more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotSentError) as caught:
        transport("http://gateway.invalid", slept).request("GET", "/x")

    assert (caught.value.code, slept) == ("host-not-found", [])


def test_a_connection_that_is_not_accepted_in_time_is_reported(slept: Slept) -> None:
    with socket.socket() as full:  # its queue is full, so the kernel drops what else comes
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        queued = [socket.socket() for _ in range(4)]
        for each in queued:
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        client = transport(f"http://127.0.0.1:{full.getsockname()[1]}", slept, connect_seconds=0.1)
        with pytest.raises(NotSentError) as caught:
            client.request("POST", "/x")
        for each in queued:
            each.close()

    assert caught.value.code == "connect-timeout"


def test_a_request_for_one_connection_is_not_sent_on_another(slept: Slept) -> None:
    with HttpServer(answers(Answer(close=True), OK)) as server:
        client = transport(server.url, slept)
        client.request("GET", "/read")
        time.sleep(0.02)  # the server's end of the connection arrives
        with pytest.raises(NotSentError) as caught:
            client.request("PUT", "/write", same_connection=True)
        client.request("GET", "/read")
        client.request("PUT", "/write", same_connection=True)

    assert caught.value.code == "connection-lost"
    assert [(request.method, request.connection) for request in server.seen] == [
        ("GET", 1),
        ("GET", 2),
        ("PUT", 2),
    ]


def test_an_interrupted_response_does_not_affect_the_next_request(
    slept: Slept, monkeypatch: pytest.MonkeyPatch
) -> None:
    with HttpServer(answers(OK)) as server:
        client = transport(server.url, slept)
        monkeypatch.setattr(client, "_read_body", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.request("GET", "/x")
        monkeypatch.undo()
        assert client.request("POST", "/logout").body == OK.body

    assert [request.connection for request in server.seen] == [1, 2]


def _interrupted(*arguments: object) -> bytes:
    raise KeyboardInterrupt


def test_no_error_contains_the_request(slept: Slept) -> None:
    for fault in ("reset", "cut", "hang", "junk"):
        with HttpServer(answers(Answer(fault=fault))) as server:
            client = transport(server.url, slept, answer_seconds=0.1)
            with pytest.raises(BifrostKeysError) as caught:
                client.request("PUT", "/x", body=BODY, headers=HEADERS)
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + repr(client)
        assert "SENTINEL" not in shown
        assert "Bearer" not in shown


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Return an authority that nobody trusts by default."""
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    """Return the authority's certificate."""
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def served_by(authority: trustme.CA, *names: str, version: ssl.TLSVersion | None = None) -> ssl.SSLContext:
    """Return the context of a server with a certificate for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    if version is not None:
        context.minimum_version, context.maximum_version = version, version
    return context


def test_a_certificate_of_the_given_authority_is_trusted(
    slept: Slept, authority: trustme.CA, ca_file: str
) -> None:
    with HttpServer(answers(OK), tls=served_by(authority, "127.0.0.1")) as server:
        client = transport(server.url, slept, tls=TlsFiles(ca_file))
        assert [client.request(method, "/x").status for method in ("GET", "PUT")] == [200, 200]
        assert client.fresh().request("GET", "/x").status == 200

    assert [request.connection for request in server.seen] == [1, 1, 2]


def test_an_unknown_authority_is_not_trusted(slept: Slept, authority: trustme.CA) -> None:
    with HttpServer(answers(OK), tls=served_by(authority, "127.0.0.1")) as server:
        with pytest.raises(ServerUnusableError) as caught:
            transport(server.url, slept).request("GET", "/x", headers=HEADERS)

    assert (caught.value.code, caught.value.exit_code, server.seen) == ("tls-not-verified", 78, [])


def test_a_certificate_for_another_name_is_not_trusted(
    slept: Slept, authority: trustme.CA, ca_file: str
) -> None:
    with HttpServer(answers(OK), tls=served_by(authority, "gateway.invalid")) as server:
        with pytest.raises(ServerUnusableError, match="not valid for") as caught:
            transport(server.url, slept, tls=TlsFiles(ca_file)).request("GET", "/x", headers=HEADERS)

    assert (caught.value.code, server.seen) == ("tls-not-verified", [])


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_is_at_least_1_2(slept: Slept, authority: trustme.CA, ca_file: str) -> None:
    with HttpServer(
        answers(OK), tls=served_by(authority, "127.0.0.1", version=ssl.TLSVersion.TLSv1_1)
    ) as server:
        with pytest.raises(BifrostKeysError):
            transport(server.url, slept, tls=TlsFiles(ca_file)).request("POST", "/x")

    assert server.seen == []


def test_https_to_a_port_for_http_is_reported(slept: Slept, ca_file: str) -> None:
    with HttpServer(answers(OK)) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(ServerUnusableError) as caught:
            transport(url, slept, tls=TlsFiles(ca_file)).request("GET", "/x")

    assert caught.value.code == "tls-failed"


def test_a_client_certificate_is_shown(
    slept: Slept, authority: trustme.CA, ca_file: str, tmp_path: Path
) -> None:
    context = served_by(authority, "127.0.0.1")
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    mine = authority.issue_cert("operator@example.invalid")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    mine.cert_chain_pems[0].write_to_path(str(certificate))
    mine.private_key_pem.write_to_path(str(key))
    with HttpServer(answers(OK), tls=context) as server:
        files = TlsFiles(ca_file, str(certificate), str(key))
        assert transport(server.url, slept, tls=files).request("GET", "/x").status == 200
        with pytest.raises(BifrostKeysError) as caught:
            transport(server.url, slept, tls=TlsFiles(ca_file)).request("POST", "/x")

    assert (caught.value.exit_code, len(server.seen)) in ((78, 1), (6, 1))


@pytest.mark.parametrize("named", ["missing.pem", "rubbish.pem"])
@pytest.mark.parametrize("option", ["ca_file", "client_cert"])
def test_a_tls_file_that_cannot_be_used_is_named(
    slept: Slept, tmp_path: Path, named: str, option: str
) -> None:
    (tmp_path / "rubbish.pem").write_text("no certificate")
    with pytest.raises(InvalidInputError) as caught:
        transport("https://localhost", slept, tls=TlsFiles(**{option: str(tmp_path / named)}))

    assert caught.value.code == "tls-file-unusable"
    assert caught.value.field == f"--{option.replace('_', '-')}"


def test_an_encrypted_key_does_not_ask_at_the_terminal(
    slept: Slept, authority: trustme.CA, tmp_path: Path
) -> None:
    from cryptography.hazmat.primitives import serialization

    mine = authority.issue_cert("localhost")
    key = serialization.load_pem_private_key(mine.private_key_pem.bytes(), None)
    locked = serialization.BestAvailableEncryption(b"SENTINEL")
    kinds = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked)
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*kinds))
    mine.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    with pytest.raises(InvalidInputError, match="is encrypted"):
        transport(
            "https://localhost",
            slept,
            tls=TlsFiles(None, str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")),
        )


def test_a_client_key_needs_its_certificate(slept: Slept) -> None:
    with pytest.raises(UsageError, match="needs --client-cert"):
        transport("https://localhost", slept, tls=TlsFiles(client_key="key.pem"))


# Proxies


class Proxy:
    """A proxy for CONNECT: it joins every tunnel to one server, or refuses with a status."""

    def __init__(self, target: tuple[str, int], refusal: str = "") -> None:
        self.target, self.refusal = target, refusal
        self.heads: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://user:pass-SENTINEL@127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            self.heads.append(head.decode())
            if self.refusal:
                client.sendall(f"HTTP/1.1 {self.refusal}\r\nContent-Length: 0\r\n\r\n".encode())
                client.close()
                continue
            server = socket.create_connection(self.target)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
    except OSError:
        pass
    finally:
        sink.close()


@pytest.fixture
def far(authority: trustme.CA) -> Iterator[HttpServer]:
    """Yield a server with another host's name, which only the proxy finds."""
    with HttpServer(answers(OK), tls=served_by(authority, "gateway.invalid")) as server:
        yield server


def test_https_goes_through_the_proxy_by_connect(slept: Slept, far: HttpServer, ca_file: str) -> None:
    proxy = Proxy(("127.0.0.1", far.port))
    client = transport(
        "https://gateway.invalid/base",
        slept,
        tls=TlsFiles(ca_file),
        environment={"HTTPS_PROXY": proxy.url},
    )
    assert [client.request("PUT", "/a/..", headers=HEADERS).status for _ in range(2)] == [200, 200]
    proxy.close()

    assert proxy.heads[0].startswith("CONNECT gateway.invalid:443 HTTP/1.")
    assert "Basic dXNlcjpwYXNzLVNFTlRJTkVM" in proxy.heads[0]
    assert TOKEN not in proxy.heads[0]
    assert len(proxy.heads) == client.connections == 1
    assert [request.target for request in far.seen] == ["/base/a/.."] * 2
    assert "proxy-authorization" not in far.seen[0].headers


@pytest.mark.parametrize(
    ("refusal", "kind", "code"),
    [
        ("407 Proxy Authentication Required", AccessDeniedError, "proxy-authentication"),
        ("503 Service Unavailable", NotSentError, "proxy-unavailable"),
    ],
)
def test_a_refusal_of_the_proxy_is_reported(
    slept: Slept, far: HttpServer, refusal: str, kind: type[BifrostKeysError], code: str
) -> None:
    proxy = Proxy(("127.0.0.1", far.port), refusal)
    with pytest.raises(kind) as caught:
        transport("https://gateway.invalid", slept, environment={"https_proxy": proxy.url}).request(
            "POST", "/x"
        )
    proxy.close()

    assert (caught.value.code, far.seen) == (code, [])


def test_an_unreachable_proxy_is_reported(slept: Slept) -> None:
    environment = {"HTTPS_PROXY": f"http://user:SENTINEL@127.0.0.1:{free_port()}"}
    with pytest.raises(NotSentError) as caught:
        transport("https://gateway.invalid", slept, environment=environment).request("POST", "/x")

    assert caught.value.code == "proxy-unavailable"
    assert "SENTINEL" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("proxy", ["socks5://h:1", "http://u:SENTINEL@[bad", "http://h:port"])
def test_a_proxy_that_cannot_be_one_is_refused(slept: Slept, proxy: str) -> None:
    with pytest.raises(UsageError, match="HTTPS_PROXY"):
        transport("https://gateway.invalid", slept, environment={"HTTPS_PROXY": proxy})
