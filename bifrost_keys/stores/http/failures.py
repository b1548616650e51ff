"""What can go wrong between a request and its answer, as the program's own errors; for ``transport`` alone.

urllib3's errors carry the request and its headers, so none of them gets further than here.
"""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Iterator

from urllib3 import exceptions as urllib3_errors

from bifrost_keys.errors import (
    AccessDeniedError,
    BifrostKeysError,
    IOFailureError,
    ServerUnusableError,
    UnavailableError,
)

RETRIED_CODES = frozenset({"connection-refused", "connection-reset"})
_TUNNEL_STATUS = re.compile(r"Tunnel connection failed: (\d{3})")


class NotSentError(UnavailableError):
    """No connection could be made, or the one that had to be used is gone: nothing was sent."""

    applied = False


class NoAnswerError(UnavailableError):
    """The request may have reached the server; no answer came."""


class AnswerCutError(IOFailureError):
    """The request reached the server; its answer ended early or was too large."""


def connect_failure(error: BaseException, authority: str) -> BifrostKeysError:
    """Why no connection to the server could be made."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _tls_failure(cause, authority)
    tunnel = next((found for cause in causes if (found := _TUNNEL_STATUS.search(str(cause)))), None)
    if tunnel is not None or any(isinstance(cause, urllib3_errors.ProxyError) for cause in causes):
        return _proxy_failure(tunnel[1] if tunnel is not None else "")
    if _any(causes, urllib3_errors.NameResolutionError):
        return NotSentError(
            f"the name in {authority} was not found",
            code="host-not-found",
            hint="correct the host, or try again later where the name service is not reachable",
        )
    if _any(causes, TimeoutError):
        return NotSentError(f"{authority} did not accept a connection in time", code="connect-timeout")
    if _any(causes, ConnectionRefusedError):
        return NotSentError(
            f"{authority} refused the connection",
            code="connection-refused",
            hint="see that the server runs and listens at this address",
        )
    if _any(causes, ConnectionError, http.client.RemoteDisconnected):
        return NotSentError(f"{authority} closed the connection", code="connection-reset")
    return NotSentError(f"no connection to {authority} could be made", code="connection-failed")


def request_failure(error: BaseException, authority: str, *, answered: bool) -> BifrostKeysError:
    """Why a request over an open connection got no whole answer; ``answered``: its headers had come."""
    causes = list(_causes(error))
    if _any(causes, urllib3_errors.TimeoutError, TimeoutError):
        return NoAnswerError(f"{authority} did not answer in time", code="answer-timeout")
    if _any(causes, urllib3_errors.DecodeError):
        return ServerUnusableError(
            f"the answer of {authority} cannot be decompressed", code="answer-unreadable"
        )
    if answered:
        return AnswerCutError(f"the answer of {authority} ended early", code="answer-cut-short")
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and not isinstance(
            cause, ssl.SSLEOFError | ssl.SSLZeroReturnError
        ):
            return _tls_failure(cause, authority)
    if _any(causes, ConnectionError, http.client.RemoteDisconnected, ssl.SSLError):
        return NoAnswerError(f"{authority} closed the connection without an answer", code="connection-reset")
    if _any(causes, http.client.HTTPException):
        return ServerUnusableError(
            f"what listens at {authority} does not speak HTTP",
            code="not-http",
            hint="correct the scheme, host or port",
        )
    return NoAnswerError(f"the connection to {authority} failed", code="connection-failed")


def answer_too_large(authority: str, limit: int) -> AnswerCutError:
    """The refusal of a body larger than ``limit`` bytes."""
    return AnswerCutError(
        f"the answer of {authority} is larger than {limit >> 20} MiB", code="answer-too-large"
    )


def connection_lost(authority: str) -> NotSentError:
    """The refusal to send on another connection what belongs to the one that is gone."""
    return NotSentError(f"the connection to {authority} was lost", code="connection-lost")


def _tls_failure(error: ssl.SSLError, authority: str) -> ServerUnusableError:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message.rstrip(".") or "it could not be verified"
        return ServerUnusableError(
            f"the certificate of {authority} is not trusted: {reason}",
            code="tls-not-verified",
            hint="name the authority that issued it with --ca-file, or use the name that it is issued for",
        )
    reason = (error.reason or "the handshake ended early").replace("_", " ").lower()
    return ServerUnusableError(
        f"TLS with {authority} failed: {reason}",
        code="tls-failed",
        hint="see that https is right for this port, and whether a client certificate is needed",
    )


def _proxy_failure(status: str) -> BifrostKeysError:
    if status == "407":
        return AccessDeniedError(
            "the proxy wants a credential",
            code="proxy-authentication",
            hint="give it in HTTPS_PROXY, or name the host in NO_PROXY",
        )
    said = f"the proxy answered {status}" if status else "the proxy cannot be reached"
    return NotSentError(
        said, code="proxy-unavailable", hint="correct HTTPS_PROXY, or name the host in NO_PROXY"
    )


def _any(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and those that it was made of: urllib3 keeps them as arguments, reasons and causes."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        pending += [*each.args, each.__cause__, each.__context__]
        pending += [getattr(each, "reason", None), getattr(each, "original_error", None)]
