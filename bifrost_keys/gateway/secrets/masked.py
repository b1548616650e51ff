"""A placeholder for a secret that a gateway shows only masked, which cannot be mistaken for the secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Never

from bifrost_keys.gateway.nesting import LEVELS

_STARS: Final = "*" * 24
_LONG: Final = r"(?s).{1,4}\*{24}.{1,4}"


class Masked:
    """A literal secret of which only the gateway's mask is known.

    It is neither a string nor JSON, two of them are never equal, and it prints as a masked secret. Only
    ``as_sent`` returns the mask, for a request that leaves the secret unchanged.
    """

    __slots__ = ("_mask",)

    def __init__(self, mask: str) -> None:
        self._mask = mask

    def __str__(self) -> str:
        """Return the mask of a long secret; eight asterisks for a short one, or if this is not a mask."""
        return self._mask if re.fullmatch(_LONG, self._mask) else "*" * 8

    def __repr__(self) -> str:
        return f"Masked({self!s})"

    def __reduce__(self) -> Never:
        raise TypeError("a masked secret cannot be written anywhere")

    def __copy__(self) -> Masked:
        return self

    def __deepcopy__(self, memo: object) -> Masked:
        return self

    @property
    def cut(self) -> bool:
        """Whether the mask cuts a character in two. The gateway would store such a mask as the secret."""
        return "\ufffd" in self._mask

    def shows_as(self, other: Masked) -> bool:
        """Return whether both have the same mask. The secrets may still differ."""
        return _comparable(self._mask) == _comparable(other._mask)

    def looks_like(self, literal: str) -> bool:
        """Return whether this is the gateway's mask of ``literal`` (its first and last 4 bytes)."""
        return _comparable(gateway_mask(literal)) == _comparable(self._mask)


def as_sent(masked: Masked) -> str:
    """Return the mask, which the gateway reads as "unchanged". Only for encoding requests."""
    return masked._mask


def masks_as_references(value: Any, levels: int = LEVELS) -> Any:
    """Return ``value`` with a reference in place of each masked secret, so that rules do not judge masks."""
    if isinstance(value, Masked):
        return "env.MASKED"
    if isinstance(value, Mapping) and levels:
        return {name: masks_as_references(part, levels - 1) for name, part in value.items()}
    return (
        [masks_as_references(part, levels - 1) for part in value]
        if isinstance(value, list) and levels
        else value
    )


def masked_members(value: Any, path: str = "", levels: int = LEVELS) -> Iterator[tuple[str, Masked]]:
    """Yield every masked secret of an entry with the path of its member."""
    if isinstance(value, Masked):
        yield path, value
    elif isinstance(value, Mapping) and levels:
        for name, member in value.items():
            yield from masked_members(member, f"{path}.{name}" if path else str(name), levels - 1)
    elif isinstance(value, list) and levels:
        for member in value:
            yield from masked_members(member, path, levels - 1)


def gateway_mask(literal: str) -> str:
    """Return the mask that the gateway shows for a literal secret.

    Up to 8 bytes become as many asterisks; more become the first 4 bytes, 24 asterisks and the last 4 bytes.
    A character that is cut in two becomes U+FFFD.
    """
    data = literal.encode("utf-8", "surrogatepass")
    if len(data) <= 8:
        return "*" * len(data)
    return f"{data[:4].decode(errors='replace')}{_STARS}{data[-4:].decode(errors='replace')}"


def is_gateway_mask(text: str) -> bool:
    """Return whether a text has the form of the gateway's mask, or is a word such as ``<redacted>``."""
    short = len(text) <= 8 and set(text) == {"*"}
    return short or bool(re.fullmatch(_LONG, text)) or text.lower() in ("<redacted>", "[redacted]")


def _comparable(mask: str) -> str:
    # Go replaces each byte of a cut character with U+FFFD; Python replaces some of them together.
    return re.sub("\ufffd+", "\ufffd", mask)
