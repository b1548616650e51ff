"""Mend what can be mended safely: stale hashes, and known fields in other case."""

from __future__ import annotations

from bifrost_keys.core.document import Document
from bifrost_keys.core.fields import KEY_FIELDS
from bifrost_keys.core.hashing import hashers
from bifrost_keys.core.keys import with_hash
from bifrost_keys.core.redaction import redacted_entry
from bifrost_keys.operations.check import is_stale
from bifrost_keys.operations.differences import differences
from bifrost_keys.operations.knowledge import Knowledge, learn
from bifrost_keys.operations.results import ChangeReport, KeyChange
from bifrost_keys.operations.stores import Store


def fix_file(store: Store, *, release: str | None, dry_run: bool = False) -> ChangeReport:
    """Respell fields, then write the hashes that belong to the keys, in one transaction.

    A field is respelled only where the entry has no field of that name already. Raises what every
    edit raises for a file that is not usable.
    """
    with store.transaction(dry_run=dry_run) as transaction:
        before = transaction.document
        knowledge = learn(before, store, release=release)
        after = _rehashed(_respelled(before), knowledge)
        written = transaction.commit(after)
    changes = tuple(_changes(before, after))
    return ChangeReport(
        store.path, changes, (), written.sha256_before, written.sha256_after, written.changed, dry_run
    )


def _respelled(document: Document) -> Document:
    edit = document.edit()
    for ref in document.all_entries():
        entry = document.load(ref)
        for name in entry:
            known = name.lower()
            if known != name and known in KEY_FIELDS and [n.lower() for n in entry].count(known) == 1:
                edit.respell(("providers", ref.provider, "keys", ref.index, name), known)
    return edit.apply()


def _rehashed(document: Document, knowledge: Knowledge) -> Document:
    edit = document.edit()
    recipes = hashers()
    for key in document.load_all():
        if is_stale(key, recipes):
            edit.replace(document.entry(key.provider, key.place), with_hash(key.entry, knowledge.hasher))
    return edit.apply()


def _changes(before: Document, after: Document) -> list[KeyChange]:
    changes = []
    for old, new in zip(before.all_entries(), after.all_entries(), strict=True):
        if before.text[old.start : old.end] != after.text[new.start : new.end]:
            one, other = before.load(old), after.load(new)
            found = tuple(differences(one, other))
            changes.append(KeyChange("fixed", True, old.provider, redacted_entry(other), found))
    return changes
