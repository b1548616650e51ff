"""The results of operations: frozen data that contains no secret."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from bifrost_keys.gateway.references import Reference
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.stores.protocol import Notice, Receipt


class KeyView(NamedTuple):
    """One key in the gateway's redacted form, with the places that refer to it.

    ``references_unread`` says why those could not be read, and is empty where they were.
    ``position`` counts from 0 among the keys of the provider.
    """

    provider: str
    key: Mapping[str, Any]
    references: tuple[Reference, ...] = ()
    references_unread: str = ""
    position: int = 0

    @property
    def name(self) -> str:
        """The key's name; of one without a name, or with one that is not text, its place, ``#2``."""
        name = self.key["name"]
        return name if isinstance(name, str) and name else f"#{self.position + 1}"

    @property
    def label(self) -> str:
        """How the key is named on a command line: ``provider/name``."""
        return f"{shown_name(self.provider)}/{self.name}"


class KeyChange(NamedTuple):
    """One key that a change touched; ``key`` is redacted.

    ``differences`` names the fields that changed, with both redacted values, for ``--diff``.
    ``rewritten`` are the places elsewhere that the change rewrote. ``outcome`` is what a gateway answered:
    ``applied``, and the status and description of the key. ``note`` says what the action did besides,
    ``old_name`` is that of a key which has another name now.
    """

    action: str
    changed: bool
    provider: str
    key: Mapping[str, Any]
    differences: tuple[Difference, ...] = ()
    rewritten: tuple[str, ...] = ()
    outcome: Mapping[str, Any] = MappingProxyType({})
    note: str = ""
    position: int = 0
    old_name: str | None = None

    @property
    def label(self) -> str:
        """How the key is named on a command line, ``provider/name``; after a renaming by its new name."""
        return KeyView(self.provider, self.key, position=self.position).label


class Difference(NamedTuple):
    """One field before and after, secrets masked by their path; None where the field is absent."""

    path: str
    before: Any
    after: Any


class ChangeReport(NamedTuple):
    """The outcome of one transaction at the store that messages call ``path``."""

    path: str
    changes: tuple[KeyChange, ...]
    notices: tuple[Notice, ...]
    receipt: Receipt
    dry_run: bool
    details: Mapping[str, Any] = MappingProxyType({})

    @property
    def changed(self) -> bool:
        """Whether the store is another now, or would be without ``dry_run``."""
        return self.receipt.changed
