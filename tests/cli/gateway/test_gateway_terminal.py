"""A gateway at a terminal: a hidden prompt for the password, a confirmation of deletions, progress."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.program import Program
from tests.sentinel import Sentinel
from tests.stores.gateway_api.fake_api import PASSWORD, USER
from tests.stores.gateway_api.fake_gateway import FakeGateway, Go
from tests.stores.gateway_api.http_server import Answer, Request


@pytest.fixture
def gateway(newest: FakeGateway) -> FakeGateway:
    """Yield a gateway of the newest release only, because failures do not depend on the generation."""
    return newest


def test_the_password_is_asked_for_and_not_shown(run: Program, gateway: FakeGateway) -> None:
    arguments = ("--gateway", gateway.url, "--user", USER, "list")
    ran = run.on_terminal(*arguments, typed=PASSWORD + "\n", after="Gateway password")
    assert (ran.code, "openai" in ran.out) == (0, True)
    assert "SENTINEL" not in ran.out
    assert not gateway.database.sessions


def test_a_wrong_password_at_the_prompt_is_denied(run: Program, gateway: FakeGateway) -> None:
    arguments = ("--gateway", gateway.url, "--user", USER, "list")
    ran = run.on_terminal(*arguments, typed="wrong-SENTINEL\n", after="Gateway password")
    assert (ran.code, "refuses this user and password" in ran.out) == (3, True)


def test_without_a_terminal_there_is_no_question(run: Program, gateway: FakeGateway) -> None:
    ran = run("--gateway", gateway.url, "--user", USER, "list", stdin=PASSWORD + "\n")
    assert (ran.code, "--password-file" in ran.err) == (2, True)
    ran = run.on_terminal("--gateway", gateway.url, "--user", USER, "--no-input", "list")
    assert (ran.code, gateway.seen) == (2, [])


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2)])
def test_a_deletion_is_confirmed_below_its_consequences(
    run: Program, gateway: FakeGateway, login: tuple[str, ...], answer: str, code: int
) -> None:
    arguments = ("--gateway", gateway.url, *login, "delete", "openai/first")
    ran = run.on_terminal(*arguments, typed=f"{answer}\n", after="[y/N]")
    assert ran.code == code
    told = " ".join(ran.out.split())
    assert told.index("its next start brings it back") < told.index("[y/N]")
    assert bool(gateway.database.row("one")) is (answer == "n")
    assert not gateway.database.sessions


def test_many_slow_changes_show_how_far_they_are(
    run: Program, gateway: FakeGateway, login: tuple[str, ...], tmp_path: Path, sentinel: Sentinel
) -> None:
    def intercept(request: Request, go: Go) -> Answer:
        if request.method == "POST" and request.target.endswith("/keys"):
            time.sleep(0.6)  # as long as a release of 1.5.1 asks each provider anew
        return go()

    gateway.intercept = intercept
    wanted = tmp_path / "wanted.json"
    sentinel.allow(wanted)
    keys = [{"name": f"k{n}", "value": f"sk-SENTINEL-{n:08}", "models": ["*"], "weight": 1} for n in range(6)]
    wanted.write_text(json.dumps({"providers": {"groq": {"keys": keys}}}))
    ran = run.on_terminal("--gateway", gateway.url, *login, "apply", str(wanted))
    assert (ran.code, "gateway" in ran.out, "50%" in ran.out or "67%" in ran.out) == (0, True, True)
    quiet = run("--gateway", gateway.url, *login, "apply", str(wanted))
    assert (quiet.code, quiet.err) == (0, "")
