"""The JSON of warnings."""

from __future__ import annotations

from typing_extensions import TypedDict


class Notice(TypedDict):
    """A warning."""

    code: str
    """Stable; `keys help codes` lists every code."""
    message: str
    hint: str | None
    """The next step."""
    provider: str | None
    name: str | None
    """With `provider` the key that the warning is about; null if it is not about one key."""


class Notices(TypedDict):
    """Warnings that a result has no place for, on standard error."""

    warnings: list[Notice]
