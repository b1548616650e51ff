"""How a secret is masked."""

from __future__ import annotations

from bifrost_keys.gateway.secrets.detection import holds_secret, may_be_reference

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


def shown_path(path: str) -> str:
    """A path as it may be shown, each part of it by itself."""
    return "/".join(map(shown_name, path.split("/")))
