"""Mask secrets, and names that look like secrets, for output."""

from __future__ import annotations

import re

from bifrost_keys.gateway.secrets.detection import (
    MESSAGE_WORD,
    contains_secret,
    id_looks_secret,
    may_be_reference,
    word_is_secret,
)

_HASH = re.compile("[0-9a-f]{64}").fullmatch
MASK = "*" * 8
# The fields in which the gateway records messages about a key; ``gateway_messages`` masks them.
NOTED = ("status", "description")


def redact(text: str) -> str:
    """Return ``text`` masked, unless it is empty or a reference.

    A text of fewer than 24 characters becomes eight asterisks; a longer one becomes its first 4 characters,
    24 asterisks and its last 4 characters.
    """
    if not text or may_be_reference(text):
        return text
    return MASK if len(text) < 24 else f"{text[:4]}{'*' * 24}{text[-4:]}"


def shown_name(name: str) -> str:
    """Return a name, masked if it looks like a secret.

    It may be the name of a key, a provider, a field, a model, a file or a directory.
    """
    return MASK if contains_secret(name) else name


def shown_id(text: str) -> str:
    """Return a key's id, masked if it looks like a secret; a UUID without hyphens does not."""
    return MASK if id_looks_secret(text) else text


def shown_hash(text: str) -> str:
    """Return a recorded ``config_hash``, masked if it is not a SHA-256 and looks like a secret."""
    return text if _HASH(text) else shown_name(text)


def masked_message(text: str) -> str:
    """Return a message with every word masked that begins like a key or is long, of mixed case with digits.

    This is only the last line of defence: code that puts a name into a message uses ``shown_name``.
    """
    return MESSAGE_WORD.sub(lambda found: MASK if word_is_secret(found[0]) else found[0], text)


def shown_path(path: str) -> str:
    """Return a path with every part masked that looks like a secret."""
    return "/".join(map(shown_name, path.split("/")))
