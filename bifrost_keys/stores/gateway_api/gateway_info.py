"""What a gateway says of itself, and what follows from its release."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

RELEASE: Final = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?")
_MASKS_KEPT_OUT_SINCE: Final = (1, 6, 4)

StaleMasks = Literal["stored", "kept-out"]


@dataclass(frozen=True)
class GatewayInfo:
    """What a gateway says of itself.

    ``persistent``: it has a database, so that changes outlive its next start. ``stale_masks``: what
    becomes of a mask that is sent back after somebody else changed the secret: releases below 1.6.4,
    and unknown ones, store it as the secret. ``authentication``: whether it asks for a credential.
    """

    url: str
    release: str | None
    persistent: bool
    authentication: bool
    stale_masks: StaleMasks


def stale_masks(release: str | None) -> StaleMasks:
    """What a release does with a mask that is not the one of now."""
    found = RELEASE.match(release or "")
    if found is None:
        return "stored"
    version = (int(found[1]), int(found[2]), int(found[3] or 0))
    return "kept-out" if version >= _MASKS_KEPT_OUT_SINCE else "stored"
