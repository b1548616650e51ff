"""The gateway's releases, and which recipe of the hash each has."""

from __future__ import annotations

import re

from bifrost_keys.errors import InvalidInputError

_RELEASE = re.compile(r"v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[-+][\w.+-]*)?", re.ASCII)


def recipe_for_release(release: str) -> str:
    """The recipe that a gateway of this release uses: ``1.5.1``, ``v1.5.16``, ``1.6``.

    Raises InvalidInputError for what is no release, for releases before 1.5.1, and for ``1.5`` alone,
    which may mean either recipe.
    """
    match = _RELEASE.fullmatch(release.strip())
    if match is None:
        raise InvalidInputError(
            "the gateway's release is not of the form 1.5.16",
            code="invalid-release",
            field="gateway_release",
            hint="give the release as the gateway prints it at its start",
        )
    major, minor, patch = int(match[1]), int(match[2]), match[3]
    if (major, minor) == (1, 5) and patch is None:
        raise InvalidInputError(
            "release 1.5 may mean either recipe of the hash",
            code="invalid-release",
            field="gateway_release",
            hint="give the full release, as 1.5.1 or 1.5.16",
        )
    version = (major, minor, int(patch or 0))
    if version < (1, 5, 1):
        raise InvalidInputError(
            f"release {'.'.join(map(str, version))} of the gateway is older than 1.5.1, the oldest known",
            code="invalid-release",
            field="gateway_release",
            hint="leave the release out, or update the gateway",
        )
    return "1.5.12" if version >= (1, 5, 12) else "1.5.1"
