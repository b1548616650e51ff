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
    """Respell fields, then give names, move deployments and write the hashes of the keys, in one transaction.

    Returns the document as it is then, too, and in a dry run as it would be. A key's field is respelled
    only where nothing beside it has that name already. Raises what every edit raises for a file that is
    not usable even then: the objects around the keys must be beyond doubt.
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
    """The members of each key, and of its objects, that are a known one but for their case."""
    index = document.index
    for span in index.providers:
        if index.providers_member is None or span.keys is None:
            continue
        for ref in document.entries(span.name):
            path = (index.providers_member.name, span.name, span.keys.member.name, ref.index)
            yield from ((path + spelled, name) for spelled, name in _odd(document.load(ref)))


def _odd(entry: Mapping[str, Any]) -> Iterator[_Spelling]:
    """The known members, at any depth, whose case is odd, unless the same one is there twice."""
    found = [(each.path, each.field.name) for each in walk(entry) if each.field is not None]
    odd = [(path, name) for path, name in found if path[-1] != name]
    if odd:
        count = Counter((path[:-1], name) for path, name in found)
        yield from ((path, name) for path, name in odd if count[path[:-1], name] == 1)


def _fixed(document: Document, snapshot: FileSnapshot) -> Document:
    """Names for the keys without one, old deployments as aliases, and the hashes that belong to the keys."""
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
    """The entry with a name; one that nobody has yet where it has none."""
    if entry.get("name") not in (None, ""):
        return entry
    name = free_name(provider, taken)
    taken.add(comparable_name(name))
    return {**entry, "name": name}


def _is_doubtful(document: Document, ref: EntryRef) -> bool:
    """Whether an edit of the entry would be refused: that must not keep the others from being fixed."""
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
