"""Give a key another name, and rewrite what refers to it, in one write."""

from __future__ import annotations

from typing import Any

from bifrost_keys.errors import ConflictError, InvalidInputError
from bifrost_keys.gateway.key import selector_faults
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.references import References, find_references
from bifrost_keys.gateway.rules.fault import path_text
from bifrost_keys.operations.changeset import Plan, run_plan
from bifrost_keys.operations.restart_effects import warn_renamed
from bifrost_keys.operations.results import ChangeReport
from bifrost_keys.operations.selectors import find_key, holder_of_id, label
from bifrost_keys.operations.taken_names import Taken
from bifrost_keys.stores.config_file.document import EntryRef
from bifrost_keys.stores.protocol import Store


def rename_key(
    store: Store,
    selector: str,
    new_name: str,
    *,
    release: str | None = None,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Rename the key and every reference to its name; references by id stay.

    A gateway with a database recognises a renamed key by its id: it is taken from ``config.db`` where
    that is readable and the entry has none. Raises ConflictError for a name that is taken,
    InvalidInputError for one that no key may have, NotFoundError for a key that is not there.
    """

    def decide(plan: Plan) -> None:
        ref = find_key(plan.document, selector)
        _rename(plan, ref, new_name)

    return run_plan(store, decide, release=release, overwrite_web=overwrite_web, dry_run=dry_run)


def _rename(plan: Plan, ref: EntryRef, new_name: str) -> None:
    old = plan.document.load(ref)
    if ref.name == new_name:
        plan.put(ref, old)
        return
    if faults := selector_faults(ref.provider, new_name):
        raise InvalidInputError("the new name begins with the provider", field="name", faults=faults)
    _refuse_taken(plan, ref, new_name)
    new: dict[str, Any] = {**old, "name": new_name}
    row = plan.knowledge.row_of(ref.provider, name=ref.name, key_id=ref.id)
    if not old.get("id") and row is not None:
        holder = holder_of_id(plan.document, row.key_id)
        if holder is not None:
            message = f"{label(holder)} has the id under which the gateway's database knows {label(ref)}"
            raise ConflictError(message, code="id_taken", hint="see keys status")
        new = {"id": row.key_id, **{name: value for name, value in new.items() if name != "id"}}
    references = References(find_references(plan.document.top("governance")))
    rewritten = rewrite_references(plan, ref, new_name, references)
    plan.put(ref, new, action="renamed", rewritten=rewritten)
    warn_renamed(plan, ref, new)


def rewrite_references(plan: Plan, ref: EntryRef, new_name: str, references: References) -> tuple[str, ...]:
    """Make every reference to the key's name follow it to the new one; answers their places."""
    named = [
        reference
        for reference in references.to(provider=ref.provider, name=ref.name, id=ref.id)
        if reference.kind == "name"
    ]
    for reference in named:
        plan.edit.set_value(reference.path, new_name)
    return tuple(path_text(reference.path) for reference in named)


def _refuse_taken(plan: Plan, ref: EntryRef, new_name: str) -> None:
    taken = Taken.of(plan.document, plan.knowledge)
    handle = comparable_name(new_name)
    own = ref.name is not None and comparable_name(ref.name) == handle
    holder = taken.names.holder(handle)
    if holder is not None and not own:
        raise ConflictError(
            f"the name is taken by a key of {holder}",
            code="name_taken",
            hint="choose another one",
        )
    row = plan.knowledge.row_of(ref.provider, name=ref.name, key_id=ref.id)
    if handle in taken.database_names and not own and (row is None or comparable_name(row.name) != handle):
        raise ConflictError(
            f"the name is taken by a key of {taken.database_names[handle]} in the gateway's database",
            code="name_taken_in_database",
            hint="choose another one, or delete that key in the web page first",
        )
