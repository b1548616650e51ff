"""How a secret is masked."""

from __future__ import annotations

import re

from bifrost_keys.gateway.secrets.detection import (
    MESSAGE_WORD,
    holds_secret,
    id_looks_secret,
    may_be_reference,
    word_is_secret,
)

_HASH = re.compile("[0-9a-f]{64}").fullmatch
MASK = "*" * 8
# What the gateway notes of a key in its own words; ``gateway_messages`` masks it.
NOTED = ("status", "description")


def redact(text: str) -> str:
    """``text`` as it may be shown: empty and references as they are, anything else masked.

    Shorter than 24 characters: eight asterisks; otherwise the first 4, 24 asterisks and the last 4.
    """
    if not text or may_be_reference(text):
        return text
    return MASK if len(text) < 24 else f"{text[:4]}{'*' * 24}{text[-4:]}"


def shown_name(name: str) -> str:
    """A name as it may be shown: masked where somebody has put a secret in its place.

    Of a key, a provider, a field, a model, a file or a directory.
    """
    return MASK if holds_secret(name) else name


def shown_id(text: str) -> str:
    """A key's id as it may be shown; a uuid without its hyphens is not a secret."""
    return MASK if id_looks_secret(text) else text


def shown_hash(text: str) -> str:
    """A recorded ``config_hash`` as it may be shown: SHA-256 in hexadecimal digits, or a name."""
    return text if _HASH(text) else shown_name(text)


def masked_message(text: str) -> str:
    """A message without the names in it that begin like a key or are long runs of mixed case and digits.

    The last line of defence: whoever puts a name into a message shows it with ``shown_name``.
    """
    return MESSAGE_WORD.sub(lambda found: MASK if word_is_secret(found[0]) else found[0], text)


def shown_path(path: str) -> str:
    """A path as it may be shown, each part of it by itself."""
    return "/".join(map(shown_name, path.split("/")))
