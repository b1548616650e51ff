"""Plan a change part by part, checking each part when it is added, and carry everything out together."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bifrost_keys.errors import BifrostKeysError, InvalidInputError
from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME
from bifrost_keys.gateway.providers.table import Provider, is_keyless, rules_for
from bifrost_keys.gateway.releases import release_text
from bifrost_keys.gateway.rules.fault import Fault, path_text
from bifrost_keys.gateway.rules.key import entry_faults, refused_faults, with_allowed
from bifrost_keys.gateway.rules.weight import added_weight_faults
from bifrost_keys.gateway.secrets.masked import masks_as_references
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.gateway.secrets.notes import without_leaks
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.planning.differences import differences
from bifrost_keys.operations.planning.refusals import refuse_faults, together, warnings_of
from bifrost_keys.operations.results import Action, ChangeReport, Difference, KeyChange, KeyView
from bifrost_keys.operations.selectors import TargetProvider
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

if TYPE_CHECKING:
    from bifrost_keys.gateway.references import Reference


class Plan:
    """The changes of one transaction. Nothing is carried out before the end."""

    def __init__(self, transaction: Transaction) -> None:
        self.transaction = transaction
        self.snapshot = transaction.snapshot
        self.changeset = Changeset()
        self.changes: list[KeyChange] = []
        self.notices: list[Notice] = []
        self.tells_differences = True
        # Codes of faults that are warnings instead of errors.
        self.allowed: frozenset[str] = frozenset()
        self.warns_of_shared_secrets = True
        self._rules: dict[str, Provider | None] = {}
        self._first_with: dict[tuple[str, str], dict[str, str | None]] = {}

    def rules(self, provider: str) -> Provider | None:
        """Return the rules for the keys of a provider; raise InvalidInputError if it is keyless."""
        if provider not in self._rules:
            settings = self.snapshot.provider_settings(provider)
            if is_keyless(settings):
                message = f"the provider {provider} is keyless: its keys cannot be changed"
                raise InvalidInputError(message, code="provider-keyless")
            self._rules[provider] = rules_for(provider, settings)
        return self._rules[provider]

    def faults(
        self, fields: Mapping[str, Any], rules: Provider | None, *, kept: Container[str] = ()
    ) -> list[Fault]:
        """Return every fault of a key with these fields; ``kept`` are members that a change leaves alone."""
        snapshot = self.snapshot
        found = entry_faults(
            masks_as_references(fields) if snapshot.served else fields,
            rules,
            empty_models_allow_all=snapshot.empty_models_allow_all,
            releases=snapshot.releases,
            kept=kept,
        )
        return with_allowed(found, self.allowed)

    def add(
        self,
        target: TargetProvider,
        fields: Mapping[str, Any],
        *,
        read: Sequence[Fault] = (),
    ) -> Mapping[str, Any]:
        """Add a key; return its fields as the store will store them.

        ``read`` are faults that were found while the input was read. Raise InvalidInputError for every fault,
        ConflictError if the store does not admit the key.
        """
        found = self.faults(fields, target.rules)
        if target.exists:
            found += self._beside_others(target.name, fields.get("weight"))
        refuse_faults(together(read, [fault for fault in found if fault.refused]))
        settings = {} if target.exists else target.settings
        admitted, notices = self.transaction.admit(Added(target.name, fields, settings))
        self.changeset.add(target.name, admitted, settings)
        self.notices += [*warnings_of(found, target.name, fields.get("name")), *notices]
        self._warn_of_shared_secret(target.name, fields)
        self._judge_release(target)
        self._report("created", target.name, {}, admitted)
        return admitted

    def _judge_release(self, target: TargetProvider) -> None:
        """Raise InvalidInputError if the gateway is too old for a new provider; warn if it may be."""
        rules, releases = target.rules, self.snapshot.releases
        if rules.custom or not rules.later or releases.is_at_least(rules.since):
            return
        message = f"{target.name} is known to the gateway from release {release_text(rules.since)} on"
        if releases.is_older_than(rules.since) and not target.exists:
            hint = "update the gateway first"
            raise InvalidInputError(message, code="provider-newer", field="PROVIDER", hint=hint)
        self.notices.append(Notice("release-too-old", message, "", target.name))

    def put(
        self,
        key: Key,
        new: Mapping[str, Any],
        *,
        action: Action = "updated",
        read: Sequence[Fault] = (),
        meant: frozenset[str] = frozenset(),
        references: Sequence[Reference] = (),
        note: str = "",
    ) -> bool:
        """Replace the fields of the key; return whether anything changes.

        ``read`` are faults that were found while the input was read. ``meant`` are codes of faults that are
        the purpose of the change, and get no warning. ``references`` follow the key to its new name. ``note``
        says what else the action does. Raise InvalidInputError for every fault that the change would cause,
        ConflictError if the store does not admit it.
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
        self.notices += [*warnings_of(odd, key.provider, admitted.get("name") or key.handle), *notices]
        if new.get("value") != old.get("value"):
            self._warn_of_shared_secret(key.provider, new)
        rewritten = tuple(path_text(reference.path) for reference in references)
        self._report(action, key.provider, old, admitted, rewritten, key=key)
        self.changes[-1] = self.changes[-1]._replace(note=note)
        return True

    def judge(self, key: Key, new: Mapping[str, Any], *, read: Sequence[Fault] = ()) -> list[Fault]:
        """Return the new faults that the key would have; raise InvalidInputError for the refused ones."""
        rules, old = self.rules(key.provider), key.fields
        kept = {name for name, value in new.items() if name in old and old[name] == value}
        before, after = self.faults(old, rules, kept=kept), self.faults(new, rules, kept=kept)
        if not same(old.get("weight"), new.get("weight")):
            after += self._beside_others(key.provider, new.get("weight"), but=key.position)
        refuse_faults(together(read, refused_faults(old, new, old=before, new=after)))
        known = set(before)
        return [fault for fault in after if fault not in known]

    def _beside_others(self, provider: str, weight: Any, *, but: int | None = None) -> list[Fault]:
        """Return the faults of a weight next to the others of the provider, except the key at ``but``."""
        others = (key.fields.get("weight") for key in self.snapshot.keys(provider) if key.position != but)
        return with_allowed(added_weight_faults(weight, others), self.allowed)

    def keep(self, key: Key) -> None:
        """Note that the key needs no change."""
        self.notices += self.transaction.admit(Kept(key)).notices
        redacted = redacted_entry(key.fields)
        self.changes.append(KeyChange("unchanged", False, key.provider, redacted, position=key.position))

    def remove(self, key: Key) -> None:
        """Remove the key."""
        self.rules(key.provider)
        self.notices += self.transaction.admit(Removed(key)).notices
        self.changeset.remove(key)
        self._report("deleted", key.provider, key.fields, {}, key=key)

    def carry_out(self, store: Store, *, dry_run: bool) -> ChangeReport:
        """Carry out the changes, as every change of a store does here, and return the outcome.

        If the store cannot undo what it did before an error, the error has a report of that.
        """
        try:
            receipt = self.transaction.commit(self.changeset)
        except BifrostKeysError as error:
            if error.receipt is not None:
                error.report = self._outcome(store, error.receipt, dry_run=dry_run)
                error.notices = error.report.notices if error.receipt.changed else error.notices
            raise
        return self._outcome(store, receipt, dry_run=dry_run)

    def _outcome(self, store: Store, receipt: Receipt, *, dry_run: bool) -> ChangeReport:
        told = tuple(dict.fromkeys([*self.notices, *receipt.notices]))
        outcomes = iter(receipt.outcomes)
        changes = [
            change._replace(outcome=next(outcomes, None) if change.changed else receipt.untouched)
            for change in self.changes
        ]
        return ChangeReport(store.path, tuple(changes), told, receipt, dry_run)

    def _warn_of_shared_secret(self, provider: str, fields: Mapping[str, Any]) -> None:
        """Warn if another key of the provider has the same secret, and so gets both shares of the traffic.

        Keys for self-hosted servers may well have the same secret: they differ by their address.
        """
        value = fields.get("value")
        if not self.warns_of_shared_secrets or not isinstance(value, str) or not value:
            return
        if (provider, value) not in self._first_with:
            by_address = self._first_with[provider, value] = {}
            if self.snapshot.provider_name(provider) == provider:
                for key in self.snapshot.keys_with_value(provider, value):
                    by_address.setdefault(_address(key.fields), key.name)
        first = self._first_with[provider, value].setdefault(_address(fields), fields.get("name"))
        if first != fields.get("name"):
            message = (
                f"value is also the secret of {shown_name(first or '')}, "
                "which then gets both shares of the traffic"
            )
            hint = "give one key the weight of both"
            self.notices.append(Notice("value-duplicate", message, hint, provider, fields.get("name")))

    def _report(
        self,
        action: Action,
        provider: str,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        rewritten: tuple[str, ...] = (),
        *,
        key: Key | None = None,
    ) -> None:
        """Add a change of ``key``, or of a new key if it is None, to the report."""
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
        """Return the fields that differ, masked; nothing unless asked, because it takes time."""
        return tuple(differences(old, new)) if self.tells_differences else ()


def make_change(
    store: Store,
    decide: Callable[[Plan], None],
    *,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Let ``decide`` plan changes in one transaction; if anything raises, a file stays as it was."""
    with store.transaction(dry_run=dry_run, overwrite_web=overwrite_web) as transaction:
        plan = Plan(transaction)
        decide(plan)
        return plan.carry_out(store, dry_run=dry_run)


def _address(fields: Mapping[str, Any]) -> str:
    return repr([fields.get(name) for name in CONFIG_BY_NAME])


def _without_hash(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields without the recorded hash, which is derived from the others."""
    return {name: value for name, value in fields.items() if name != "config_hash"}
