"""What an operation answers: frozen data in which no secret exists any more."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from bifrost_keys.gateway.references import Reference


class Notice(NamedTuple):
    """Something to know about a change that was made; ``code`` is stable, ``hint`` the command that lasts."""

    code: str
    message: str
    hint: str = ""
    provider: str | None = None
    name: str | None = None


class KeyView(NamedTuple):
    """One key in the gateway's redacted form, with the places of the file that refer to it."""

    provider: str
    key: Mapping[str, Any]
    references: tuple[Reference, ...] = ()


class KeyChange(NamedTuple):
    """One key that a change touched; ``key`` is redacted.

    ``differences`` names the fields that changed, with both redacted values, for ``--diff``.
    ``rewritten`` are the places elsewhere in the file that the change rewrote.
    """

    action: str
    changed: bool
    provider: str
    key: Mapping[str, Any]
    differences: tuple[Difference, ...] = ()
    rewritten: tuple[str, ...] = ()


class Difference(NamedTuple):
    """One field before and after, secrets masked by their path; None where the field is absent."""

    path: str
    before: str | None
    after: str | None


class ChangeReport(NamedTuple):
    """The outcome of one transaction."""

    path: str
    changes: tuple[KeyChange, ...]
    notices: tuple[Notice, ...]
    sha256_before: str | None
    sha256_after: str | None
    changed: bool
    dry_run: bool
    details: Mapping[str, Any] = MappingProxyType({})
