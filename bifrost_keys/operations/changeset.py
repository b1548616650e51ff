"""A change in the making: what is decided under the lock, and its report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bifrost_keys.errors import ConflictError, InvalidInputError
from bifrost_keys.gateway.drift import changed_in_web
from bifrost_keys.gateway.key import with_hash, without_defaults
from bifrost_keys.gateway.providers import Provider, is_keyless, rules_for
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.rules.key import entry_faults, refused_faults
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.differences import differences
from bifrost_keys.operations.gateway_state import Knowledge, learn
from bifrost_keys.operations.refusals import refuse_faults, warnings_of
from bifrost_keys.operations.results import ChangeReport, Difference, KeyChange, Notice
from bifrost_keys.operations.selectors import label
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.protocol import Store


class Plan:
    """The changes of one transaction: each is checked as it is added, nothing is written before the end."""

    def __init__(self, document: Document, knowledge: Knowledge, *, overwrite_web: bool) -> None:
        self.document = document
        self.knowledge = knowledge
        self.edit = document.edit()
        self.changes: list[KeyChange] = []
        self.notices: list[Notice] = []
        self.overwrite_web = overwrite_web
        self.tells_differences = True
        self._rules: dict[str, Provider | None] = {}

    def rules(self, ref: EntryRef) -> Provider | None:
        """The rules for keys of this entry's provider; raises InvalidInputError at a keyless one."""
        if ref.provider not in self._rules:
            settings = self.document.provider_settings(ref.provider)
            if is_keyless(settings):
                message = f"the provider {ref.provider} is keyless: its keys cannot be changed"
                raise InvalidInputError(message, code="provider_keyless")
            self._rules[ref.provider] = rules_for(ref.provider, settings)
        return self._rules[ref.provider]

    def faults(self, entry: Mapping[str, Any], rules: Provider | None) -> list[Fault]:
        """Every rule that this entry breaks, old or new."""
        return entry_faults(entry, rules, empty_models_allow_all=self.document.empty_models_allow_all)

    def put(
        self,
        ref: EntryRef,
        new: Mapping[str, Any],
        *,
        action: str = "updated",
        meant: frozenset[str] = frozenset(),
        rewritten: tuple[str, ...] = (),
    ) -> bool:
        """Give the entry new members and the hash that belongs to them; answers whether anything changes.

        ``meant`` are codes of faults that the change is about, so nobody is warned of them. Raises
        InvalidInputError for every fault that the change would make, ConflictError when people
        changed the key in the gateway's web page since and the change would bring old fields back.
        """
        rules = self.rules(ref)
        old = self.document.load(ref)
        if same(without_hash(old), without_hash(new)):
            self.changes.append(KeyChange("unchanged", False, ref.provider, redacted_entry(old)))
            return False
        before, after = self.faults(old, rules), self.faults(new, rules)
        refuse_faults(refused_faults(old, new, old=before, new=after))
        self._refuse_web_changes(ref, old)
        hashed = with_hash(new, self.knowledge.recipe)
        self.edit.replace(ref, hashed)
        faults = [fault for fault in after if fault not in before and fault.code not in meant]
        self.notices += warnings_of(faults, ref.provider, hashed.get("name"))
        self.changes.append(
            KeyChange(
                action,
                True,
                ref.provider,
                redacted_entry(hashed),
                differences=self.differences(old, hashed),
                rewritten=rewritten,
            )
        )
        return True

    def differences(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Difference, ...]:
        """The fields that differ, masked; none where nobody asked to see them, because they cost."""
        return tuple(differences(old, new)) if self.tells_differences else ()

    def warn(self, code: str, ref: EntryRef, message: str, hint: str = "") -> None:
        """Note what the gateway will do with the change of this key."""
        self.notices.append(Notice(code, message, hint, ref.provider, ref.name))

    def _refuse_web_changes(self, ref: EntryRef, old: Mapping[str, Any]) -> None:
        row = self.knowledge.row_of(ref.provider, name=ref.name, key_id=ref.id)
        fields = changed_in_web(old, row) if row is not None else ()
        if not fields:
            return
        listed = ", ".join(fields)
        if not self.overwrite_web:
            raise ConflictError(
                f"{label(ref)} was changed in the gateway's web page since ({listed}): "
                "this edit would bring the file's old values back",
                code="changed_in_web",
                hint="change it in the web page, or give --overwrite-web",
            )
        message = f"the next start replaces what the web page changed ({listed}) by the file's values"
        self.warn("web_changes_overwritten", ref, message)


def run_plan(
    store: Store,
    decide: Callable[[Plan], None],
    *,
    release: str | None,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Let ``decide`` make its changes in one transaction; any exception leaves the file as it is."""
    with store.transaction(dry_run=dry_run) as transaction:
        knowledge = learn(transaction.document, store, release=release)
        plan = Plan(transaction.document, knowledge, overwrite_web=overwrite_web)
        decide(plan)
        written = transaction.commit(plan.edit.apply())
    return ChangeReport(
        store.path,
        tuple(plan.changes),
        tuple(dict.fromkeys(plan.notices)),
        written.sha256_before,
        written.sha256_after,
        written.changed,
        dry_run,
    )


def without_hash(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry without its recorded hash, which says nothing about what the key is."""
    return {name: value for name, value in entry.items() if name != "config_hash"}


def merged(old: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with these fields; what says no more than its absence is taken out where it is new."""
    new = {**old, **fields}
    plain = without_defaults({name: new[name] for name in fields})
    return {
        name: plain.get(name, value) for name, value in new.items() if name not in fields or name in plain
    }
