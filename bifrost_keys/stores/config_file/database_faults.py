"""Check the keys of a file against the rows of the gateway's database."""

from __future__ import annotations

from collections.abc import Iterator

from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.restart.key_rows import KeyRows
from bifrost_keys.gateway.rules.fault import Fault, breach
from bifrost_keys.stores.config_file.document import Document


def known_keys(document: Document, rows: KeyRows) -> Iterator[KnownKey]:
    """Yield the keys that a reference can resolve to: those of the file, then those of the database."""
    for ref in document.all_entries():
        yield KnownKey(ref.provider, ref.name, ref.id)
    yield from rows.handles()


def row_faults(document: Document, rows: KeyRows) -> Iterator[Fault]:
    """Yield a fault for a key found in its row by id, whose name is in another provider's row."""
    homes: dict[str, str] = {}
    several: set[str] = set()  # names of keys at several providers
    for ref in document.all_entries():
        if ref.name is not None and homes.setdefault(ref.name, ref.provider.lower()) != ref.provider.lower():
            several.add(ref.name)
    # Of 100,000 rows only those away from a key of their name are kept: usually none.
    away = {
        row.name: row
        for row in rows.handles()
        if row.name in homes and (row.name in several or homes[row.name] != row.provider.lower())
    }
    if not away:
        return
    ids = {ref.id for ref in document.all_entries() if ref.name in away}
    by_id = {row.id: row for row in rows.handles() if row.id in ids}
    for ref in document.all_entries():
        own, other = by_id.get(ref.id), away.get(ref.name) if ref.name is not None else None
        if own is None or other is None or own == other or other.provider.lower() == ref.provider.lower():
            continue
        message = f"is the name of a key of {other.provider} in the gateway's database: it does not start"
        path = ("providers", ref.provider, "keys", ref.position, "name")
        yield breach("name-of-other-row", path, message, "give the key another name")
