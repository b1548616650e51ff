"""Send a write once and read the reply: a refusal, the current key, or an unclear reply."""

from __future__ import annotations

from bifrost_keys.errors import BifrostKeysError
from bifrost_keys.stores.gateway_api import write_errors
from bifrost_keys.stores.gateway_api.answers import TAKEN, read_json, refusal, sentence
from bifrost_keys.stores.gateway_api.client import Client
from bifrost_keys.stores.gateway_api.wire import KeyInfo, read_key
from bifrost_keys.stores.http.transport import Response

# A response, or the failure instead of one, after which the request may have been carried out.
Reply = Response | BifrostKeysError


def send(
    client: Client, method: str, path: str, body: bytes | None, *, same_connection: bool = False
) -> Reply:
    """Return the reply; raise the error of a request that was surely not sent."""
    client.session.writes += 1
    try:
        return client.session.send(method, path, body, same_connection=same_connection)
    except BifrostKeysError as error:
        if error.applied is False:
            client.session.writes -= 1
            raise
        return error


def refused(client: Client, reply: Reply, what: str) -> BifrostKeysError | None:
    """Return the error if the gateway says that it did nothing; None if it did, or if that is not sure."""
    if isinstance(reply, BifrostKeysError) or reply.status < 300 or reply.status == 408:
        return None
    if reply.status >= 500 and not (reply.status == 500 and TAKEN in sentence(reply)):
        return None
    return write_errors.marked(refusal(reply, what, client.session.sentences), applied=False)


def failure(client: Client, reply: Reply, what: str) -> BifrostKeysError | None:
    """Return why a reply that is not a refusal does not confirm the change; None if it does."""
    if isinstance(reply, BifrostKeysError):
        return reply
    try:
        read_json(reply, what, client.session.sentences)
    except BifrostKeysError as error:
        return error
    return None


def answered(client: Client, provider: str, reply: Reply, what: str) -> KeyInfo | BifrostKeysError:
    """Return the key in a reply that is not a refusal, or why there is none."""
    if isinstance(reply, BifrostKeysError):
        return reply
    try:
        return read_key(provider, read_json(reply, what, client.session.sentences))
    except BifrostKeysError as error:
        return error
