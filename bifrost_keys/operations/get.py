"""Get one key with every field and the references to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bifrost_keys.gateway.references import References
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.operations.results import KeyView
from bifrost_keys.operations.selectors import find_key
from bifrost_keys.stores.protocol import Snapshot


def get_key(
    snapshot: Snapshot, selector: str, *, with_references: bool = True
) -> tuple[KeyView, Mapping[str, Any]]:
    """Return one key with the references to it, and its fields, secrets included.

    Raise NotFoundError with the nearest names, ConflictError if several keys match.
    """
    key = find_key(snapshot, selector)
    references = snapshot.references if with_references else References(())
    found = references.to(provider=key.provider, name=key.name, id=key.id)
    redacted = redacted_entry(key.fields)
    view = KeyView(key.provider, redacted, tuple(found), references.unread, key.position)
    return view, key.fields
