"""Runs at a gateway that stop early: they report what was done, and a second run continues."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.contract import assert_form
from tests.program import Program
from tests.stores.gateway_api.clients import RELEASES, config, fake
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.http_server import Answer, Request

SECRET = "sk-load-SENTINEL-{:04}"
SIGNALS = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]


@pytest.fixture
def gateway(newest: FakeGateway) -> FakeGateway:
    """Yield a gateway of the newest release only, because failures do not depend on the generation."""
    return newest


def wanted(count: int, provider: str = "groq") -> str:
    """Return a document with so many keys."""
    keys = [
        {"name": f"k{n:04}", "value": SECRET.format(n), "models": ["*"], "weight": 1} for n in range(count)
    ]
    return json.dumps({"providers": {provider: {"keys": keys}}})


def refusing_the(number: int, method: str = "POST") -> Callable[[Request, Go], Answer]:
    """Refuse the write of this number, counted from 1, before it is carried out."""
    count = 0

    def intercept(request: Request, go: Go) -> Answer:
        nonlocal count
        if request.method == method and "/session/" not in request.target:
            count += 1
            if count == number:
                return Answer(503, b"{}")
        return go()

    return intercept


def test_changes_before_a_failure_are_reported_and_made_once(
    call: Any, gateway: FakeGateway, login: tuple[str, ...]
) -> None:
    gateway.intercept = refusing_the(3)
    arguments = ("--gateway", gateway.url, *login, "apply", "-", "-o", "json")
    ran = call(*arguments, stdin=wanted(5))
    assert (ran.code, ran.out) == (6, "")
    told = [change["applied"] for change in ran.error["changes"]]
    assert told == [True, True, None, False, False]
    assert "2 of 5 changes were made before" in ran.error["message"]
    assert (ran.error["effective"], ran.error["store"]["url"]) == ("now", gateway.url)
    assert "warnings" not in ran.error
    again = call(*arguments, stdin=wanted(5))
    assert (again.code, again.json["plan"]) == (
        0,
        {"created": 3, "updated": 0, "unchanged": 2, "deleted": 0},
    )
    posted = [json.loads(request.body)["name"] for request in gateway.sent("POST")]
    assert posted == ["k0000", "k0001", "k0002", "k0002", "k0003", "k0004"]
    assert not gateway.database.sessions


def test_an_incomplete_run_warns_only_about_changes_it_made(call: Any) -> None:
    made = config(authentication=False, database=False)
    with fake(RELEASES[-1], config=made, authentication=False, database=False) as gateway:
        gateway.intercept = refusing_the(2)
        ran = call("--gateway", gateway.url, "apply", "-", "-o", "json", stdin=wanted(3))
        warned = [each["code"] for each in ran.error["warnings"]]
        assert (ran.code, sorted(warned)) == (6, ["no-authentication", "not-persistent"])

        gateway.intercept = refusing_the(1)
        ran = call("--gateway", gateway.url, "apply", "-", "-o", "json", stdin=wanted(3))
        assert (ran.code, "warnings" in ran.error) == (6, False)


def test_a_provider_that_is_added_for_a_refused_key_is_reported(
    call: Any, gateway: FakeGateway, login: tuple[str, ...]
) -> None:
    given = ("create", "xai", "--name", "x", "--value-env", "NOT_SET_THERE")
    ran = call("--gateway", gateway.url, *login, *given, "-o", "json")
    assert (ran.code, ran.error["code"]) == (65, "reference-not-set")
    assert ran.error["message"].endswith("the provider xai was added, without keys")
    assert ran.error["changes"][0]["applied"] is False


@pytest.mark.parametrize(
    "provider",
    [
        {"network_config": {"base_url": "http://elsewhere.invalid"}},
        {"custom_provider_config": {"base_provider_type": "openai"}},
    ],
)
def test_no_key_is_added_to_a_provider_that_would_send_it_elsewhere(
    call: Any, gateway: FakeGateway, login: tuple[str, ...], provider: dict[str, Any]
) -> None:
    document = json.loads(wanted(1, "xai"))
    document["providers"]["xai"] |= provider
    ran = call("--gateway", gateway.url, *login, "apply", "-", stdin=json.dumps(document))
    assert ran.code in (4, 65)
    assert gateway.sent("POST") == []


def test_a_failed_logout_is_a_warning_of_the_result(
    call: Any, gateway: FakeGateway, login: tuple[str, ...]
) -> None:
    def intercept(request: Request, go: Go) -> Answer:
        return Answer(500, b"{}") if request.target.endswith("logout") else go()

    gateway.intercept = intercept
    arguments = ("--gateway", gateway.url, *login)
    changed = call(*arguments, "update", "openai/first", "--weight", "2", "-o", "json")
    assert (changed.code, changed.err) == (0, "")
    assert "logout-failed" in [each["code"] for each in changed.json["warnings"]]
    listed = call(*arguments, "list", "-o", "json")
    assert [each["code"] for each in json.loads(listed.err)["warnings"]] == ["logout-failed"]
    missing = call(*arguments, "get", "nope", "-o", "json")
    assert [each["code"] for each in missing.error["warnings"]] == ["logout-failed"]
    assert "warning: the session" in call(*arguments, "get", "nope").err


def stopped(
    run: Program, arguments: tuple[str, ...], number: int, when: Callable[[], bool], *, stdin: str = ""
) -> tuple[int, str, str]:
    """Send a signal twice to a process as soon as ``when`` is true."""
    process = subprocess.Popen(
        run.command(*arguments),
        cwd=run.root,
        env=run.environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(stdin.encode())
    process.stdin.close()
    process.stdin = None
    while not when() and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(number)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("slow", ["/api/session/login", "/keys", "/api/session/logout"])
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_comes_while_it_reads_ends_the_run_and_the_session(
    run: Program, gateway: FakeGateway, login: tuple[str, ...], number: int, slow: str
) -> None:
    def intercept(request: Request, go: Go) -> Answer:
        answer = go()
        if request.target.endswith(slow):
            slow_seen.append(request)
            time.sleep(0.3)
        return answer

    slow_seen: list[Request] = []

    gateway.intercept = intercept
    arguments = ("--gateway", gateway.url, *login, "list", "-q")
    ended = stopped(run, arguments, number, lambda: bool(slow_seen))
    assert ended == (128 + number, "", "")
    assert not gateway.database.sessions


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_during_many_changes_reports_what_was_done(
    run: Program, gateway: FakeGateway, login: tuple[str, ...], number: int
) -> None:
    def intercept(request: Request, go: Go) -> Answer:
        answer = go()
        if len(gateway.sent("POST")) == 3 and request.method == "POST":
            time.sleep(0.5)  # the answer to the third comes late
        return answer

    gateway.intercept = intercept
    arguments = ("--gateway", gateway.url, *login, "apply", "-", "-o", "json")
    code, out, err = stopped(run, arguments, number, lambda: len(gateway.sent("POST")) == 3, stdin=wanted(6))
    assert_form("errors", json.loads(err))
    told = json.loads(err)["error"]
    assert (code, out, told["code"], told["exit_code"]) == (128 + number, "", "run-stopped", 128 + number)
    assert [change["applied"] for change in told["changes"]] == [True, True, None, False, False, False]
    assert not gateway.database.sessions
    gateway.intercept = lambda request, go: go()
    again = run(*arguments, stdin=wanted(6))
    assert again.json["plan"]["created"] == 3
    assert sorted(row.key.name for row in gateway.database.rows if row.provider == "groq") == [
        f"k{n:04}" for n in range(6)
    ]
