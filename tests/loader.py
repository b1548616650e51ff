"""Simulate the gateway's loader with lists of keys, as the rules about restarts describe it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Stored:
    """A row of the simulated gateway; ``taken`` is the hash of the entry that it has, or None."""

    provider: str
    name: str
    id: str
    secret: str
    enabled: bool
    taken: Any


@dataclass(frozen=True)
class Listed:
    """An entry of the simulated file."""

    provider: str
    name: str
    id: str | None
    secret: str
    enabled: bool = True
    known_hash: Any = None

    @property
    def hash(self) -> Any:
        """The hash that the gateway would compute; it covers everything except the id."""
        return self.known_hash or (self.name, self.secret, self.enabled)


Serving = tuple[str, str, str, bool]  # provider, name, secret, enabled


class NoStartError(Exception):
    """The database refuses a row."""


def start(
    file: list[Listed], rows: list[Stored], *, changed: set[str], backwards: bool
) -> tuple[set[Serving], list[Stored]]:
    """Simulate one start: return the keys served, and the rows afterwards.

    Written from the table of edits and the loader's rules, with lists of keys as the gateway has them.
    ``backwards``: the providers are written in reverse order, because the gateway's order is undefined.
    """
    memory: dict[str, list[tuple[Listed, str | None, Stored | None]]] = {}
    for provider in dict.fromkeys([*(row.provider for row in rows), *(key.provider for key in file)]):
        keys = [key for key in file if key.provider == provider]
        there = [row for row in rows if row.provider == provider]
        named = {key.name: key for key in keys}
        kept: list[tuple[Listed, str | None, Stored | None]] = []
        if provider in changed:
            for key in keys:
                match = next((row for row in there if row.taken == key.hash or row.name == key.name), None)
                kept.append((key, match.id if match else key.id, None))
        else:
            for row in there:
                key = named.get(row.name)
                stored = Listed(row.provider, row.name, row.id, row.secret, row.enabled)
                if key is None or row.taken == key.hash:
                    kept.append((stored, row.id, row))
                else:
                    kept.append((key, row.id, None))
            kept += [(key, key.id, None) for key in keys if key.name not in {row.name for row in there}]
        memory[provider] = kept
    served = {
        (provider, k.name, k.secret, k.enabled) for provider, kept in memory.items() for k, _, _ in kept
    }
    order = sorted(memory, reverse=backwards)
    return served, _written(rows, [(p, *each) for p in order for each in memory[p]])


def _written(rows: list[Stored], keys: list[tuple[str, Listed, str | None, Stored | None]]) -> list[Stored]:
    table = list(rows)
    for number, (provider, key, key_id, row) in enumerate(keys):
        at = next((i for i, each in enumerate(table) if each.id == key_id), None)
        if at is None:
            at = next((i for i, each in enumerate(table) if each.name == key.name), None)
        taken = row.taken if row is not None else key.hash
        if row is not None and row.taken is None:
            taken = key.hash  # a key of the web UI gets its hash at the start after it was made
        if at is None:
            new_id = key_id or f"made-{number}"
            table.append(Stored(provider, key.name, new_id, key.secret, key.enabled, taken))
            continue
        if any(each.name == key.name for i, each in enumerate(table) if i != at):
            raise NoStartError
        table[at] = replace(table[at], provider=provider, name=key.name, secret=key.secret, taken=taken)
    return table


def two_starts(
    file: list[Listed], rows: list[Stored], changed: set[str], *, backwards: bool = False
) -> tuple[set[Serving], set[Serving]] | None:
    """Return what the next two starts serve, None if the gateway does not start.

    ``changed`` are the providers whose own settings changed in the file since the last start.
    """
    try:
        first, after = start(file, rows, changed=changed, backwards=backwards)
        second, _ = start(file, after, changed=set(), backwards=backwards)
    except NoStartError:
        return None
    return first, second
