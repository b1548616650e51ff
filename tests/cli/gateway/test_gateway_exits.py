"""The exit code and code of every situation at a gateway, through the command line."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import trustme

from bifrost_keys.cli.codes import ERRORS
from bifrost_keys.gateway.rules.catalog import CODES
from tests.keys import FIRST as ENTRY
from tests.sentinel import Sentinel
from tests.stores.gateway_api import fake_governance
from tests.stores.gateway_api.clients import config, fake
from tests.stores.gateway_api.fake_api import PASSWORD, USER
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.fake_secrets import NEW
from tests.stores.gateway_api.http_server import Answer, HttpServer, Request

LIST = ("list",)
UPDATE = ("update", "openai/first", "--weight", "2")
CREATE = ("create", "openai", "--name", "new", "--value-env", "OPENAI_API_KEY")
UNSET = ("create", "groq", "--name", "x", "--value-env", "NOPE")
ROTATE = ("rotate", "openai/first", "--value-stdin")
DELETE = ("delete", "openai/first", "--yes")
HTML = Answer(200, b"<html>SENTINEL</html>", (("content-type", "text/html"),))
Intercept = Callable[[Request, Go], Answer]


def error(status: int, message: str = "why") -> Answer:
    """Return an error as a gateway responds."""
    return Answer(status, json.dumps({"error": {"message": message}}).encode())


def at(method: str, end: str, answer: Answer | Callable[[Go], Answer]) -> Intercept:
    """Return this response to a method on a path with this end."""

    def intercept(request: Request, go: Go) -> Answer:
        if request.method == method and request.target.endswith(end):
            return answer if isinstance(answer, Answer) else answer(go)
        return go()

    return intercept


def after(go: Go, answer: Answer) -> Answer:
    """Carry out the request, and respond differently."""
    go()
    return answer


class Meanwhile:
    """Lets somebody else do something before the program's second read of the key."""

    def __init__(self, act: Callable[[FakeGateway], object]) -> None:
        self.act, self.gateway, self.reads = act, None, 0

    def __call__(self, request: Request, go: Go) -> Answer:
        if request.method == "GET" and request.target.endswith("/keys/one"):
            self.reads += 1
            if self.reads == 1:
                assert self.gateway is not None
                self.act(self.gateway)
        return go()


def rotate(gateway: FakeGateway) -> None:
    """Rotate the key as another client."""
    key = gateway.node.key("openai", "one")
    gateway.node.update("openai", "one", {"name": key.name, "value": key.value, "weight": 7.0})


@dataclass
class Row:
    """A situation, its outcome, and how to cause it; ``code`` is that in the error's JSON."""

    seen: str
    exit: int
    code: str
    arguments: tuple[str, ...] = LIST
    intercept: Intercept | None = None
    options: tuple[str, ...] | None = None
    files: dict[str, str] = field(default_factory=dict)
    fake: dict[str, Any] = field(default_factory=dict)
    before: Callable[[FakeGateway], object] | None = None
    stdin: str = ""
    env: dict[str, str] = field(default_factory=dict)


OPENAI = "/api/providers/openai/keys"
LISTED = "/api/providers"
TOKEN = ("--token-file", "token")
ONE = f"{OPENAI}/one"
ROWS = [
    # 3
    Row("401", 3, "gateway-unauthorized", options=TOKEN, files={"token": "no-SENTINEL"}),
    Row("401 without a credential", 3, "gateway-unauthorized", options=()),
    Row("403", 3, "gateway-forbidden", intercept=at("GET", LISTED, error(403))),
    Row("403 on a write", 3, "gateway-forbidden", CREATE, at("POST", OPENAI, error(403))),
    Row(
        "login refused",
        3,
        "login-refused",
        options=("--user", USER, "--password-file", "wrong"),
        files={"wrong": "wrong-SENTINEL"},
    ),
    Row("setup token missing", 3, "setup-token-missing", options=(), fake={"setup_token": "right-SENTINEL"}),
    Row(
        "setup token wrong",
        3,
        "gateway-forbidden",
        options=("--setup-token-file", "setup"),
        files={"setup": "wrong-SENTINEL"},
        fake={"setup_token": "right-SENTINEL"},
    ),
    Row("references denied", 3, "references-not-read", DELETE, at("GET", "virtual-keys", error(403))),
    # 4
    Row("404 on a key", 4, "key-not-found", ("get", "openai/nope")),
    Row("404 on a provider", 4, "provider-not-found", ("list", "nope")),
    Row("custom provider unknown", 4, "provider-not-found", ("create", "acme", "--value-env", "A")),
    Row("call that the release lacks", 4, "call-not-supported", ("test", "openai/first")),
    Row("literal secret", 4, "secret-not-shown", ("get", "openai/first", "--field", "value", "--reveal")),
    # 5
    Row("409", 5, "name-taken", CREATE, at("POST", OPENAI, error(409, "taken"))),
    Row(
        "500 already exists",
        5,
        "name-taken",
        CREATE,
        at("POST", OPENAI, error(500, "it already exists")),
    ),
    Row("name listed", 5, "name-taken", ("create", "openai", "--name", "first", "--value-env", "A")),
    Row("changed meanwhile", 5, "key-changed-meanwhile", UPDATE, Meanwhile(rotate)),
    Row(
        "deleted meanwhile",
        5,
        "key-deleted-meanwhile",
        UPDATE,
        Meanwhile(lambda gateway: gateway.node.delete("openai", "one")),
    ),
    Row(
        "nodes disagree",
        5,
        "nodes-disagree",
        UPDATE,
        at("GET", "/api/providers/groq/keys", error(404, "Provider not found")),
    ),
    Row("referenced", 5, "key-referenced", DELETE, before=lambda gateway: refer(gateway)),
    Row(
        "mask cut within a character",
        5,
        "mask-cut",
        UPDATE,
        fake={"config": config(openai={"keys": [{"id": "one", **ENTRY, "value": "sk-SENTINEL-€€"}]})},
    ),
    # 6
    Row("refused", 6, "connection-refused", options=("no gateway",)),
    Row("reset", 6, "connection-reset", intercept=at("GET", LISTED, Answer(fault="reset"))),
    Row("time-out", 6, "answer-timeout", intercept=at("GET", LISTED, Answer(fault="hang"))),
    Row("host not found", 6, "host-not-found", options=("no host",)),
    *(
        Row(str(status), 6, code, intercept=at("GET", LISTED, error(status)))
        for status, code in (
            (429, "gateway-busy"),
            (502, "gateway-unavailable"),
            (503, "gateway-unavailable"),
            (504, "gateway-unavailable"),
        )
    ),
    Row("503 on a write", 6, "gateway-unavailable", UPDATE, at("PUT", ONE, error(503))),
    Row("no answer to a write", 6, "connection-reset", UPDATE, at("PUT", ONE, Answer(fault="reset"))),
    # 65
    Row("400", 65, "gateway-refused", CREATE, at("POST", OPENAI, error(400, "no"))),
    Row(
        "reference not set", 65, "reference-not-set", ("create", "groq", "--name", "x", "--value-env", "NOPE")
    ),
    Row("a rule that is checked here", 65, "weight-negative", ("update", "openai/first", "--weight", "-1")),
    Row(
        "quoted secret",
        65,
        "value-quoted",
        ("rotate", "openai/first", "--value-stdin"),
        stdin='"sk-SENTINEL"',
    ),
    Row("empty token file", 65, "credential-invalid", options=TOKEN, files={"token": "\n"}),
    Row("no such file", 65, "credential-invalid", options=("--token-file", "nowhere")),
    Row("a directory", 65, "credential-invalid", options=("--token-file", ".")),
    Row(
        "too long",
        65,
        "credential-invalid",
        options=TOKEN,
        files={"token": "SENTINEL" * 1000},
    ),
    Row(
        "virtual key",
        65,
        "credential-invalid",
        options=TOKEN,
        files={"token": "sk-bf-SENTINEL"},
    ),
    Row(
        "certificates that are none",
        65,
        "tls-file-unusable",
        options=("tls", "--ca-file", "empty.pem"),
        files={"empty.pem": ""},
    ),
    # 74
    Row("500", 74, "gateway-failed", intercept=at("GET", LISTED, error(500))),
    Row("500 on a write that did nothing", 74, "gateway-failed", UPDATE, at("PUT", ONE, error(500))),
    Row("500 on a new key", 74, "gateway-failed", CREATE, at("POST", OPENAI, error(500))),
    Row(
        "answer cut short",
        74,
        "answer-cut-short",
        intercept=at("GET", LISTED, Answer(200, b"{", fault="cut")),
    ),
    # 78
    Row("HTML", 78, "answer-html", intercept=at("GET", LISTED, HTML)),
    Row("not JSON", 78, "answer-not-json", intercept=at("GET", LISTED, Answer(200, b"{"))),
    Row(
        "not a Bifrost",
        78,
        "server-not-a-gateway",
        intercept=at("GET", "is-auth-enabled", Answer(200, b"[]")),
    ),
    Row("web page at the address", 78, "answer-html", intercept=at("GET", "is-auth-enabled", HTML)),
    Row(
        "redirect to another host",
        78,
        "address-redirected",
        intercept=at(
            "GET",
            "/api/providers",
            Answer(302, b"", (("location", "https://evil.invalid/x?token=SENTINEL"),)),
        ),
    ),
    Row("not HTTP", 78, "server-not-http", intercept=at("GET", LISTED, Answer(fault="junk"))),
    Row("certificate not trusted", 78, "tls-not-verified", options=("tls",)),
    # 2
    *(
        Row(f"URL {url}", 2, code, options=("--gateway", url))
        for url, code in (
            ("http://admin:SENTINEL@127.0.0.1", "url-invalid"),
            ("http://127.0.0.1/?token=SENTINEL", "url-invalid"),
            ("http://127.0.0.1/#SENTINEL", "url-invalid"),
            ("ftp://127.0.0.1", "url-invalid"),
            ("", "url-invalid"),
            ("http://gateway.example", "plain-http"),
        )
    ),
    Row("two stores", 2, "store-twice", ("list", "--config", "config.json")),
    Row("two credentials", 2, "credential-twice", options=("--user", USER, "--token-file", "t")),
    Row(
        "two credentials, one of the environment",
        2,
        "credential-twice",
        options=("--user", USER),
        env={"BIFROST_MANAGEMENT_KEY": "bfst-SENTINEL"},
    ),
    Row("password without a user", 2, "user-missing", options=("--password-file", "t")),
    Row("user without a password", 2, "password-missing", options=("--user", USER)),
    *(
        Row(f"keys {command[0]}", 2, "file-only", command)
        for command in (("init",), ("hash",), ("check", "--fix"))
    ),
    Row("keys externalize", 2, "file-only", ("externalize", "openai/first", "--env-file", "x.env")),
    Row("keys export --env", 2, "file-only", ("export", "--env")),
    Row("--live without an address", 2, "gateway-url-missing", options=("--live",)),
    Row(
        "standard input twice",
        2,
        "stdin-twice",
        ("apply", "-"),
        options=("--token-file", "-"),
        stdin="a-SENTINEL",
    ),
]


def refer(gateway: FakeGateway) -> None:
    """Make a rule refer to the key."""
    rule = {"name": "rule", "targets": [{"provider": "openai", "key_id": "one"}]}
    fake_governance.added(gateway.database, gateway.api.release, "routing-rules", rule)


PLACES = ("no gateway", "no host", "tls")


@contextmanager
def address(row: Row) -> Iterator[tuple[tuple[str, ...], FakeGateway | None]]:
    """Yield the gateway of the row, and the options for its address."""
    first = (row.options or ("",))[0]
    with ExitStack() as stack:
        if first == "no gateway":
            with socket.create_server(("127.0.0.1", 0)) as server:
                port = server.getsockname()[1]
            yield ("--gateway", f"http://127.0.0.1:{port}"), None
        elif first == "no host":
            yield ("--gateway", "https://nowhere.invalid"), None
        elif first == "tls":
            yield ("--gateway", stack.enter_context(unknown_authority()).url), None
        elif first in ("--gateway", "--live"):
            yield (), None
        else:
            given = {"authentication": "setup_token" not in row.fake, **row.fake}
            made = given.pop("config", None) or config(authentication=given["authentication"])
            gateway = stack.enter_context(fake(NEW, config=made, **given))
            yield ("--gateway", gateway.url), gateway


@contextmanager
def unknown_authority() -> Iterator[HttpServer]:
    """Yield a server with a certificate of an unknown authority."""
    import ssl

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(tls)
    with HttpServer(lambda request: Answer(200, b"{}"), tls) as server:
        yield server


@pytest.mark.parametrize("row", ROWS, ids=[row.seen for row in ROWS])
def test_every_situation_has_its_exit_code_and_code(
    call: Any, row: Row, tmp_path: Path, sentinel: Sentinel
) -> None:
    for name, text in {"password": PASSWORD, **row.files}.items():
        (tmp_path / name).write_text(text)
        sentinel.allow(tmp_path / name)
    login = ("--user", USER, "--password-file", "password")
    with address(row) as (options, gateway):
        if gateway is not None:
            if row.before is not None:
                row.before(gateway)
            if isinstance(row.intercept, Meanwhile):
                row.intercept.gateway, row.intercept.reads = gateway, 0
            gateway.intercept = row.intercept or gateway.intercept
        more = login if row.options is None else [each for each in row.options if each not in PLACES]
        given = (*options, *more, "--timeout", "0.5", *row.arguments, "-o", "json")
        ran = call(*given, stdin=row.stdin, env=row.env)
    assert (ran.code, ran.out) == (row.exit, "")
    assert (ran.error["code"], ran.error["exit_code"]) == (row.code, row.exit)
    assert gateway is None or gateway.api.database is None or not gateway.database.sessions


def test_every_code_of_the_table_is_documented() -> None:
    assert {row.code for row in ROWS} <= {*ERRORS, *CODES}
