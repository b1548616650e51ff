"""Three initial requests, a login that ends, and a credential that is sent nowhere else."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from bifrost_keys.errors import AccessDeniedError, BifrostKeysError, ServerUnusableError, UnavailableError
from bifrost_keys.stores.files import signals
from bifrost_keys.stores.gateway_api.client import GatewayInfo
from bifrost_keys.stores.gateway_api.credentials import Credential
from bifrost_keys.stores.gateway_api.finishing import finished
from bifrost_keys.stores.gateway_api.gateway_info import stale_masks
from tests.stores.gateway_api.clients import ADMIN, NOBODY, RELEASES, client, fake
from tests.stores.gateway_api.fake_gateway import Go
from tests.stores.gateway_api.fake_secrets import OLD
from tests.stores.gateway_api.http_server import Answer, Request

HTML = Answer(200, b"<html>SENTINEL</html>", (("Content-Type", "text/html; charset=utf-8"),))
SESSION_PATHS = ("/api/session/is-auth-enabled", "/api/version", "/api/session/login", "/api/config")


def says(target: str, answer: Answer) -> Callable[[Request, Go], Answer]:
    """Return a gateway that responds differently at one address."""
    return lambda request, go: answer if request.target == target else go()


def json_answer(text: str, status: int = 200) -> Answer:
    """Return a response with this JSON."""
    return Answer(status, text.encode())


@pytest.mark.parametrize("release", RELEASES)
def test_the_first_two_questions_carry_no_credential_and_no_query(release: str) -> None:
    with fake(release) as gateway, client(gateway) as opened:
        opened.keys("openai")

    asked = [request for request in gateway.seen if request.method == "GET"]
    assert [request.target for request in gateway.seen] == [
        *SESSION_PATHS,
        "/api/providers/openai/keys",
        "/api/session/logout",
    ]
    assert ["authorization" in request.headers for request in asked] == [False, False, True, True]
    assert {request.headers["accept"] for request in gateway.seen} == {"application/json"}
    assert {request.connection for request in gateway.seen} == {1}


@pytest.mark.parametrize("release", RELEASES)
def test_user_and_password_log_in_once_and_out_in_the_end(release: str) -> None:
    with fake(release) as gateway:
        with client(gateway) as opened:
            assert len(gateway.database.sessions) == 1
            assert opened.info == GatewayInfo(gateway.url, "v1.0.0", True, True, "stored")
        assert gateway.database.sessions == set()

    login, logout = (request for request in gateway.seen if request.method == "POST")
    assert (login.target, logout.target) == ("/api/session/login", "/api/session/logout")
    assert "authorization" not in login.headers
    kinds = {request.headers.get("authorization", "none").split()[0] for request in gateway.seen}
    assert kinds == {"none", "Bearer"}
    assert opened.notices == []


class Stopped(BaseException):
    """The exception of a signal's handler."""


def test_a_signal_does_not_wait_for_a_request_without_a_response() -> None:
    begun, answered, ended = threading.Event(), threading.Event(), list[str]()

    def action() -> None:
        begun.set()
        answered.wait(10)
        ended.append("the request")

    def interrupt() -> None:
        begun.wait(60)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    with pytest.raises(signals.Interrupted), signals.handled():
        thread.start()
        finished(action, grace=0.001)
    assert not ended
    answered.set()
    thread.join()


@pytest.mark.parametrize("threads", [True, False])
def test_an_error_of_a_request_is_raised_in_the_calling_thread(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], threads: bool
) -> None:
    def action() -> None:
        raise ZeroDivisionError("SENTINEL")

    def no_more(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    if not threads:
        monkeypatch.setattr(threading.Thread, "start", no_more)
    with pytest.raises(ZeroDivisionError):
        finished(action, grace=60)
    assert capfd.readouterr() == ("", "")


def test_a_signal_waits_for_a_request_that_ends_soon() -> None:
    done = []

    def action() -> None:
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        time.sleep(0.05)
        done.append("answered")

    with pytest.raises(signals.Interrupted), signals.handled():
        finished(action, grace=60)
    assert done == ["answered"]


@pytest.mark.parametrize("end", [KeyboardInterrupt, SystemExit, Stopped, ValueError])
def test_whatever_ends_the_run_it_is_logged_out(end: type[BaseException]) -> None:
    with fake() as gateway:
        with pytest.raises(end), client(gateway):
            raise end
        assert gateway.database.sessions == set()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_waiting_for_a_response_logs_out(number: int) -> None:
    def stop(*arguments: object) -> None:
        raise Stopped

    def slow(request: Request, go: Go) -> Answer:
        if request.target.endswith("/keys"):
            signal.pthread_kill(threading.main_thread().ident or 0, number)
            time.sleep(0.2)
        return go()

    before = signal.signal(number, stop)
    try:
        with fake() as gateway:
            gateway.intercept = slow
            with pytest.raises(Stopped), client(gateway) as opened:
                opened.keys("openai")
            assert gateway.database.sessions == set()
    finally:
        signal.signal(number, before)


def test_a_logout_that_fails_is_a_notice_and_not_tried_again() -> None:
    with fake() as gateway:
        gateway.intercept = says("/api/session/logout", json_answer("{}", 500))
        with client(gateway) as opened:
            pass

    assert [notice.code for notice in opened.notices] == ["logout-failed"]
    assert sum(request.target.endswith("logout") for request in gateway.seen) == 1


def test_a_gateway_that_is_gone_at_the_end_is_a_notice() -> None:
    with fake() as gateway:
        gateway.intercept = says("/api/session/logout", Answer(fault="reset"))
        with client(gateway) as opened:
            pass

    assert [notice.code for notice in opened.notices] == ["logout-failed"]


def test_an_expired_session_causes_no_notice() -> None:
    with fake() as gateway, client(gateway) as opened:
        gateway.database.sessions.clear()

    assert opened.notices == []


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409])
def test_if_login_is_refused_but_basic_works_basic_is_used(status: int) -> None:
    with fake() as gateway:
        gateway.intercept = says("/api/session/login", json_answer("{}", status))
        with client(gateway) as opened:
            assert [key.id for key in opened.keys("openai")] == ["one"]

    assert gateway.seen[-1].headers["authorization"] == f"Basic {ADMIN.basic}"
    assert not any(request.target.endswith("logout") for request in gateway.seen)


@pytest.mark.parametrize("release", RELEASES)
def test_a_wrong_password_is_denied(release: str) -> None:
    wrong = Credential("password", "--password-file", "admin", "wrong-SENTINEL")
    with fake(release) as gateway:
        with pytest.raises(AccessDeniedError) as caught, client(gateway, wrong):
            pass

    assert (caught.value.code, caught.value.exit_code) == ("login-refused", 3)
    assert "SENTINEL" not in str(caught.value)


def test_a_gateway_that_cannot_log_in_now_is_not_a_wrong_password() -> None:
    with fake() as gateway:
        gateway.intercept = says("/api/session/login", json_answer("{}", 503))
        with pytest.raises(UnavailableError), client(gateway):
            pass

    assert [request.target for request in gateway.seen].count("/api/session/login") == 1


@pytest.mark.parametrize("release", RELEASES)
def test_a_token_is_sent_as_it_is_and_not_ended(release: str) -> None:
    with fake(release) as gateway:
        token = gateway.api.new_session()
        with client(gateway, Credential("token", "--token-file", secret=token)) as opened:
            opened.keys("openai")
        assert gateway.database.sessions == {token}

    assert {request.method for request in gateway.seen} == {"GET"}


def test_a_token_that_is_not_valid_is_denied() -> None:
    with fake() as gateway:
        with pytest.raises(AccessDeniedError) as caught:
            with client(gateway, Credential("token", "--token-file", secret="token-SENTINEL")):
                pass

    assert (caught.value.code, caught.value.exit_code) == ("gateway-unauthorized", 3)
    assert "SENTINEL" not in str(caught.value)


@pytest.mark.parametrize("release", RELEASES)
def test_without_a_credential_a_gateway_with_authentication_denies(release: str) -> None:
    with fake(release) as gateway:
        with pytest.raises(AccessDeniedError, match="requires a credential"), client(gateway, NOBODY):
            pass


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("credential", [NOBODY, ADMIN], ids=["none", "password"])
def test_a_gateway_without_authentication_gets_no_password(release: str, credential: Credential) -> None:
    with fake(release, authentication=False) as gateway, client(gateway, credential) as opened:
        assert opened.info.authentication is False
        assert len(opened.keys("openai")) == 1

    assert not any("authorization" in request.headers or request.body for request in gateway.seen)


@pytest.mark.parametrize("release", RELEASES)
def test_a_gateway_without_a_database_is_not_persistent(release: str) -> None:
    with fake(release, authentication=False, database=False) as gateway:
        with client(gateway, NOBODY) as opened:
            assert opened.info.persistent is False
            assert opened.references() == ()

    assert not any("governance" in request.target for request in gateway.seen)


def test_a_brief_run_sends_the_password_and_asks_no_release() -> None:
    with fake() as gateway, client(gateway, brief=True) as opened:
        assert opened.key("openai", "one").name == "first"
        assert (opened.info.release, opened.info.stale_masks) == (None, "stored")

    assert [request.target for request in gateway.seen] == [
        "/api/session/is-auth-enabled",
        "/api/config",
        "/api/providers/openai/keys/one",
    ]
    assert gateway.database.sessions == set()


# The setup token of newer releases


def setup_gateway() -> Any:
    """Yield a gateway without authentication that requires its setup token."""
    return fake(authentication=False, setup_token="setup-SENTINEL")


def test_the_setup_token_is_sent_if_the_gateway_requires_one() -> None:
    credential = Credential("setup-token", "--setup-token-file", secret="setup-SENTINEL")
    with setup_gateway() as gateway, client(gateway, credential) as opened:
        opened.keys("openai")
    sent = ["x-bifrost-setup-token" in request.headers for request in gateway.seen]
    assert sent == [False, False, True, True]

    with fake(authentication=False) as gateway, client(gateway, credential) as opened:
        opened.keys("openai")
    assert not any("x-bifrost-setup-token" in request.headers for request in gateway.seen)


def test_a_setup_token_that_is_missing_or_wrong_is_denied() -> None:
    wrong = Credential("setup-token", "--setup-token-file", secret="wrong-SENTINEL")
    for credential, code in ((NOBODY, "setup-token-missing"), (wrong, "gateway-forbidden")):
        with setup_gateway() as gateway:
            with pytest.raises(AccessDeniedError) as caught, client(gateway, credential):
                pass
        assert (caught.value.code, caught.value.exit_code) == (code, 3)


# Not a gateway


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (HTML, "answer-html"),
        (Answer(200, b'{"is_auth_enabled": true', ()), "answer-not-json"),
        (json_answer('{"is_auth_enabled": true'), "answer-not-json"),
        (json_answer("[]"), "server-not-a-gateway"),
        (json_answer("{}"), "server-not-a-gateway"),
        (json_answer('{"is_auth_enabled": "yes"}'), "server-not-a-gateway"),
        (json_answer('{"error": {"message": "no"}}', 404), "server-not-a-gateway"),
        (Answer(404, b"not found", ()), "answer-not-json"),
        (json_answer("[" * 100_000), "answer-not-json"),
        (Answer(204, b"", ()), "answer-not-json"),
    ],
)
def test_a_server_that_is_not_a_gateway_is_reported(answer: Answer, code: str) -> None:
    with fake() as gateway:
        gateway.intercept = says("/api/session/is-auth-enabled", answer)
        with pytest.raises(ServerUnusableError) as caught, client(gateway):
            pass

    assert (caught.value.code, caught.value.exit_code) == (code, 78)
    assert len(gateway.seen) == 1
    assert "SENTINEL" not in str(caught.value)


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://user:SENTINEL@login.invalid:8443/x?next=SENTINEL#a", "to login.invalid:8443;"),
        ("http://127.0.0.1:1/api", "to 127.0.0.1:1;"),
        ("/login?token=SENTINEL", "elsewhere"),
        ("", "elsewhere"),
    ],
)
def test_a_redirect_is_not_followed_and_its_host_is_named(location: str, named: str) -> None:
    with fake() as gateway:
        redirect = Answer(302, b"", (("Location", location),))
        gateway.intercept = says("/api/session/is-auth-enabled", redirect)
        with pytest.raises(ServerUnusableError, match=named) as caught, client(gateway):
            pass

    assert (caught.value.code, caught.value.exit_code) == ("address-redirected", 78)
    assert "SENTINEL" not in str(caught.value)


def test_a_response_without_the_database_setting_is_not_from_a_gateway() -> None:
    with fake() as gateway:
        gateway.intercept = says("/api/config", json_answer("{}"))
        with pytest.raises(ServerUnusableError) as caught, client(gateway):
            pass
        assert gateway.database.sessions == set()

    assert caught.value.code == "server-not-a-gateway"


def test_a_prefix_is_kept() -> None:
    with fake(prefix="/bifrost") as gateway, client(gateway) as opened:
        assert opened.info.url == gateway.url
        assert len(opened.keys("openai")) == 1

    assert all(request.target.startswith("/bifrost/api/") for request in gateway.seen)


# The release


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        (None, "stored"),
        ("rubbish", "stored"),
        ("v1.0.0", "stored"),
        ("1.5.16", "stored"),
        ("v1.6.3", "stored"),
        ("v1.6.4", "kept-out"),
        ("1.7", "kept-out"),
        ("v2.2.6-rc1", "kept-out"),
        ("v10.0.0", "kept-out"),
    ],
)
def test_the_effect_of_stale_masks_depends_on_the_release(release: str | None, expected: str) -> None:
    assert stale_masks(release) == expected


def test_the_release_is_that_of_the_gateway_or_of_the_option() -> None:
    with fake(version="v2.2.6") as gateway:
        with client(gateway) as opened:
            assert (opened.info.release, opened.info.stale_masks) == ("v2.2.6", "kept-out")
        with client(gateway, release="1.5.1") as opened:
            assert (opened.info.release, opened.info.stale_masks) == ("1.5.1", "stored")

    assert [request.target for request in gateway.seen].count("/api/version") == 1


@pytest.mark.parametrize("answer", [HTML, json_answer("{}"), json_answer('"latest"'), json_answer("{}", 404)])
def test_a_release_that_is_not_reported_is_unknown(answer: Answer) -> None:
    with fake() as gateway:
        gateway.intercept = says("/api/version", answer)
        with client(gateway) as opened:
            assert (opened.info.release, opened.info.stale_masks) == (None, "stored")


def test_no_output_contains_a_credential() -> None:
    with fake(OLD) as gateway, client(gateway) as opened:
        token = next(iter(gateway.database.sessions))
        shown = [repr(opened), repr(opened.session), repr(opened.info), repr(opened.session.transport)]
        shown.append(repr(opened.session.sentences))
        with pytest.raises(BifrostKeysError) as caught:
            opened.key("openai", token)
        shown += [str(caught.value), repr(caught.value)]

    assert not any("SENTINEL" in text or token in text for text in shown)
