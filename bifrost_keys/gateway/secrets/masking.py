"""How a secret is masked."""

from __future__ import annotations

import re

from bifrost_keys.gateway.secrets.detection import holds_secret, known_prefix, may_be_reference

MASK = "*" * 8
# What the gateway notes of a key in its own words; ``messages`` masks it.
NOTED = ("status", "description")
# The beginning of a query's part whose value is a secret, as a pattern that ignores case.
PARAMETER_TO_MASK = r"[?&;][\w.-]*(?:key|token|secret|sig|signature|password|code|auth)="
_QUERY_SECRET = re.compile(rf"(?i)({PARAMETER_TO_MASK})[^&;#]*")


def redact(text: str) -> str:
    """``text`` as it may be shown: empty and references as they are, anything else masked.

    Shorter than 24 characters: eight asterisks; otherwise the first 4, 24 asterisks and the last 4.
    """
    if not text or may_be_reference(text):
        return text
    return MASK if len(text) < 24 else f"{text[:4]}{'*' * 24}{text[-4:]}"


def masked_name(name: str) -> str:
    """A field's name as it may be shown: masked where somebody has put a secret in its place."""
    return MASK if holds_secret(name) else name


def masked_address(text: str) -> str:
    """What says where something is, without the user information that an address may hold."""
    if known_prefix(text):
        return redact(text)
    scheme, slashes, rest = text.partition("//")
    if not slashes:
        scheme, rest = "", text
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    if "@" in authority:
        host = authority.rpartition("@")[2]
        rest = f"{MASK}@{host}{rest[len(authority) :]}"
    elif "@" in rest and not authority.rpartition(":")[2].isdigit() and ":" in authority:
        return redact(text)  # a password with a slash in it, not escaped
    return _QUERY_SECRET.sub(rf"\1{MASK}", f"{scheme}{slashes}{rest}")
