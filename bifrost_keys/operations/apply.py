"""Make a file have the keys that somebody wants: create, update, and on request delete, in one write."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from bifrost_keys.errors import BifrostKeysError, ConflictError
from bifrost_keys.gateway.desired_state import Desired, DesiredKey, DesiredProvider, provider_path
from bifrost_keys.gateway.key import new_entry, with_hash
from bifrost_keys.gateway.names import comparable_name
from bifrost_keys.gateway.references import References, find_references
from bifrost_keys.gateway.request_body import from_wire
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.rules.key import refused_faults
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.operations.changeset import Plan, run_plan
from bifrost_keys.operations.create import first_provider_notice, later_provider_notice
from bifrost_keys.operations.delete import refuse_referenced, remove
from bifrost_keys.operations.name_index import Holders
from bifrost_keys.operations.problems import Problems
from bifrost_keys.operations.refusals import refuse_faults, together, warnings_of
from bifrost_keys.operations.rename import rewrite_references
from bifrost_keys.operations.restart_effects import warn_enabled_change, warn_renamed
from bifrost_keys.operations.results import ChangeReport, KeyChange, Notice
from bifrost_keys.operations.selectors import Place, find_provider, label
from bifrost_keys.operations.taken_names import refuse_id, taken_in_database
from bifrost_keys.operations.update import Patch, patched
from bifrost_keys.stores.config_file.document import EntryRef
from bifrost_keys.stores.protocol import Store

# Ids of new keys are uuid5 of this and "provider/name": rendering the same input twice gives the same
# file. The namespace is uuid5(NAMESPACE_URL, "https://www.getbifrost.ai/schema").
ID_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://www.getbifrost.ai/schema")
_ACTIONS: Final = ("created", "updated", "unchanged", "deleted")


@dataclass(frozen=True)
class ApplyRequest:
    """What to make so.

    ``prune``: delete the other keys of the providers that are mentioned; ``allow_empty``: even the last.
    ``replace``: a key that is there and differs is updated; otherwise that is a conflict. ``diff``: the
    report names the fields that changed.
    """

    desired: Desired
    prune: bool = False
    allow_empty: bool = False
    replace: bool = True
    overwrite_web: bool = False
    release: str | None = None
    diff: bool = True


def apply_keys(
    store: Store,
    request: ApplyRequest,
    *,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> ChangeReport:
    """Create and update the wanted keys, found by id, else by name, all or none of them.

    A field that a wanted key does not mention stays as it is. ``on_progress`` is told how many keys of
    how many are decided. Raises one error that names every fault of every key with its place in the
    input: NotFoundError for unknown providers, InvalidInputError, ConflictError for names and ids that
    are taken, for keys changed in the web page, and for what ``prune`` must not delete.
    """

    def decide(plan: Plan) -> None:
        plan.tells_differences = request.diff
        making = _Making(plan, request, Problems())
        done = 0
        for fault in request.desired.faults:
            making.problems.add_fault(fault)
        for provider in request.desired.providers:
            for _ in making.provider(provider):
                done += 1
                if on_progress is not None:
                    on_progress(done, request.desired.total)
        making.problems.raise_all()

    report = run_plan(
        store, decide, release=request.release, overwrite_web=request.overwrite_web, dry_run=dry_run
    )
    counted = Counter(change.action for change in report.changes)
    return report._replace(details={"plan": {action: counted[action] for action in _ACTIONS}})


class _Making:
    """The decisions of one run; refusals are collected, so that all of them can be told."""

    def __init__(self, plan: Plan, request: ApplyRequest, problems: Problems) -> None:
        self.plan = plan
        self.request = request
        self.problems = problems
        self._holders = Holders(plan.document)
        self._rows = {comparable_name(row.name): row for row in plan.knowledge.database.rows}
        self._references: References | None = None
        self._first = not plan.document.providers

    def provider(self, desired: DesiredProvider) -> Iterator[None]:
        """Decide every key of one provider; yields once a key."""
        document = self.plan.document
        try:
            place = find_provider(
                document, desired.name, self.plan.knowledge, overwrite_web=self.request.overwrite_web
            )
        except BifrostKeysError as error:
            if not self._all_there(desired):
                self.problems.add(error, provider_path(desired.name))
            return
        met: set[int] = set()
        refused = False
        for key in desired.keys:
            try:
                ref = self._holders.find(place.name, key)
                if ref is None:
                    self._create(place, key)
                elif ref.index in met:
                    message = f"is {label(ref)} of the file, by id or by name, and so is an earlier one"
                    hint = "make one of the two; to give a renamed key's name to another takes two runs"
                    raise ConflictError(message, code="same_key_twice", hint=hint)
                else:
                    met.add(ref.index)
                    self._update(ref, key)
            except BifrostKeysError as error:
                self.problems.add(error, key.path)
                refused = True
            yield
        if self.request.prune and place.exists and not refused:
            try:
                self._prune(place, met, created=len(desired.keys) - len(met))
            except BifrostKeysError as error:
                self.problems.add(error, provider_path(desired.name))

    def _all_there(self, desired: DesiredProvider) -> bool:
        """Whether a provider at which no key can be made has exactly the wanted ones already."""
        document = self.plan.document
        spelled = document.provider_name(desired.name)
        if spelled is None or (self.request.prune and document.entry_count(spelled) != len(desired.keys)):
            return False
        for key in desired.keys:
            try:
                ref = self._holders.find(spelled, key)
            except ConflictError:
                return False
            if ref is None or key.differing(entry := document.load(ref)):
                return False
            self.plan.changes.append(KeyChange("unchanged", False, spelled, redacted_entry(entry)))
        return True

    def _update(self, ref: EntryRef, key: DesiredKey) -> None:
        plan = self.plan
        old = plan.document.load(ref)
        fields, faults, _ = from_wire(key.differing(old))
        rules = plan.rules(ref)
        new, more = patched(old, Patch(fields), rules)
        before, after = plan.faults(old, rules), plan.faults(new, rules)
        refuse_faults(together([*faults, *more], refused_faults(old, new, old=before, new=after)))
        if fields and not self.request.replace:
            raise ConflictError(
                f"is there already and differs in {', '.join(sorted(fields))}",
                code="exists_differs",
                hint="--replace updates it",
            )
        if "id" in fields:
            refuse_id(plan.knowledge, ref, fields["id"])
        rewritten: tuple[str, ...] = ()
        if "name" in fields:
            own = plan.knowledge.row_of(ref.provider, name=ref.name, key_id=ref.id)
            if own is None or own.name != fields["name"]:
                self._refuse_row(fields["name"], None, ref.provider)
            rewritten = rewrite_references(plan, ref, fields["name"], self.references)
        changed = plan.put(ref, new, rewritten=rewritten)
        if changed:
            warn_enabled_change(plan, ref, old, new)
        if "name" in fields:
            warn_renamed(plan, ref, new)

    def _create(self, place: Place, key: DesiredKey) -> None:
        plan = self.plan
        fields, faults, _ = from_wire(key.members)
        name = key.name
        if name is None:
            missing = Fault("name-missing", ("name",), "error", "is missing", "a new key needs a name")
            entry = new_entry(fields, key_id="", name="x")
            refuse_faults(together([*faults, missing], _refused(plan.faults(entry, place.rules))))
            return
        draft = new_entry(fields, key_id=key.id or "", name=name)
        found = plan.faults(draft, place.rules)
        refuse_faults(together(faults, _refused(found)))
        key_id = key.id or self._free_id(place.name, name)
        entry = with_hash({**draft, "id": key_id}, plan.knowledge.recipe)
        self._refuse_row(name, key_id, place.name)
        self._holders.take(name, key_id, place.name)
        plan.edit.append(place.name, entry)
        plan.notices += warnings_of(found, place.name, name)
        if self._first:
            plan.notices += first_provider_notice(plan.document, place)
            self._first = False
        plan.notices += later_provider_notice(place)
        changed = plan.differences({}, entry)
        plan.changes.append(KeyChange("created", True, place.name, redacted_entry(entry), changed))

    def _free_id(self, provider: str, name: str) -> str:
        """The id that is made of provider and name; a renamed key may have it already, then the next."""
        number, text = 1, f"{provider.lower()}/{name}"
        while (made := str(uuid.uuid5(ID_NAMESPACE, text))) in self._holders.ids:
            number += 1
            text = f"{provider.lower()}/{name}#{number}"
        return made

    def _refuse_row(self, name: str, key_id: str | None, provider: str) -> None:
        """Raise ConflictError where only the gateway's database has the name or id already."""
        for what, row in (
            ("name", self._rows.get(comparable_name(name))),
            ("id", self.plan.knowledge.row_with_id(key_id) if key_id else None),
        ):
            if row is None:
                continue
            if self.request.overwrite_web and row.provider.lower() == provider.lower() and row.name == name:
                message = "is in the gateway's database already: the next start gives it the file's fields"
                self.plan.notices.append(Notice("database_key_overwritten", message, "", provider, name))
                return
            raise taken_in_database(what, row.provider, overwrite=not self.request.overwrite_web)

    def _prune(self, place: Place, met: set[int], *, created: int) -> None:
        plan = self.plan
        gone = [ref for ref in plan.document.entries(place.name) if ref.index not in met]
        if not gone:
            return
        refuse_referenced(gone, self.references)
        if not met and not created:
            if not self.request.allow_empty:
                raise ConflictError(
                    "would lose its last key", code="would_be_empty", hint="--allow-empty lets it"
                )
            message = f"{place.name} has no keys left: the gateway's schema reports that, the gateway runs"
            plan.notices.append(Notice("keys_empty", message, "", place.name))
        for ref in gone:
            remove(plan, ref)

    @property
    def references(self) -> References:
        """The references to keys in the file, read once."""
        if self._references is None:
            self._references = References(find_references(self.plan.document.top("governance")))
        return self._references


def _refused(faults: list[Fault]) -> list[Fault]:
    return [fault for fault in faults if fault.refused]
