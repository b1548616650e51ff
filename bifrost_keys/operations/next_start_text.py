"""Describe what the next start of the gateway does with one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.restart.database_row import KeyRow
from bifrost_keys.gateway.restart.drift import KeyState
from bifrost_keys.gateway.restart.next_starts import Forecast, Served
from bifrost_keys.gateway.secrets.masking import shown_name

NOTHING_CHANGES: Final = "nothing changes"
_TAKEN_AGAIN: Final = "takes the key from the file again: its hash differs, its fields are the same"


@dataclass(frozen=True)
class Prospect:
    """A key, and how its entry, its row or both fare at the next start.

    ``stays_off``: every model is blacklisted, so ``enabled`` makes no difference. ``known``: the database has
    the key's provider. ``file_wins``: every start makes the database equal to the file.
    """

    name: str
    state: KeyState
    row: KeyRow | None = None
    of_entry: Forecast | None = None
    of_row: Forecast | None = None
    stays_off: bool = False
    known: bool = False
    file_wins: bool = False

    @property
    def first(self) -> tuple[Served, ...]:
        """The outcome of the next start for the key."""
        return tuple(each for part in (self.of_entry, self.of_row) if part for each in part.first)

    @property
    def second(self) -> tuple[Served, ...]:
        """The outcome of the start after it."""
        return tuple(each for part in (self.of_entry, self.of_row) if part for each in part.second)


def next_start_text(prospect: Prospect) -> str:
    """Describe what the next start does with the key, and the one after it if that differs."""
    entry = prospect.of_entry
    if entry is None:
        return _of_row_alone(prospect)
    if entry.outcome == "stops":
        return "fails: the key has the id of one row and the name of another"
    if entry.outcome == "mixed-up":
        other = f" with {_label(entry.row)}" if entry.row is not None else ""
        return f"mixes it up{other}: ids and names are unique over all providers"
    texts = [_of_entry(prospect, entry), *_enabled(prospect, entry), *_other_names(prospect)]
    return "; ".join(texts)


def _of_row_alone(prospect: Prospect) -> str:
    if prospect.file_wins:
        return "removes the key"
    if prospect.first and prospect.second:
        return "goes on using the key: added in the web UI, or removed from the file"
    if prospect.second:
        return "does not serve the key, because its provider's own settings changed; the start after it does"
    return "replaces it with the key of the file that has its name"


def _of_entry(prospect: Prospect, entry: Forecast) -> str:
    source, state = entry.first[0].source, prospect.state
    if prospect.file_wins:
        return _where_the_file_wins(prospect)
    if entry.row is None:
        return "adds the key, even if it was deleted in the web UI" if prospect.known else "adds the key"
    if source == "either":
        return "takes the key from the file or keeps the database's values: only the gateway knows which"
    if source == "database":
        if state.state == "changed-in-web":
            return "keeps what the web UI changed"
        return "keeps the database's state" if state.state == "will-be-undone" else NOTHING_CHANGES
    if prospect.row is not None and entry.row.id != prospect.row.key_id:
        return f"takes the key from the file, into the row of {_label(entry.row)}"
    return _taken(state)


def _taken(state: KeyState) -> str:
    if state.state == "in-sync":
        return _TAKEN_AGAIN
    if state.state == "changed-in-web":
        return "takes the key from the file: what the web UI changed is lost"
    certain = state.state == "will-be-undone" and not state.notes
    return "takes the key from the file" + ("" if certain else ", over whatever the web UI changed")


def _where_the_file_wins(prospect: Prospect) -> str:
    if prospect.row is None:
        return "adds the key"
    if prospect.state.state == "in-sync":
        return NOTHING_CHANGES
    return _taken(prospect.state)


def _enabled(prospect: Prospect, entry: Forecast) -> list[str]:
    """Describe how the start after the next one sets ``enabled`` back to the row's value."""
    now, later = entry.first[0].enabled, entry.second[0].enabled
    if now is None or now is later or prospect.stays_off:
        return []
    return [f"the start after it turns it {'on' if later else 'off'} again"]


def _other_names(prospect: Prospect) -> list[str]:
    """Describe the other names under which the key is served."""
    first, second = (
        {each.name for each in served if each.name != prospect.name}
        for served in (prospect.first, prospect.second)
    )
    once = [f"{shown_name(name)} is also served, until the start after it" for name in sorted(first - second)]
    return once + [f"{shown_name(name)} is also served, and stays" for name in sorted(second)]


def _label(row: KnownKey) -> str:
    return f"{shown_name(row.provider)}/{shown_name(row.name or '')}"
