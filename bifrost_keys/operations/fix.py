"""Fix hashes, wrongly cased field names, missing names and old deployments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from bifrost_keys.gateway.fields.table import KEY_FIELDS, walk
from bifrost_keys.gateway.key import free_names
from bifrost_keys.gateway.models.deployments import as_aliases
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.operations.planning.differences import differences
from bifrost_keys.operations.planning.plan import Plan
from bifrost_keys.operations.results import ChangeReport, KeyChange
from bifrost_keys.stores.config_file.ambiguous_names import may_be_faulty, text_faults
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.own_faults import is_stale
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.config_file.store import ConfigStore
from bifrost_keys.stores.protocol import Key, Replaced

_KEY_NAMES: Final = frozenset(KEY_FIELDS)


def fix_file(
    store: ConfigStore, *, overwrite_web: bool = False, dry_run: bool = False
) -> tuple[ChangeReport, Document]:
    """Correct field names, missing names, deployments and hashes in one transaction.

    Return the report, and the document as it is then, or in a dry run as it would be. A field is not renamed
    if the key has the right name too. Raise the same errors as every edit if the objects around the keys are
    ambiguous.
    """
    with store.transaction(dry_run=dry_run, overwrite_web=overwrite_web, lenient=True) as transaction:
        plan, snapshot = Plan(transaction), transaction.snapshot
        names = {comparable_name(key.name) for key in snapshot.keys() if key.name}
        free: dict[str, Iterator[str]] = {}
        # By the name of the provider. If two have one name, which prepare refuses, the last one counts.
        for key in chain.from_iterable(map(snapshot.keys, snapshot.providers)):
            if key.provider not in free:
                free[key.provider] = free_names(key.provider, names, snapshot.reserved_names)
            _plan_fix(plan, snapshot, key, free[key.provider])
        after = transaction.prepare(plan.changeset)
        return plan.carry_out(store, dry_run=dry_run), after


def _plan_fix(plan: Plan, snapshot: FileSnapshot, key: Key, free: Iterator[str]) -> None:
    right = _respellings(key.fields)
    for path, name in right.items():
        plan.changeset.respell(key, path, name)
    respelled: dict[str, Any] = _respelled(key.fields, right)
    new: Mapping[str, Any] = respelled
    if not _is_doubtful(snapshot, key):
        new = as_aliases(_with_name(respelled, free))
        if new != respelled or is_stale(new, empty_models_allow_all=snapshot.empty_models_allow_all):
            read = Key(key.provider, key.position, key.id, key.name, lambda _: respelled)
            change = Replaced(read, new)
            new, notices = plan.transaction.admit(change)
            plan.changeset.replace(key, new)
            # The remaining findings say whether the gateway uses the key.
            plan.notices += [notice for notice in notices if notice.code != "key-unused"]
    found = tuple(differences(key.fields, new))
    if found:
        shown = redacted_entry(new)
        plan.changes.append(KeyChange("fixed", True, key.provider, shown, found, position=key.position))


def _respellings(entry: Mapping[str, Any]) -> dict[Path, str]:
    """Return the right names of wrongly cased known members, unless the object has the right one too."""
    found = [(each.path, each.field.name) for each in walk(entry) if each.field is not None]
    count = Counter((path[:-1], name) for path, name in found)
    return {path: name for path, name in found if path[-1] != name and count[path[:-1], name] == 1}


def _respelled(value: Any, names: Mapping[Path, str], path: Path = ()) -> Any:
    """Return the value with members, at any depth, renamed by their paths."""
    if isinstance(value, list):
        return [_respelled(part, names, (*path, place)) for place, part in enumerate(value)]
    if not isinstance(value, Mapping) or not names:
        return value
    return {
        names.get((*path, name), name): _respelled(part, names, (*path, name)) for name, part in value.items()
    }


def _with_name(entry: Mapping[str, Any], free: Iterator[str]) -> Mapping[str, Any]:
    """Return the entry, with the next free name if it has none."""
    return entry if entry.get("name") not in (None, "") else {**entry, "name": next(free)}


def _is_doubtful(snapshot: FileSnapshot, key: Key) -> bool:
    """Return whether an edit of the renamed key would be refused; the others can be fixed nevertheless."""
    document, start = snapshot.document, snapshot.entry(key).start
    if not may_be_faulty(document.text, start, _KEY_NAMES):
        return False
    faults = text_faults(document.text, start, (), document.lines, known=_KEY_NAMES)
    return any(fault.code != "field-case" for fault in faults)
