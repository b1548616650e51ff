"""Rename a key, and every reference to its name, in one write."""

from __future__ import annotations

from collections.abc import Sequence

from bifrost_keys.errors import ConflictError, InvalidInputError
from bifrost_keys.gateway.key import selector_faults
from bifrost_keys.gateway.references import Reference
from bifrost_keys.gateway.secrets.detection import quoted_argument
from bifrost_keys.operations.planning.name_index import NameIndex
from bifrost_keys.operations.planning.plan import Plan, make_change
from bifrost_keys.operations.results import ChangeReport
from bifrost_keys.operations.selectors import find_key
from bifrost_keys.stores.protocol import Store


def rename_key(
    store: Store,
    selector: str,
    new_name: str,
    *,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Rename the key and every reference to its name; leave references by id alone.

    Raise ConflictError for a name that is taken, InvalidInputError for a name that is not valid,
    NotFoundError for a key that does not exist.
    """

    def decide(plan: Plan) -> None:
        key = find_key(plan.snapshot, selector)
        if key.name == new_name:
            plan.put(key, key.fields)
            return
        if faults := selector_faults(key.provider, new_name):
            raise InvalidInputError("the new name begins with the provider", field="name", faults=faults)
        holder = NameIndex(plan.snapshot).named(new_name)
        if holder is not None and holder.label != key.label:
            raise ConflictError(
                f"the name {quoted_argument(new_name)} is taken by {holder.label}",
                code="name-taken",
                hint="choose another one",
            )
        new = {**key.fields, "name": new_name}
        references: Sequence[Reference] = plan.snapshot.references_by_name(key)
        plan.put(key, new, action="renamed", references=references)

    return make_change(store, decide, overwrite_web=overwrite_web, dry_run=dry_run)
