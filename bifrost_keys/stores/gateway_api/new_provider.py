"""Add a provider to a gateway, for its first key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bifrost_keys.errors import BifrostKeysError, ConflictError, InvalidInputError, NotFoundError
from bifrost_keys.gateway.providers.table import built_in
from bifrost_keys.stores.gateway_api import replies, write_errors
from bifrost_keys.stores.gateway_api.client import Client, ProviderInfo


def refuse_provider(client: Client, name: str, settings: Mapping[str, Any]) -> None:
    """Raise for a provider that cannot be added, or whose keys would be sent to the wrong address.

    The gateway accepts any name, but cannot serve the keys of an unknown one. ``settings`` decide where keys
    are sent: without its base URL, keys would be sent to another company.
    """
    what = f"the provider {client.label(name)}"
    if built_in(name) is None or settings:
        why = (
            "its base URL cannot be set from here"
            if settings
            else "only built-in ones can be added from here"
        )
        error: BifrostKeysError = NotFoundError(
            f"the gateway does not have {what}, and {why}",
            code="provider-not-found",
            hint="add the provider in the gateway's web page first",
        )
        raise write_errors.marked(error, applied=False)
    if not client.info.persistent:
        error = InvalidInputError(
            f"{what}: a gateway without a database does not accept a new provider",
            code="provider-needs-database",
            hint="add the provider to the gateway's config.json",
        )
        raise write_errors.marked(error, applied=False)


def create_provider(client: Client, name: str) -> ProviderInfo:
    """Configure a built-in provider, without keys; the gateway spells it in lower case.

    Raise what ``refuse_provider`` raises, and ConflictError if it is already configured.
    """
    refuse_provider(client, name, {})
    name, what = name.lower(), f"the provider {client.label(name)}"
    reply = replies.send(client, "POST", "/api/providers", json.dumps({"provider": name}).encode())
    refused = replies.refused(client, reply, what)
    if isinstance(refused, ConflictError):
        refused.code = "provider-exists"
    if refused is not None:
        raise refused
    failure = replies.failure(client, reply, what)
    try:
        return client.provider(name)
    except NotFoundError as error:
        raise write_errors.not_stored(what, failure or error) from None
    except BifrostKeysError as error:
        raise write_errors.cannot_be_told(what, failure or error) from None
