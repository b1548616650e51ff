"""The state of one key, in the file and in the gateway's database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from bifrost_keys.gateway.hashing.key_hash import EntryHashes
from bifrost_keys.gateway.restart.drift import Finding, State
from bifrost_keys.gateway.restart.next_starts import Served

Starts: TypeAlias = tuple[tuple[Served, ...], tuple[Served, ...]]
StatusState: TypeAlias = State | Literal["not-compared"]
Recorded = Literal["current", "stale", "absent", "computed-by-the-gateway"]
NOT_COMPARED: Final[Literal["not-compared"]] = "not-compared"

_MEANINGS: Final[Mapping[str, str]] = {
    "in-sync": "in sync",
    "renamed": "renamed in the file",
    "will-be-undone": "will be undone",
    "changed-in-file": "changed in the file",
    "changed-in-web": "changed in the web UI",
    "differs": "differs, side unknown",
    "only-in-file": "only in the file",
    "only-in-gateway": "only in the gateway",
    NOT_COMPARED: "not compared",
}


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """One key, in the file and in the database.

    ``name`` selects the key at its provider, in the file if that has the key, and may be printed;
    ``row_name`` is the database's if it differs. ``recorded`` is the state of the entry's own
    ``config_hash``; ``check --fix`` corrects a stale one. ``status`` and ``description`` are from the
    gateway's last model discovery. ``by_fields``: the hashes cannot be compared, so the fields were.
    ``starts`` are the outcomes of the next two starts, None if they are not known.
    """

    provider: str
    name: str
    id: str
    state: StatusState
    fields: tuple[str, ...]
    notes: tuple[Finding, ...]
    next_start: str
    recorded: Recorded | None
    row_name: str | None = None
    status: str = ""
    description: str = ""
    by_fields: bool = False
    starts: Starts | None = None

    @property
    def meaning(self) -> str:
        """The state in words, with the fields concerned."""
        notes = (meaning(note.state, note.fields) for note in self.notes)
        told = ", ".join((meaning(self.state, self.fields), *notes))
        return f"{told}; cannot be compared by hash" if self.by_fields else told


def meaning(state: str, fields: Sequence[str] = ()) -> str:
    """Return a state in words, with the fields concerned."""
    return f"{_MEANINGS[state]} ({', '.join(fields)})" if fields else _MEANINGS[state]


def recorded(entry: Mapping[str, Any], hashes: EntryHashes) -> Recorded:
    """Return the state of the entry's ``config_hash``; the hash of any release is current."""
    hashed = entry.get("config_hash")
    if isinstance(hashed, str) and hashes.has(hashed):
        return "current"
    if not hashes.certain:
        return "computed-by-the-gateway"
    return "stale" if hashed else "absent"
