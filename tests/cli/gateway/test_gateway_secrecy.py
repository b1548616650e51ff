"""No process list, output or traceback contains a credential or secret of a run at a gateway."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.program import Program
from tests.sentinel import Sentinel
from tests.stores.gateway_api.clients import RELEASES, fake
from tests.stores.gateway_api.fake_api import PASSWORD, USER
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.http_server import Answer, Request

SECRET = "sk-new-SENTINEL-0123456789abcdef"
TOKEN = "bfst-SENTINEL-0123456789"
# How somebody may give a credential: options, environment, standard input.
WAYS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "password file": (("--user", USER, "--password-file", "password"), {}),
    "password of the environment": ((), {"BIFROST_GATEWAY_USER": USER, "BIFROST_GATEWAY_PASSWORD": PASSWORD}),
    "token file": (("--token-file", "token"), {}),
    "token of the environment": ((), {"BIFROST_GATEWAY_TOKEN": TOKEN}),
    "management key": ((), {"BIFROST_MANAGEMENT_KEY": TOKEN}),
    "session token": ((), {"BIFROST_SESSION_TOKEN": TOKEN}),
}


@pytest.fixture(params=RELEASES)
def gateway(request: pytest.FixtureRequest) -> Iterator[FakeGateway]:
    """Yield a gateway that takes the token too."""
    with fake(request.param) as running:
        running.database.sessions.add(TOKEN)
        yield running


@pytest.fixture
def run(tmp_path: Path, sentinel: Sentinel) -> Program:
    """Return the program with a password and a token."""
    for name, text in (("password", PASSWORD), ("token", TOKEN)):
        (tmp_path / name).write_text(text + "\n")
        sentinel.allow(tmp_path / name)
    return Program(tmp_path, sentinel)


def command_lines(process: int) -> list[bytes]:
    """Return the arguments of a process and of all of its children."""
    found = [Path(f"/proc/{process}/cmdline").read_bytes()]
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children.read_text().split():
            found += command_lines(int(child))
    return found


@pytest.mark.parametrize("way", WAYS)
def test_the_process_list_shows_no_credential_and_no_secret(
    run: Program, gateway: FakeGateway, way: str
) -> None:
    options, environment = WAYS[way]
    seen: list[bytes] = []
    process: subprocess.Popen[bytes] | None = None

    def intercept(request: Request, go: Go) -> Answer:
        deadline = time.monotonic() + 10
        while process is None and time.monotonic() < deadline:
            time.sleep(0.001)
        assert process is not None
        seen.extend(command_lines(process.pid))
        return go()

    gateway.intercept = intercept
    arguments = ("--gateway", gateway.url, *options, "rotate", "openai/first", "--value-stdin")
    process = subprocess.Popen(
        run.command(*arguments),
        cwd=run.root,
        env={**run.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    out, err = process.communicate(SECRET.encode(), timeout=60)
    assert (process.returncode, gateway.secret("one")) == (0, SECRET), err
    assert len(seen) >= len(gateway.seen)
    assert not [line for line in seen if b"SENTINEL" in line]
    assert b"SENTINEL" not in out + err
    assert not [request for request in gateway.seen if "SENTINEL" in request.target]


def test_no_child_process_is_started(run: Program, gateway: FakeGateway) -> None:
    watch = (
        "import sys\n"
        "sys.addaudithook(lambda event, args: event in ('os.fork', 'os.posix_spawn', 'os.exec',"
        " 'subprocess.Popen', 'os.system') and sys.exit('a child'))\n"
        "from bifrost_keys.__main__ import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    options, _ = WAYS["password file"]
    done = subprocess.run(
        [sys.executable, "-c", watch, "--gateway", gateway.url, *options, "list"],
        cwd=run.root,
        env=run.environ,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_only_the_gateway_hears_of_the_credential(run: Program, gateway: FakeGateway) -> None:
    """Every connection of a run goes to the given address."""
    watch = (
        "import sys\n"
        "def hook(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.gethostbyname'):\n"
        "        print(event, args[1] if event == 'socket.connect' else args[0], file=sys.stderr)\n"
        "sys.addaudithook(hook)\n"
        "from bifrost_keys.__main__ import run\n"
        "sys.exit(run(sys.argv[1:]))\n"
    )
    options, _ = WAYS["password file"]
    arguments = ("--gateway", gateway.url, *options, "update", "openai/first", "--weight", "3")
    proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), "http://127.0.0.1:1")
    done = subprocess.run(
        [sys.executable, "-c", watch, *arguments],
        cwd=run.root,
        env={**run.environ, **proxies},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    reached = {line for line in done.stderr.splitlines() if line.startswith("socket.")}
    assert reached <= {
        f"socket.connect ('127.0.0.1', {gateway.server.port})",
        "socket.getaddrinfo 127.0.0.1",
    }
    assert reached


# Every output


def faults(gateway: FakeGateway) -> Iterator[Callable[[Request, Go], Answer]]:
    """Yield responses that repeat the request, for every request."""

    def echo(status: int, form: str) -> Callable[[Request, Go], Answer]:
        def intercept(request: Request, go: Go) -> Answer:
            said = " ".join([*request.headers.values(), request.body.decode("utf-8", "replace")])
            text = said if form == "plain" else f"{form}: {said}"
            return Answer(status, json.dumps({"error": {"message": text}}).encode())

        return intercept

    for status in (200, 302, 400, 401, 403, 404, 409, 500, 503):
        yield echo(status, "plain")
    yield echo(400, "Invalid JSON")


def test_a_gateway_that_repeats_everything_shows_nothing(
    call: Any, run: Program, gateway: FakeGateway
) -> None:
    forms = itertools.cycle(("json", "table", "json"))
    for interceptor in faults(gateway):
        for where in ("login", "config", "providers", "keys", "one"):

            def intercept(request: Request, go: Go, end: str = where, then: Any = interceptor) -> Answer:
                answer: Answer = then(request, go) if request.target.endswith(end) else go()
                return answer

            gateway.intercept = intercept
            options, _ = WAYS["password file"]
            at = ("--gateway", gateway.url, *options, "--timeout", "2")
            form = next(forms)
            ran = call(*at, "rotate", "openai/first", "--value-stdin", "-o", form, stdin=SECRET)
            assert "SENT" not in ran.out + ran.err


@pytest.mark.parametrize("where", ["transport", "wire", "store"])
def test_a_fault_of_the_program_shows_no_secret(
    call: Any, run: Program, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """An unexpected error is reported with its place, without a traceback."""
    target = {
        "transport": "bifrost_keys.stores.http.transport.Transport.request",
        "wire": "bifrost_keys.stores.gateway_api.writes.update_body",
        "store": "bifrost_keys.stores.gateway_api.transaction.update_key",
    }[where]

    def fail(*given: object, **named: object) -> None:
        raise RuntimeError(f"{given!r} {named!r} {SECRET} {PASSWORD}")

    options, _ = WAYS["password file"]
    monkeypatch.setattr(target, fail)
    ran = call("--gateway", gateway.url, *options, "rotate", "openai/first", "--value-stdin", stdin=SECRET)
    assert ran.code == 70
    assert "SENTINEL" not in ran.out + ran.err
    assert "unexpected RuntimeError" in ran.err


def test_a_traceback_of_the_client_contains_no_secret(run: Program, gateway: FakeGateway) -> None:
    """Python prints an error with the reprs of the objects in it."""
    script = (
        "import sys, traceback\n"
        "from tests.stores.gateway_api.clients import ADMIN, client, changed\n"
        "from bifrost_keys.stores.gateway_api.writes import update_key\n"
        "class At:\n"
        "    def __init__(self, url): self.url = url\n"
        "try:\n"
        "    with client(At(sys.argv[1]), ADMIN) as opened:\n"
        "        key = opened.key('openai', 'one')\n"
        "        update_key(opened, key, changed(key, value=True))\n"
        "except Exception as error:\n"
        "    text = ''.join(traceback.TracebackException.from_exception("
        "error, capture_locals=True).format())\n"
        "    own = [line for line in text.splitlines() if 'opened' in line or 'session' in line"
        " or 'credential' in line or 'key =' in line]\n"
        "    print('\\n'.join(own))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, gateway.url],
        cwd=Path(__file__).parents[3],
        env={**run.environ, "PYTHONPATH": os.fspath(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "opened = Client(" in done.stdout, done.stderr
    assert "SENTINEL" not in done.stdout + done.stderr
