"""Build a change: each part is checked when it is added, and everything is carried out together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bifrost_keys.errors import BifrostKeysError, InvalidInputError
from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME
from bifrost_keys.gateway.providers.table import Provider, is_keyless, rules_for
from bifrost_keys.gateway.references import Reference
from bifrost_keys.gateway.releases import release_text
from bifrost_keys.gateway.rules.fault import Fault, path_text
from bifrost_keys.gateway.rules.key import entry_faults, refused_faults, with_allowed
from bifrost_keys.gateway.rules.weight import added_weight_faults
from bifrost_keys.gateway.secrets.gateway_messages import without_leaks
from bifrost_keys.gateway.secrets.masked import as_rules_see
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.planning.differences import differences
from bifrost_keys.operations.planning.refusals import refuse_faults, together, warnings_of
from bifrost_keys.operations.results import ChangeReport, Difference, KeyChange, KeyView
from bifrost_keys.operations.selectors import Place
from bifrost_keys.stores.protocol import (
    Added,
    Changeset,
    Kept,
    Key,
    Notice,
    Receipt,
    Removed,
    Replaced,
    Store,
    Transaction,
)


class Plan:
    """The changes of one transaction; nothing is carried out before the end."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.snapshot = transaction.snapshot
        self.changeset = Changeset()
        self.changes: list[KeyChange] = []
        self.notices: list[Notice] = []
        self.tells_differences = True
        # Codes of faults that are warned of and do not refuse the change.
        self.allowed: frozenset[str] = frozenset()
        self.warns_of_doubles = True
        self._rules: dict[str, Provider | None] = {}
        self._first_with: dict[str, dict[str, str | None]] = {}

    def rules(self, provider: str) -> Provider | None:
        """The rules for keys of this provider of the snapshot; raises InvalidInputError at a keyless one."""
        if provider not in self._rules:
            settings = self.snapshot.provider_settings(provider)
            if is_keyless(settings):
                message = f"the provider {provider} is keyless: its keys cannot be changed"
                raise InvalidInputError(message, code="provider-keyless")
            self._rules[provider] = rules_for(provider, settings)
        return self._rules[provider]

    def faults(self, fields: Mapping[str, Any], rules: Provider | None) -> list[Fault]:
        """Every rule that a key with these fields breaks."""
        snapshot = self.snapshot
        all_if_empty, releases = snapshot.empty_models_allow_all, snapshot.releases
        found = entry_faults(
            as_rules_see(fields), rules, empty_models_allow_all=all_if_empty, releases=releases
        )
        return with_allowed(found, self.allowed)

    def add(
        self,
        place: Place,
        fields: Mapping[str, Any],
        *,
        read: Sequence[Fault] = (),
    ) -> Mapping[str, Any]:
        """Add a key; returns its fields as the store will keep them.

        ``read`` are faults that reading the input found. Raises InvalidInputError for every fault,
        ConflictError where the store does not admit the key.
        """
        found = self.faults(fields, place.rules)
        if place.exists:
            found += self._beside_others(place.name, fields.get("weight"))
        refuse_faults(together(read, [fault for fault in found if fault.refused]))
        settings = {} if place.exists else place.settings
        admitted, notices = self.transaction.admit(Added(place.name, fields, settings))
        self.changeset.add(place.name, admitted, settings)
        self.notices += [*warnings_of(found, place.name, fields.get("name")), *notices]
        self._warn_of_double(place.name, fields)
        self._judge_release(place)
        self._report("created", place.name, {}, admitted)
        return admitted

    def _judge_release(self, place: Place) -> None:
        """Raise InvalidInputError for a new provider that the gateway does not know yet; warn in doubt."""
        rules, releases = place.rules, self.snapshot.releases
        if rules.custom or not rules.later or releases.is_at_least(rules.since):
            return
        message = f"{place.name} is known to the gateway from release {release_text(rules.since)} on"
        if releases.is_older_than(rules.since) and not place.exists:
            hint = "update the gateway first"
            raise InvalidInputError(message, code="provider-newer", field="PROVIDER", hint=hint)
        self.notices.append(Notice("later-release", message, "", place.name))

    def put(
        self,
        key: Key,
        new: Mapping[str, Any],
        *,
        action: str = "updated",
        read: Sequence[Fault] = (),
        meant: frozenset[str] = frozenset(),
        references: Sequence[Reference] = (),
        note: str = "",
    ) -> bool:
        """Give the key other fields; returns whether anything changes.

        ``read`` are faults that reading the input found, ``meant`` codes of faults that the change is
        about, so nobody is warned of them; ``references`` are to follow the key to its new name, ``note``
        says what the action does besides. Raises InvalidInputError for every fault that the change would
        make, ConflictError where the store does not admit it.
        """
        old = key.fields
        if same(_without_hash(old), _without_hash(new)) and not read:
            self.keep(key)
            return False
        new = without_leaks(old, new)
        made = self.judge(key, new, read=read)
        admitted, notices = self.transaction.admit(Replaced(key, new))
        self.changeset.replace(key, admitted)
        for reference in references:
            self.changeset.repoint(reference, admitted["name"])
        odd = [fault for fault in made if fault.code not in meant]
        self.notices += [*warnings_of(odd, key.provider, admitted.get("name")), *notices]
        if new.get("value") != old.get("value"):
            self._warn_of_double(key.provider, new)
        rewritten = tuple(path_text(reference.path) for reference in references)
        self._report(action, key.provider, old, admitted, rewritten, key=key)
        self.changes[-1] = self.changes[-1]._replace(note=note)
        return True

    def judge(self, key: Key, new: Mapping[str, Any], *, read: Sequence[Fault] = ()) -> list[Fault]:
        """The faults, old ones apart, that the key would have; raises InvalidInputError for refused ones."""
        rules, old = self.rules(key.provider), key.fields
        before, after = self.faults(old, rules), self.faults(new, rules)
        if not same(old.get("weight"), new.get("weight")):
            after += self._beside_others(key.provider, new.get("weight"), but=key.position)
        refuse_faults(together(read, refused_faults(old, new, old=before, new=after)))
        known = set(before)
        return [fault for fault in after if fault not in known]

    def _beside_others(self, provider: str, weight: Any, *, but: int | None = None) -> list[Fault]:
        """The faults of a weight beside the others of the provider, that at the place ``but`` apart."""
        others = (key.fields.get("weight") for key in self.snapshot.keys(provider) if key.position != but)
        return with_allowed(added_weight_faults(weight, others), self.allowed)

    def keep(self, key: Key) -> None:
        """Note that the key is as it should be already."""
        self.notices += self.transaction.admit(Kept(key)).notices
        redacted = redacted_entry(key.fields)
        self.changes.append(KeyChange("unchanged", False, key.provider, redacted, position=key.position))

    def remove(self, key: Key) -> None:
        """Remove the key."""
        self.rules(key.provider)
        self.notices += self.transaction.admit(Removed(key)).notices
        self.changeset.remove(key)
        self._report("deleted", key.provider, key.fields, {}, key=key)

    def report(
        self,
        store: Store,
        receipt: Receipt,
        *,
        dry_run: bool,
        notices: Sequence[Notice] | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> ChangeReport:
        """The outcome of the transaction; ``notices`` take the place of the plan's own."""
        own = self.notices if notices is None else notices
        told = tuple(dict.fromkeys([*own, *receipt.notices]))
        outcomes = iter(receipt.outcomes)
        changes = [
            change._replace(outcome=next(outcomes, {}) if change.changed else receipt.untouched)
            for change in self.changes
        ]
        return ChangeReport(store.path, tuple(changes), told, receipt, dry_run, details or {})

    def _warn_of_double(self, provider: str, fields: Mapping[str, Any]) -> None:
        """Warn when another key of the provider has this secret: it gets both shares of the traffic.

        Servers of one's own, each a key, may well have one secret: those are told apart by their address.
        """
        value = fields.get("value")
        if not self.warns_of_doubles or not isinstance(value, str) or not value:
            return
        if provider not in self._first_with:
            self._first_with[provider] = {}
            if provider in self.snapshot.providers:
                for key in self.snapshot.keys(provider):
                    self._first_with[provider].setdefault(_secret_and_address(key.fields), key.name)
        first = self._first_with[provider].setdefault(_secret_and_address(fields), fields.get("name"))
        if first != fields.get("name"):
            message = f"value is the secret of {shown_name(first or '')} too, which then gets both shares"
            hint = "give one key the weight of both"
            self.notices.append(Notice("duplicate-value", message, hint, provider, fields.get("name")))

    def _report(
        self,
        action: str,
        provider: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        rewritten: tuple[str, ...] = (),
        *,
        key: Key | None = None,
    ) -> None:
        """Note a change of ``key``, None for a new one."""
        change = KeyChange(
            action,
            True,
            provider,
            redacted_entry(new or old),
            self._differences(old, new),
            rewritten,
            position=key.position if key is not None else 0,
        )
        if old and new and new.get("name") != old.get("name"):
            was = KeyView(provider, redacted_entry(old), position=change.position)
            change = change._replace(old_name=was.name)
        self.changes.append(change)

    def _differences(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
        """The fields that differ, masked; none where nobody asked to see them, because they cost."""
        return tuple(differences(old, new)) if self.tells_differences else ()


def make_change(
    store: Store,
    decide: Callable[[Plan], None],
    *,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Let ``decide`` plan its changes in one transaction; any exception leaves a file as it is.

    An error of a store that cannot undo what it did has the report of what was done before it.
    """
    with store.transaction(dry_run=dry_run, overwrite_web=overwrite_web) as transaction:
        plan = Plan(transaction)
        decide(plan)
        try:
            receipt = transaction.commit(plan.changeset)
        except BifrostKeysError as error:
            if error.receipt is not None:
                error.report = plan.report(store, error.receipt, dry_run=dry_run)
            raise
    return plan.report(store, receipt, dry_run=dry_run)


def _secret_and_address(fields: Mapping[str, Any]) -> str:
    return repr([fields.get("value"), *(fields.get(name) for name in CONFIG_BY_NAME)])


def _without_hash(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without the recorded hash, which says nothing about what the key is."""
    return {name: value for name, value in fields.items() if name != "config_hash"}
