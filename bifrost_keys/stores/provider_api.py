"""Ask a provider's own API whether it accepts a key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bifrost_keys.errors import BifrostKeysError, UnavailableError, UsageError
from bifrost_keys.gateway.providers.discovery import Question, listed_models
from bifrost_keys.stores.http.address import parse_address
from bifrost_keys.stores.http.transport import Response, Settings, Transport

MAX_BODY_BYTES: Final = 16 << 20
_LONGEST_MESSAGE: Final = 200
_BUSY: Final = 429
_SERVER_FAILED: Final = 500


@dataclass(frozen=True)
class Answer:
    """A provider's verdict on a key.

    ``message`` is the provider's own error message, or what went wrong; mask the secret in it before showing
    it. ``models`` is the provider's list of models, None if it returned none. ``unavailable`` says that the
    provider gave no verdict, because it cannot be reached now, or is busy.
    """

    accepted: bool
    message: str = field(default="", repr=False)
    models: tuple[str, ...] | None = None
    unavailable: bool = False


def ask(question: Question, environment: Mapping[str, str], *, seconds: float, allow_http: bool) -> Answer:
    """Ask a provider about one key; every failure is returned as an answer that is not accepted.

    ``seconds`` limits each request. Raise UsageError for a plain http address on another machine, unless
    ``allow_http``: the secret would be sent unencrypted.
    """
    try:
        settings = _settings(question.base, environment, seconds=seconds, allow_http=allow_http)
        transport = Transport(settings)
    except UsageError as error:
        if error.code == "plain-http":
            raise
        return Answer(False, error.message)
    except BifrostKeysError as error:
        return Answer(False, error.message)
    try:
        return _ask(transport, question)
    except BifrostKeysError as error:
        return Answer(False, error.message, unavailable=isinstance(error, UnavailableError))
    finally:
        transport.close()


def _settings(base: str, environment: Mapping[str, str], *, seconds: float, allow_http: bool) -> Settings:
    address = parse_address(base, allow_http=allow_http)
    return Settings(
        address,
        environment=environment,
        answer_seconds=seconds,
        connect_seconds=min(seconds, 5.0),
        max_body_bytes=MAX_BODY_BYTES,
        retry_seconds=(0.2,),
        retry_busy=False,
    )


def _ask(transport: Transport, question: Question) -> Answer:
    if question.proof is not None:
        response = transport.request("GET", question.proof, headers=question.headers)
        if refused := _refusal(response):
            return refused
        if question.models is None:
            return Answer(True)
    response = transport.request("GET", question.models or "/", headers=question.headers)
    if question.proof is not None:  # the key was accepted; the list is only for comparison
        return Answer(True, "", _models(response, question.ids))
    if refused := _refusal(response):
        return refused
    models = _models(response, question.ids)
    if models is None and question.ids:
        return Answer(False, "the response is not a list of models")
    return Answer(True, "" if question.enforced else "the server does not require a key", models)


def _refusal(response: Response) -> Answer | None:
    """Return why a response does not accept the key; None if it does."""
    if 300 <= response.status < 400:
        return Answer(False, f"HTTP {response.status}: redirects are not followed")
    said = _json(response)
    if response.status == 200:
        return None if said is not None else Answer(False, "the response is not JSON")
    if _lacks_only_permission(said):
        return None
    message = _sentence(said)
    text = f"HTTP {response.status}" + (f": {message}" if message else "")
    return Answer(False, text, unavailable=response.status == _BUSY or response.status >= _SERVER_FAILED)


def _lacks_only_permission(said: Any) -> bool:
    """Return whether the key is valid but may not list models, as ElevenLabs reports for a restricted key."""
    detail = said.get("detail") if isinstance(said, Mapping) else None
    return isinstance(detail, Mapping) and detail.get("status") == "missing_permissions"


def _models(response: Response, ids: str) -> tuple[str, ...] | None:
    found = listed_models(_json(response), ids) if response.status == 200 and ids else None
    return tuple(found) if found is not None else None


def _json(response: Response) -> Any:
    try:
        return json.loads(response.body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _sentence(said: Any) -> str:
    """Return the provider's error message, on one line of at most 200 characters."""
    for names in (
        ("error", "message"),
        ("detail", "message"),
        ("error",),
        ("detail",),
        ("message",),
        ("title",),
    ):
        found = said
        for name in names:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, str) and found.strip():
            text = " ".join(found.split())
            return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"
    return ""
