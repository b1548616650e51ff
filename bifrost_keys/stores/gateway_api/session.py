"""A session with one gateway: the initial requests, login and logout."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from bifrost_keys.errors import (
    AccessDeniedError,
    BifrostKeysError,
    NotFoundError,
    ServerUnusableError,
    StoppedError,
)
from bifrost_keys.stores.files.signals import Interrupted
from bifrost_keys.stores.gateway_api.answers import read_json, refusal, sentence
from bifrost_keys.stores.gateway_api.credentials import Credential
from bifrost_keys.stores.gateway_api.finishing import finished
from bifrost_keys.stores.gateway_api.gateway_info import RELEASE, GatewayInfo, stale_masks
from bifrost_keys.stores.gateway_api.sentences import Sentences
from bifrost_keys.stores.http.transport import Response, Settings, Transport
from bifrost_keys.stores.protocol import Notice

# A write waits for the provider's list of models, which takes up to 15 seconds.
WRITE_SECONDS: Final = 20.0
LOGIN_SECONDS: Final = 10.0
LOGOUT_SECONDS: Final = 5.0
# How long a signal waits for a logout, and for the response to a login, which names the session to end.
GRACE_SECONDS: Final = 1.0
LOGOUT_SECONDS_STOPPED: Final = 2.0
_TOKEN = re.compile(r"token=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+)")


class Session:
    """Sends requests with the credential of this run. Its repr shows no secret."""

    def __init__(
        self, transport: Transport, credential: Credential, write_seconds: float = WRITE_SECONDS
    ) -> None:
        self.transport = transport
        self.credential = credential
        self.sentences = Sentences(credential.secrets)
        self.notices: list[Notice] = []
        self.writes = 0  # how many requests were sent that change something
        self._write_seconds = max(write_seconds, transport.settings.answer_seconds)
        self._headers: dict[str, str] = {}
        self._logged_in = False

    def __repr__(self) -> str:
        return f"Session({self.transport.settings.address.url!r}, {self.credential!r})"

    def send(
        self, method: str, path: str, body: bytes | None = None, *, same_connection: bool = False
    ) -> Response:
        """Send one request with the credential; ``path`` begins with ``/api/`` and is encoded already."""
        return self._send(method, path, body, self._headers, same_connection=same_connection)

    def fresh(self) -> Session:
        """Return the same session on a connection of its own; it is not logged out separately."""
        other = Session(self.transport.fresh(), self.credential, self._write_seconds)
        other.sentences, other._headers = self.sentences, self._headers
        return other

    def ask(self, path: str, what: str) -> object:
        """Return the JSON of a GET with the credential."""
        return read_json(self.send("GET", path), what, self.sentences)

    def start(self, *, release: str | None, brief: bool) -> GatewayInfo:
        """Make the three initial requests and log in; ``brief``: without login, and without the release."""
        said = self._is_auth_enabled()
        authentication = said["is_auth_enabled"] is True
        if release is None and not brief:
            release = self._version()
        self._authenticate(authentication, wants_setup=said.get("setup_required") is True, brief=brief)
        config = self.ask("/api/config", "its configuration")
        connected = config.get("is_db_connected") if isinstance(config, Mapping) else None
        if not isinstance(connected, bool):
            raise _not_bifrost()
        return GatewayInfo(
            self.transport.settings.address.url, release, connected, authentication, stale_masks(release)
        )

    def end(self, *, seconds: float = LOGOUT_SECONDS) -> None:
        """Log out if this run logged in; a failure becomes a notice, an expired session does not.

        A signal ends the wait. It is raised, unless the run has changed something, which must be reported.
        """
        if not self._logged_in:
            return
        self._logged_in = False
        try:
            if not finished(self._log_out, seconds=seconds, grace=GRACE_SECONDS):
                self._note_logout(f"no response within {seconds:g} s")
        except BifrostKeysError as error:
            self._note_logout(error.message)
        except Interrupted:
            if not self.writes:
                raise
            self._note_logout("the run was stopped")

    def _log_out(self) -> None:
        response = self._send("POST", "/api/session/logout", None, self._headers, seconds=LOGOUT_SECONDS)
        if response.status not in (200, 401):
            raise refusal(response, "the end of the session", self.sentences)

    def _note_logout(self, why: str) -> None:
        self.notices.append(Notice("logout-failed", f"the session at the gateway was not ended: {why}"))

    def _is_auth_enabled(self) -> Mapping[str, object]:
        # Never with a query, because 1.5.1 then requires a credential.
        response = self._send("GET", "/api/session/is-auth-enabled", None, {})
        try:
            said = read_json(response, "whether it requires a credential", self.sentences)
        except NotFoundError:
            raise _not_bifrost() from None
        if not isinstance(said, Mapping) or not isinstance(said.get("is_auth_enabled"), bool):
            raise _not_bifrost()
        return said

    def _version(self) -> str | None:
        response = self._send("GET", "/api/version", None, {})
        try:
            said = read_json(response, "its release", self.sentences)
        except (ServerUnusableError, NotFoundError, AccessDeniedError):
            return None
        return said if isinstance(said, str) and RELEASE.match(said) else None

    def _authenticate(self, enabled: bool, *, wants_setup: bool, brief: bool) -> None:
        credential = self.credential
        if credential.kind == "token":
            self._headers = {"Authorization": f"Bearer {credential.secret}"}
        elif credential.kind == "setup-token" and wants_setup:
            self._headers = {"X-Bifrost-Setup-Token": credential.secret}
        elif credential.kind == "password" and enabled:
            if brief:
                self._use_basic()
            else:
                self._log_in()
        elif enabled:
            raise AccessDeniedError(
                "the gateway requires a credential",
                code="gateway-unauthorized",
                hint="use --user and --password-file, or --token-file",
            )
        elif wants_setup:
            raise AccessDeniedError(
                "the gateway requires its setup token",
                code="setup-token-missing",
                hint="use --setup-token-file or BIFROST_SETUP_TOKEN",
            )

    def _log_in(self) -> None:
        """Open a session, which costs the gateway less per request than a password.

        If a session was opened before a signal ends this, it is recorded, and ``end`` ends it.
        """
        answers: list[Response] = []
        finished(lambda: answers.append(self._open_session()), grace=GRACE_SECONDS)
        if self._logged_in:
            return
        response = answers[0]
        if response.status == 429 or response.status >= 500:
            raise refusal(response, "the login", self.sentences)
        self._use_basic()
        if self.send("GET", "/api/config").status == 401:
            why = self.sentences.message(sentence(response))
            raise AccessDeniedError(
                "the gateway refuses this user and password" + (f": {why}" if why else ""),
                code="login-refused",
                hint="correct --user and the password",
            )

    def _open_session(self) -> Response:
        said = {"username": self.credential.user, "password": self.credential.secret}
        body = json.dumps(said, ensure_ascii=False).encode("utf-8")
        seconds = min(LOGIN_SECONDS, self.transport.settings.answer_seconds)
        response = self._send("POST", "/api/session/login", body, {}, seconds=seconds)
        cookies = (_TOKEN.match(cookie) for cookie in response.all_headers("set-cookie"))
        token = next((found[1] for found in cookies if found is not None), None)
        if response.status == 200 and token is not None:
            self.sentences.add(token)
            self._headers = {"Authorization": f"Bearer {token}"}
            self._logged_in = True
        return response

    def _use_basic(self) -> None:
        self._headers = {"Authorization": f"Basic {self.credential.basic}"}

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        *,
        same_connection: bool = False,
        seconds: float | None = None,
    ) -> Response:
        sent = {"Accept": "application/json", **headers}
        if body is not None:
            sent["Content-Type"] = "application/json"
        if seconds is None and method != "GET":
            seconds = self._write_seconds
        return self.transport.request(
            method, path, headers=sent, body=body, same_connection=same_connection, answer_seconds=seconds
        )


@contextmanager
def conversation(
    settings: Settings,
    credential: Credential,
    *,
    release: str | None = None,
    brief: bool = False,
    write_seconds: float = WRITE_SECONDS,
) -> Iterator[tuple[Session, GatewayInfo]]:
    """Yield a session, and log out at the end of the block, even after a signal's exception.

    ``release`` overrides the gateway's own information. ``brief``: for a single read, so that a password is
    sent with each request instead of a login.
    """
    transport = Transport(settings)
    session = Session(transport, credential, write_seconds)
    seconds = LOGOUT_SECONDS
    try:
        yield session, session.start(release=release, brief=brief)
    except (Interrupted, StoppedError):
        seconds = LOGOUT_SECONDS_STOPPED
        raise
    finally:
        try:
            session.end(seconds=seconds)
        finally:
            transport.close()


def _not_bifrost() -> ServerUnusableError:
    return ServerUnusableError(
        "the server at the address is not a Bifrost gateway",
        code="server-not-a-gateway",
        hint="correct the address",
    )
