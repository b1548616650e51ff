"""A secret that a gateway shows masked: what stands in its place, and cannot be taken for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Never

from bifrost_keys.gateway.nesting import LEVELS

_STARS: Final = "*" * 24
_LONG = re.compile(r"(?s).{1,4}\*{24}.{1,4}")
_REPLACED = re.compile("\ufffd+")


class Masked:
    """A literal secret of which only the gateway's mask is known.

    It is not text and not JSON, two of them are never equal, and it prints as secrets do here. Only
    ``as_sent`` turns it back into the mask, for the request that leaves the secret as it is.
    """

    __slots__ = ("_mask",)

    def __init__(self, mask: str) -> None:
        self._mask = mask

    def __str__(self) -> str:
        """The mask of a long secret; eight asterisks for a short one, and for what is not a mask."""
        return self._mask if _LONG.fullmatch(self._mask) else "*" * 8

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
        """Whether the mask was cut inside a character: sent back, it would become the secret."""
        return "\ufffd" in self._mask

    def shows_as(self, other: Masked) -> bool:
        """Whether both have one mask, which two secrets may have that are not the same."""
        return _comparable(self._mask) == _comparable(other._mask)

    def looks_like(self, literal: str) -> bool:
        """Whether the gateway's mask of ``literal`` is this one: at most its first and last 4 bytes agree."""
        return _comparable(gateway_mask(literal)) == _comparable(self._mask)


def as_sent(masked: Masked) -> str:
    """The mask as the gateway takes it for "unchanged"; for the codec of requests alone."""
    return masked._mask


def as_rules_see(value: Any, levels: int = LEVELS) -> Any:
    """``value`` with a reference in place of each masked secret: for rules, which judge what is known."""
    if isinstance(value, Masked):
        return "env.MASKED"
    if isinstance(value, Mapping) and levels:
        return {name: as_rules_see(part, levels - 1) for name, part in value.items()}
    return [as_rules_see(part, levels - 1) for part in value] if isinstance(value, list) and levels else value


def masked_members(value: Any, path: str = "", levels: int = LEVELS) -> Iterator[tuple[str, Masked]]:
    """Every masked secret of an entry, with the path of its member."""
    if isinstance(value, Masked):
        yield path, value
    elif isinstance(value, Mapping) and levels:
        for name, member in value.items():
            yield from masked_members(member, f"{path}.{name}" if path else str(name), levels - 1)
    elif isinstance(value, list) and levels:
        for member in value:
            yield from masked_members(member, path, levels - 1)


def gateway_mask(literal: str) -> str:
    """The mask that the gateway shows of a literal, by bytes; U+FFFD where it cuts a character.

    Empty stays empty, up to 8 bytes are as many asterisks, more are the first 4, 24 asterisks, the last 4.
    """
    data = literal.encode("utf-8", "surrogatepass")
    if len(data) <= 8:
        return "*" * len(data)
    return f"{data[:4].decode(errors='replace')}{_STARS}{data[-4:].decode(errors='replace')}"


def is_gateway_mask(text: str) -> bool:
    """Whether a text has the form of the gateway's mask, or says that it stands for a secret."""
    short = len(text) <= 8 and set(text) == {"*"}
    return short or bool(_LONG.fullmatch(text)) or text.lower() in ("<redacted>", "[redacted]")


def _comparable(mask: str) -> str:
    # Releases replace the bytes of a character that is cut one by one; Python takes some together.
    return _REPLACED.sub("\ufffd", mask)
