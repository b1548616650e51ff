"""Create, update and optionally delete keys to match a document, in one write."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from bifrost_keys.errors import BifrostKeysError, ConflictError
from bifrost_keys.gateway.desired_state import (
    Desired,
    DesiredKey,
    DesiredProvider,
    provider_path,
    without_masks,
)
from bifrost_keys.gateway.key import new_entry
from bifrost_keys.gateway.providers.settings import other_settings
from bifrost_keys.gateway.references import Reference
from bifrost_keys.gateway.request_body import from_wire
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.rules.unknown import MAY_BE_NEWER
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.delete import refuse_referenced
from bifrost_keys.operations.planning.name_index import NameIndex
from bifrost_keys.operations.planning.nameless_keys import NamelessKeys
from bifrost_keys.operations.planning.plan import Plan, make_change
from bifrost_keys.operations.planning.problems import Problems
from bifrost_keys.operations.planning.refusals import refuse_faults, together
from bifrost_keys.operations.results import Action, ChangeReport, Details
from bifrost_keys.operations.selectors import TargetProvider, find_provider
from bifrost_keys.operations.update import Patch, patched
from bifrost_keys.stores.protocol import Key, Notice, Store

# The id of a new key is the uuid5 of this and "provider/name", so that rendering the same input twice
# gives the same file. The namespace is uuid5(NAMESPACE_URL, "https://www.getbifrost.ai/schema").
ID_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "https://www.getbifrost.ai/schema")
# Above this number the changed fields are computed only for --diff, because nobody would read them.
_MOST_TOLD: Final = 50
_ACTIONS: Final[tuple[Action, ...]] = ("created", "updated", "unchanged", "deleted")


@dataclass(frozen=True)
class ApplyRequest:
    """The desired keys, and how far to go to get them.

    ``prune``: delete the other keys of the providers in the document; ``allow_empty``: even the last one.
    ``replace``: update an existing key that differs; without it, that is a conflict. ``replace_secrets``:
    send a literal secret even if the gateway probably has it already. ``diff``: report the fields that
    changed.
    """

    desired: Desired
    prune: bool = False
    allow_empty: bool = False
    replace: bool = True
    replace_secrets: bool = False
    overwrite_web: bool = False
    diff: bool = True


def apply_keys(
    store: Store,
    request: ApplyRequest,
    *,
    dry_run: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> ChangeReport:
    """Create and update the desired keys, all of them or none. A key is found by its id, else by its name.

    A field that a desired key does not mention stays as it is. ``on_progress`` is called with the number of
    keys decided so far and the total. Raise a single error that names every fault of every key and its place
    in the input: NotFoundError for an unknown provider, InvalidInputError for a bad value, ConflictError for
    a name or id that is taken, for a key changed in the web UI, and for a key that ``prune`` must not delete.
    """

    def decide(plan: Plan) -> None:
        plan.tells_differences = request.diff or request.desired.total <= _MOST_TOLD
        plan.allowed = MAY_BE_NEWER
        plan.warns_of_shared_secrets = False  # there may be hundreds, and check finds them
        applier = _Applier(plan, request, Problems())
        done, total = 0, request.desired.total
        for fault in request.desired.faults:
            applier.problems.add_fault(fault)
        for provider in request.desired.providers:
            for _ in applier.provider(provider):
                done += 1
                if on_progress is not None:
                    on_progress(done, total)
        applier.problems.raise_all()

    report = make_change(store, decide, overwrite_web=request.overwrite_web, dry_run=dry_run)
    counted = Counter(change.action for change in report.changes)
    return report._replace(details=Details(plan={action: counted[action] for action in _ACTIONS}))


class _Applier:
    """Decides what to do with each desired key, and collects the refusals to report all of them at once."""

    def __init__(self, plan: Plan, request: ApplyRequest, problems: Problems) -> None:
        self.plan = plan
        self.request = request
        self.problems = problems
        self._index = NameIndex(plan.snapshot)
        self._nameless: dict[str, NamelessKeys] = {}

    def provider(self, desired: DesiredProvider) -> Iterator[None]:
        """Decide every key of one provider; yield once per key, for the progress report."""
        try:
            place = find_provider(self.plan.snapshot, desired.name, desired.settings)
        except BifrostKeysError as error:
            if not self._all_there(desired):
                self.problems.add(error, provider_path(desired.name))
            return
        if ignored := other_settings(desired.settings, place.settings):
            message = (
                f"the settings {', '.join(ignored)} are not applied: "
                "only keys and the settings that decide where they go"
            )
            self.plan.notices.append(Notice("provider-settings-ignored", message, "", place.name))
        met: set[Key] = set()
        refused = False
        for wanted in desired.keys:
            try:
                key = self._find(place.name, wanted)
                if key is None:
                    self._create(place, wanted)
                elif key in met:
                    message = f"matches {key.label}, by id or by name, and so does an earlier key"
                    hint = "keep one of the two; to reuse the old name of a renamed key, run apply twice"
                    raise ConflictError(message, code="key-twice", hint=hint)
                else:
                    met.add(key)
                    self._update(key, wanted)
            except BifrostKeysError as error:
                self.problems.add(error, wanted.path)
                refused = True
            yield
        if self.request.prune and place.exists and not refused:
            try:
                self._prune(place, met, created=len(desired.keys) - len(met))
            except BifrostKeysError as error:
                self.problems.add(error, provider_path(desired.name))

    def _find(self, provider: str, wanted: DesiredKey) -> Key | None:
        """Return the key that is meant, None if it is new.

        A desired key without a name and an id is matched by its members, each to a key of its own.
        """
        snapshot = self.plan.snapshot
        if wanted.name is not None or wanted.id is not None or not snapshot.provider_name(provider):
            return self._index.find(provider, name=wanted.name, key_id=wanted.id)
        if provider not in self._nameless:
            self._nameless[provider] = NamelessKeys(snapshot.keys(provider))
        left = self._nameless[provider]
        key = next((key for key in left.likely(wanted) if not any(self._read(key, wanted))), None)
        if key is not None:
            left.remove(key)
        return key

    def _all_there(self, desired: DesiredProvider) -> bool:
        """Return whether a provider that takes no new key already has exactly the desired ones."""
        snapshot = self.plan.snapshot
        spelled = snapshot.provider_name(desired.name)
        if spelled is None:
            return False
        there = len(list(snapshot.keys(spelled)))
        if self.request.prune and there != len(desired.keys):
            return False
        for wanted in desired.keys:
            try:
                key = self._find(spelled, wanted)
            except ConflictError:
                return False
            if key is None or any(self._read(key, wanted)):
                return False
            self.plan.keep(key)
        return True

    def _read(self, key: Key, wanted: DesiredKey) -> tuple[dict[str, Any], list[Fault]]:
        """Return the fields that the key does not have already, as the file spells them, and their faults."""
        fields, faults, _ = from_wire(wanted.differing(key.fields))
        fields = without_masks(fields, key.fields, replace_secrets=self.request.replace_secrets)
        there = key.fields
        return {name: each for name, each in fields.items() if not same(each, there.get(name))}, faults

    def _update(self, key: Key, wanted: DesiredKey) -> None:
        fields, faults = self._read(key, wanted)
        new, more = patched(key.fields, Patch(fields), self.plan.rules(key.provider))
        faults += more
        if fields and not self.request.replace:
            self.plan.judge(key, new, read=faults)
            raise ConflictError(
                f"exists already and differs in {', '.join(sorted(fields))}",
                code="key-exists-differs",
                hint="--replace updates it",
            )
        references: Sequence[Reference] = ()
        if "name" in fields:
            references = self.plan.snapshot.references_by_name(key)
        self.plan.put(key, new, read=faults, references=references)

    def _create(self, place: TargetProvider, wanted: DesiredKey) -> None:
        fields, faults, _ = from_wire(wanted.members)
        name = wanted.name
        if name is None:
            missing = Fault("name-missing", ("name",), "error", "is missing", "a new key needs a name")
            found = self.plan.faults(new_entry(fields, key_id="", name="x"), place.rules)
            refuse_faults(together([*faults, missing], [fault for fault in found if fault.refused]))
            return
        key_id = wanted.id or self._free_id(place.name, name)
        added = self.plan.add(place, new_entry(fields, key_id=key_id, name=name), read=faults)
        self._index.take(place.name, added)

    def _free_id(self, provider: str, name: str) -> str:
        """Return the id made from provider and name, or the next one if a renamed key has that."""
        base = f"{provider.lower()}/{name}".encode(errors="replace").decode()  # a bad name is refused later
        for number in count(1):
            made = str(uuid.uuid5(ID_NAMESPACE, base if number == 1 else f"{base}#{number}"))
            if self._index.with_id(made) is None:
                return made
        raise AssertionError

    def _prune(self, place: TargetProvider, met: set[Key], *, created: int) -> None:
        plan = self.plan
        kept = {key.position for key in met}
        gone = [key for key in plan.snapshot.keys(place.name) if key.position not in kept]
        if not gone:
            return
        refuse_referenced(gone, plan.snapshot.references)
        if not met and not created:
            if not self.request.allow_empty:
                raise ConflictError(
                    "would lose its last key",
                    code="provider-would-be-empty",
                    hint="use --allow-empty to allow it",
                )
            if plan.snapshot.wants_keys:
                message = f"{shown_name(place.name)} has no keys left in the file"
                plan.notices.append(Notice("keys-empty", message, "", place.name))
        for key in gone:
            plan.remove(key)
