"""Fix hashes, wrongly cased field names, missing names and old deployments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from bifrost_keys.gateway.fields.table import KEY_FIELDS, walk
from bifrost_keys.gateway.key import free_name, with_hash
from bifrost_keys.gateway.models.deployments import as_aliases
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.operations.check import is_stale
from bifrost_keys.operations.planning.differences import differences
from bifrost_keys.operations.results import ChangeReport, KeyChange
from bifrost_keys.stores.config_file.ambiguous_names import may_be_faulty, text_faults
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.config_file.edits import Edit
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.config_file.store import ConfigStore

_Spelling = tuple[Path, str]
_KEY_NAMES: Final = frozenset(KEY_FIELDS)


def fix_file(store: ConfigStore, *, dry_run: bool = False) -> tuple[ChangeReport, Document]:
    """Correct field names, missing names, deployments and hashes in one transaction.

    Return the report, and the document as it is then, or in a dry run as it would be. A field is not renamed
    if the key has the right name too. Raise the same errors as every edit if the objects around the keys are
    ambiguous.
    """
    with store.transaction(dry_run=dry_run, lenient=True) as transaction:
        before = transaction.snapshot.document
        respelled = _respelled(before, _in_keys(before))
        respelled.require_editable()
        after = _fixed(respelled, transaction.snapshot)
        receipt = transaction.commit_document(after)
    changes = tuple(_changes(before, after))
    return ChangeReport(store.path, changes, (), receipt, dry_run), after


def _respelled(document: Document, spellings: Iterable[_Spelling]) -> Document:
    edit = Edit(document)
    for path, name in spellings:
        edit.respell(path, name)
    return edit.apply()


def _in_keys(document: Document) -> Iterator[_Spelling]:
    """Yield the members of each key, at any depth, whose names are wrongly cased."""
    index = document.index
    for span in index.providers:
        if index.providers_member is None or span.keys is None:
            continue
        for ref in document.entries(span.name):
            path = (index.providers_member.name, span.name, span.keys.member.name, ref.index)
            yield from ((path + spelled, name) for spelled, name in _odd(document.load(ref)))


def _odd(entry: Mapping[str, Any]) -> Iterator[_Spelling]:
    """Yield the wrongly cased known members, at any depth, unless the object has the right one too."""
    found = [(each.path, each.field.name) for each in walk(entry) if each.field is not None]
    odd = [(path, name) for path, name in found if path[-1] != name]
    if odd:
        count = Counter((path[:-1], name) for path, name in found)
        yield from ((path, name) for path, name in odd if count[path[:-1], name] == 1)


def _fixed(document: Document, snapshot: FileSnapshot) -> Document:
    """Name the keys without a name, turn old deployments into aliases, and write the hashes."""
    edit = Edit(document)
    names = {comparable_name(ref.name) for ref in document.all_entries() if ref.name}
    taken = names | snapshot.reserved_names
    for ref, entry in document.load_all():
        if _is_doubtful(document, ref):
            continue
        fixed = as_aliases(_with_name(entry, ref.provider, taken))
        if fixed != entry or is_stale(entry, empty_models_allow_all=snapshot.empty_models_allow_all):
            edit.replace(ref, with_hash(fixed, snapshot.gateway.stored_hash(fixed)))
    return edit.apply()


def _with_name(entry: Mapping[str, Any], provider: str, taken: set[str]) -> Mapping[str, Any]:
    """Return the entry, with a free name if it has none."""
    if entry.get("name") not in (None, ""):
        return entry
    name = free_name(provider, taken)
    taken.add(comparable_name(name))
    return {**entry, "name": name}


def _is_doubtful(document: Document, ref: EntryRef) -> bool:
    """Return whether an edit of the entry would be refused; the others can be fixed nevertheless."""
    text, start = document.text, ref.start
    return may_be_faulty(text, start, _KEY_NAMES) and bool(
        text_faults(text, start, (), document.lines, known=_KEY_NAMES)
    )


def _changes(before: Document, after: Document) -> list[KeyChange]:
    changes = []
    for old, new in zip(before.all_entries(), after.all_entries(), strict=True):
        if before.text[old.start : old.end] != after.text[new.start : new.end]:
            one, other = before.load(old), after.load(new)
            found = tuple(differences(one, other))
            changes.append(
                KeyChange("fixed", True, old.provider, redacted_entry(other), found, position=old.index)
            )
    return changes
