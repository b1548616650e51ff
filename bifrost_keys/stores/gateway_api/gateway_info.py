"""The gateway's information about itself, and the consequences of its release."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

RELEASE: Final = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?")
_MASKS_KEPT_OUT_SINCE: Final = (1, 6, 4)

StaleMasks = Literal["stored", "kept-out"]


@dataclass(frozen=True)
class GatewayInfo:
    """The gateway's information about itself.

    ``persistent``: it has a database, so that changes outlive its next start. ``stale_masks``: the effect of
    a mask that is sent back after somebody else changed the secret; releases before 1.6.4, and unknown ones,
    store it as the secret. ``authentication``: whether it requires a credential.
    """

    url: str
    release: str | None
    persistent: bool
    authentication: bool
    stale_masks: StaleMasks


def stale_masks(release: str | None) -> StaleMasks:
    """Return what a release does with an outdated mask."""
    found = RELEASE.match(release or "")
    if found is None:
        return "stored"
    version = (int(found[1]), int(found[2]), int(found[3] or 0))
    return "kept-out" if version >= _MASKS_KEPT_OUT_SINCE else "stored"
