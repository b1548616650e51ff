"""The results of operations: frozen data that contains no secret."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.stores.protocol import Notice, Outcome, Receipt

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import Reference

Action: TypeAlias = Literal[
    "created", "updated", "rotated", "renamed", "enabled", "disabled", "deleted", "fixed", "unchanged"
]


class KeyView(NamedTuple):
    """One key in the gateway's redacted form, with the places that refer to it.

    ``references_unread`` says why those could not be read, and is empty if they were. ``position`` counts
    from 0 among the keys of the provider.
    """

    provider: str
    key: Mapping[str, Any]
    references: "tuple[Reference, ...]" = ()
    references_unread: str = ""
    position: int = 0

    @property
    def name(self) -> str:
        """The key's name, or ``#2`` for the second key if it has no name, or one that is not text."""
        name = self.key["name"]
        return name if isinstance(name, str) and name else f"#{self.position + 1}"

    @property
    def label(self) -> str:
        """The key's name on a command line: ``provider/name``."""
        return f"{shown_name(self.provider)}/{self.name}"


class KeyChange(NamedTuple):
    """One changed key; ``key`` is redacted.

    ``differences`` are the fields that changed, with both redacted values, for ``--diff``. ``rewritten`` are
    the places elsewhere that the change rewrote. ``outcome`` is the gateway's response. ``note`` says
    what else the action did. ``old_name`` is set if the key was renamed.
    """

    action: Action
    changed: bool
    provider: str
    key: Mapping[str, Any]
    differences: "tuple[Difference, ...]" = ()
    rewritten: tuple[str, ...] = ()
    outcome: Outcome | None = None
    note: str = ""
    position: int = 0
    old_name: str | None = None

    @property
    def label(self) -> str:
        """The key's name on a command line, ``provider/name``; the new one if it was renamed."""
        return KeyView(self.provider, self.key, position=self.position).label


class Difference(NamedTuple):
    """One field before and after, secrets masked by their path; None if the field is absent."""

    path: str
    before: Any
    after: Any


class Details(NamedTuple):
    """Details of some changes only; None for the others.

    ``plan``: the number of keys of each action in a document. ``pruned``: the providers that were removed.
    ``unknown`` and ``skipped``: the variables that were not imported. ``variables`` and ``added``: the
    variables that ``externalize`` wrote.
    """

    plan: Mapping[Action, int] | None = None
    pruned: Sequence[str] | None = None
    unknown: Sequence[str] | None = None
    skipped: Sequence[str] | None = None
    variables: Sequence[str] | None = None
    added: Sequence[str] | None = None


class ChangeReport(NamedTuple):
    """The outcome of one transaction at the store that messages call ``path``."""

    path: str
    changes: tuple[KeyChange, ...]
    notices: tuple[Notice, ...]
    receipt: Receipt
    dry_run: bool
    details: Details = Details()

    @property
    def changed(self) -> bool:
        """Whether the store changed, or would change without ``dry_run``."""
        return self.receipt.changed
