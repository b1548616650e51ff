"""Turn errors of urllib3 and ssl into the program's own errors. Only ``transport`` uses this module.

urllib3's errors contain the request and its headers, hence credentials, so none may leave this module.
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
    """Nothing was sent: no connection could be made, or the required connection was lost."""

    applied = False


class NoAnswerError(UnavailableError):
    """The request may have reached the server, but no response arrived."""


class AnswerCutError(IOFailureError):
    """The request reached the server, but its response ended early or was too large."""


def connect_failure(error: BaseException, authority: str) -> BifrostKeysError:
    """Return the error for a connection that could not be made."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            return _tls_failure(cause, authority)
    tunnel = next((found for cause in causes if (found := _TUNNEL_STATUS.search(str(cause)))), None)
    if tunnel is not None or any(isinstance(cause, urllib3_errors.ProxyError) for cause in causes):
        return _proxy_failure(tunnel[1] if tunnel is not None else "")
    if _any(causes, urllib3_errors.NameResolutionError):
        return NotSentError(
            f"cannot resolve the host name of {authority}",
            code="host-not-found",
            hint="correct the host, or try again later if the name server is unreachable",
        )
    if _any(causes, TimeoutError):
        return NotSentError(f"{authority} did not accept a connection in time", code="connect-timeout")
    if _any(causes, ConnectionRefusedError):
        return NotSentError(
            f"{authority} refused the connection",
            code="connection-refused",
            hint="check that the server is running and listens at this address",
        )
    if _any(causes, ConnectionError, http.client.RemoteDisconnected):
        return NotSentError(f"{authority} closed the connection", code="connection-reset")
    return NotSentError(f"cannot connect to {authority}", code="connection-failed")


def request_failure(error: BaseException, authority: str, *, answered: bool) -> BifrostKeysError:
    """Return the error for a request that got no complete response.

    ``answered`` says that the headers of the response had arrived.
    """
    causes = list(_causes(error))
    if _any(causes, urllib3_errors.TimeoutError, TimeoutError):
        return NoAnswerError(f"{authority} did not respond in time", code="answer-timeout")
    if _any(causes, urllib3_errors.DecodeError):
        return ServerUnusableError(
            f"the response of {authority} cannot be decompressed", code="answer-unreadable"
        )
    if answered:
        return AnswerCutError(f"the response of {authority} ended early", code="answer-cut-short")
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and not isinstance(
            cause, ssl.SSLEOFError | ssl.SSLZeroReturnError
        ):
            return _tls_failure(cause, authority)
    if _any(causes, ConnectionError, http.client.RemoteDisconnected, ssl.SSLError):
        return NoAnswerError(f"{authority} closed the connection without a response", code="connection-reset")
    if _any(causes, http.client.HTTPException):
        return ServerUnusableError(
            f"the server at {authority} does not speak HTTP",
            code="server-not-http",
            hint="correct the scheme, host or port",
        )
    return NoAnswerError(f"the connection to {authority} failed", code="connection-failed")


def answer_too_large(authority: str, limit: int) -> AnswerCutError:
    """Return the error for a body larger than ``limit`` bytes."""
    return AnswerCutError(
        f"the response of {authority} is larger than {limit >> 20} MiB", code="answer-too-large"
    )


def connection_lost(authority: str) -> NotSentError:
    """Return the error for a request that may only be sent over a connection that is gone."""
    return NotSentError(f"the connection to {authority} was lost", code="connection-lost")


def _tls_failure(error: ssl.SSLError, authority: str) -> ServerUnusableError:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message.rstrip(".") or "it could not be verified"
        return ServerUnusableError(
            f"the certificate of {authority} is not trusted: {reason}",
            code="tls-not-verified",
            hint="use --ca-file for the CA that issued it, or a host name that the certificate is valid for",
        )
    reason = (error.reason or "the handshake ended early").replace("_", " ").lower()
    return ServerUnusableError(
        f"TLS with {authority} failed: {reason}",
        code="tls-failed",
        hint="check that this port uses https, and whether the server requires a client certificate",
    )


def _proxy_failure(status: str) -> BifrostKeysError:
    if status == "407":
        return AccessDeniedError(
            "the proxy requires authentication",
            code="proxy-authentication",
            hint="add the credentials to HTTPS_PROXY, or add the host to NO_PROXY",
        )
    message = f"the proxy responded with status {status}" if status else "the proxy cannot be reached"
    return NotSentError(
        message, code="proxy-unavailable", hint="correct HTTPS_PROXY, or add the host to NO_PROXY"
    )


def _any(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and every error inside it: urllib3 keeps them as arguments, reasons and causes."""
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
