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
    ids = {ref.id for ref in document.all_entries()}
    names = {ref.name for ref in document.all_entries()}
    by_id: dict[str | None, KnownKey] = {}
    by_name: dict[str | None, KnownKey] = {}
    for row in rows.handles():
        if row.id in ids:
            by_id[row.id] = row
        if row.name in names:
            by_name[row.name] = row
    for ref in document.all_entries() if by_id else ():
        own, other = by_id.get(ref.id), by_name.get(ref.name)
        if own is None or other is None or own == other or other.provider.lower() == ref.provider.lower():
            continue
        message = f"is the name of a key of {other.provider} in the gateway's database: it does not start"
        path = ("providers", ref.provider, "keys", ref.position, "name")
        yield breach("name-of-other-row", path, message, "give the key another name")
