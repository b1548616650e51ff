"""Mask the secrets in addresses.

A secret can be in the user information, in a parameter of the query or the fragment, or in the path.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bifrost_keys.gateway.secrets.detection import known_prefix, name_looks_secret
from bifrost_keys.gateway.secrets.masking import MASK, redact

# A pattern for the beginning of a parameter whose value is a secret; to be matched ignoring case.
PARAMETER_TO_MASK: Final = (
    r"[?&;#][\w.~%-]*(?:key|token|secret|sig|signature|pass|password|passwd|passphrase|pwd"
    r"|credentials?|cred|code|auth|authorization|jwt|bearer|session|sid|sas)="
)
_PARAMETER = rf"(?i)({PARAMETER_TO_MASK})([^&;#]+)"
_VALUE = r"([=/?#&;])([^=/?#&;]+)"


def masked_address(text: str) -> str:
    """Return the address with its secrets masked."""
    return _replaced(text, lambda _: MASK)


def address_secrets(text: str) -> list[str]:
    """Return the secrets in an address, in order."""
    found: list[str] = []

    def note(secret: str) -> str:
        found.append(secret)
        return MASK

    _replaced(text, note)
    return found


def _replaced(text: str, mask: Callable[[str], str]) -> str:
    scheme, slashes, rest = text.partition("//")
    if not slashes:
        scheme, rest = "", text
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    path = rest[len(authority) :]
    if "@" not in authority and "@" in path and ":" in authority and not _port(authority).isdigit():
        mask(text)  # a password that contains an unescaped slash
        return redact(text)
    if known_prefix(rest) or name_looks_secret(authority):
        mask(rest)
        return f"{scheme}{slashes}{redact(rest)}"
    if "@" in authority:
        user, _, host = authority.rpartition("@")
        password = user.partition(":")[2] or user
        mask(password)
        authority = f"{MASK}@{host}"
    path = re.sub(_PARAMETER, lambda found: found[1] + mask(found[2]), path)
    path = re.sub(_VALUE, lambda found: found[1] + _part(found[2], mask), path)
    return f"{scheme}{slashes}{authority}{path}"


def _port(authority: str) -> str:
    return authority.rpartition(":")[2]


def _part(part: str, mask: Callable[[str], str]) -> str:
    return mask(part) if known_prefix(part) or name_looks_secret(part) else part
