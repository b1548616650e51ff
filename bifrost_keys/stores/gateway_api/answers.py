"""Convert a response of the gateway to JSON, or to an error."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from bifrost_keys.errors import (
    AccessDeniedError,
    BifrostKeysError,
    ConflictError,
    InvalidInputError,
    IOFailureError,
    NotFoundError,
    ServerUnusableError,
    UnavailableError,
)
from bifrost_keys.stores.gateway_api.sentences import Sentences

if TYPE_CHECKING:
    from bifrost_keys.stores.http.transport import Response

TAKEN: Final = "already exists"
EMPTY_VALUE: Final = "Key value must not be empty"
_LATER: Final = frozenset({408, 429, 502, 503, 504})
_HOST = re.compile(r"https?://(?:[^/?#@\s]*@)?([^/?#@\s]+)", re.IGNORECASE)


def read_json(response: Response, what: str, sentences: Sentences) -> object:
    """Return the JSON of a response of 200 or 201; ``what`` ends the sentence "the gateway refused …".

    Bytes that are not UTF-8 are replaced, because a masked secret can be cut within a character. Raise
    AccessDeniedError for 401 and 403; NotFoundError for 404, and 405 for a call that the release does not
    support; ConflictError for 409 and 500 "already exists"; UnavailableError for 408, 429, 502, 503, 504;
    InvalidInputError for other 4xx; IOFailureError for other 5xx; ServerUnusableError for a redirect, a web
    page, and anything that is not JSON.
    """
    if response.status not in (200, 201):
        raise refusal(response, what, sentences)
    media = response.header("content-type").partition(";")[0].strip().lower()
    if media != "application/json":
        raise _not_a_gateway(media)
    try:
        return json.loads(response.body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise ServerUnusableError(
            f"the gateway's response to {what} is not JSON", code="answer-not-json"
        ) from None


def refusal(response: Response, what: str, sentences: Sentences) -> BifrostKeysError:
    """Return the error for a response that is not 200 or 201."""
    status, said = response.status, sentence(response)
    told = f": {sentences.message(said)}" if said else f" ({status})"
    if status < 300:
        return _not_a_gateway("")
    if status < 400:
        return _redirected(response)
    if status in (401, 403):
        return _denied(status, what, told)
    if status in _LATER:
        code = "gateway-busy" if status == 429 else "gateway-unavailable"
        return UnavailableError(f"the gateway cannot respond now: {what}{told}", code=code)
    if status == 405:
        return NotFoundError(
            f"this release of the gateway does not support {what}", code="call-not-supported"
        )
    if status == 404:
        return _not_found(response, what, said, told)
    if status == 409 or (status == 500 and TAKEN in said):
        return ConflictError(f"the gateway refused {what}{told}", code="name-taken")
    if status < 500:
        return InvalidInputError(f"the gateway refused {what}{told}", code="gateway-refused")
    return IOFailureError(f"the gateway failed at {what}{told}", code="gateway-failed")


def sentence(response: Response) -> str:
    """Return the gateway's own sentence in an error, unchanged; empty if there is none."""
    try:
        said = json.loads(response.body.decode("utf-8", "replace"))
        message = said["error"]["message"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return ""
    return message if isinstance(message, str) else ""


def _denied(status: int, what: str, told: str) -> AccessDeniedError:
    if status == 401:
        hint = "use a valid credential: --user and --password-file, or --token-file"
    else:
        hint = "the credential has no permission for this, or the gateway requires its setup token"
    code = "gateway-unauthorized" if status == 401 else "gateway-forbidden"
    return AccessDeniedError(f"the gateway denies {what}{told}", code=code, hint=hint)


def _not_found(response: Response, what: str, said: str, told: str) -> BifrostKeysError:
    if not said:  # the gateway itself responds to unknown addresses with its web page
        return _not_a_gateway(response.header("content-type").partition(";")[0])
    code = "provider-not-found" if said.startswith("Provider not found") else "key-not-found"
    return NotFoundError(f"the gateway does not have {what}{told}", code=code)


def _redirected(response: Response) -> ServerUnusableError:
    found = _HOST.match(response.header("location"))
    where = f"to {found[1]}" if found is not None else "elsewhere"
    return ServerUnusableError(
        f"the address redirects {where}; redirects are not followed",
        code="address-redirected",
        hint="use the address of the gateway itself, with its path prefix",
    )


def _not_a_gateway(media: str) -> ServerUnusableError:
    what = "a web page" if media == "text/html" else "text that is not JSON"
    return ServerUnusableError(
        f"the address responds with {what} instead of a gateway's JSON",
        code="answer-html" if media == "text/html" else "answer-not-json",
        hint="use the address of the gateway's API, with the path prefix if it has one",
    )
