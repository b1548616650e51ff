"""Add a key to a provider."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bifrost_keys.errors import UsageError
from bifrost_keys.gateway.fields import CONFIG_BY_NAME
from bifrost_keys.gateway.key import new_entry, with_hash, with_options, without_defaults
from bifrost_keys.gateway.providers import Provider, built_in
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.rules.key import entry_faults, new_faults
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.differences import differences
from bifrost_keys.operations.gateway_state import learn
from bifrost_keys.operations.refusals import refuse_faults, together, warnings_of
from bifrost_keys.operations.results import ChangeReport, KeyChange, Notice
from bifrost_keys.operations.selectors import Place, find_provider
from bifrost_keys.operations.taken_names import Taken
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.protocol import Store


@dataclass(frozen=True)
class CreateRequest:
    """What to create: the fields given, in the form of the file; never shown, it holds the secret.

    ``own`` are fields of the provider's config object, whichever that is. ``faults`` are those that
    reading the input already found; they are reported with the others.
    """

    provider: str
    fields: Mapping[str, Any] = field(repr=False)
    new_id: str
    own: Mapping[str, Any] = field(default_factory=dict, repr=False)
    if_not_exists: bool = False
    overwrite_web: bool = False
    release: str | None = None
    faults: Sequence[Fault] = ()


def create_key(store: Store, request: CreateRequest, *, dry_run: bool = False) -> ChangeReport:
    """Append the key and its hash to the provider's keys, in one transaction.

    Raises NotFoundError for an unknown provider, InvalidInputError with every fault of the input at
    once, ConflictError for a name or id that the file or the gateway's database has.
    """
    judged = _refuse_early(store, request)
    # Decided before the lock is taken, which others wait for; under it again where the file is another.
    seen = store.peek()
    decision = _decide(seen, store, request, judged) if seen is not None else None
    with store.transaction(dry_run=dry_run) as transaction:
        if decision is None or transaction.document is not seen:
            decision = _decide(transaction.document, store, request, judged)
        written = transaction.commit(decision.after)
    return ChangeReport(
        store.path,
        (decision.change,),
        tuple(decision.notices),
        written.sha256_before,
        written.sha256_after,
        written.changed,
        dry_run,
    )


class _Decision(NamedTuple):
    """What becomes of a document, and what is told of it."""

    after: Document
    change: KeyChange
    notices: list[Notice]


def _decide(document: Document, store: Store, request: CreateRequest, judged: Provider | None) -> _Decision:
    """Decide on the file as it is in ``document``; ``judged`` are the rules that the key was judged by."""
    knowledge = learn(document, store, release=request.release)
    place = find_provider(document, request.provider, knowledge, overwrite_web=request.overwrite_web)
    taken = Taken.of(document, knowledge)
    entry, foreign = _entry(request, place.rules, lambda: taken.free_name(place.name))
    if place.rules is not judged:
        refuse_faults(together(request.faults, [*foreign, *new_faults(None, entry, place.rules)]))
    existing = taken.conflict(entry, place.name, document, same_provider=request.if_not_exists)
    if existing is not None:
        return _unchanged(document, existing, entry, request)
    hashed = with_hash(entry, knowledge.recipe)
    edit = document.edit()
    edit.append(place.name, hashed)
    faults = entry_faults(hashed, place.rules, empty_models_allow_all=document.empty_models_allow_all)
    notices = [
        *warnings_of(faults, place.name, entry["name"]),
        *first_provider_notice(document, place),
        *later_provider_notice(place),
    ]
    added = tuple(differences({}, hashed))
    change = KeyChange("created", True, place.name, redacted_entry(hashed), added)
    return _Decision(edit.apply(), change, notices)


def _entry(
    request: CreateRequest, rules: Provider, free_name: Callable[[], str]
) -> tuple[dict[str, Any], list[Fault]]:
    name = request.fields["name"] if "name" in request.fields else free_name()
    key_id = request.fields.get("id") or request.new_id
    fields, foreign = with_options(request.fields, request.own, rules)
    return new_entry(fields, key_id=key_id, name=name), foreign


def _refuse_early(store: Store, request: CreateRequest) -> Provider | None:
    """Refuse before the lock is taken what the file does not decide: a built-in provider's rules.

    Answers the rules that the key keeps; under whatever free name it gets, it keeps them too.
    """
    if request.if_not_exists and not {"name", "id"} & request.fields.keys():
        raise UsageError("--if-not-exists needs --name or --id", code="missing_name")
    rules = built_in(request.provider)
    if rules is None:
        return None
    entry, foreign = _entry(request, rules, lambda: rules.name)
    faults = together(request.faults, [*foreign, *new_faults(None, entry, rules)])
    if faults:
        refuse_provider(store, request.provider)
        refuse_faults(faults)
    return rules


def _unchanged(
    document: Document, ref: EntryRef, wanted: Mapping[str, Any], request: CreateRequest
) -> _Decision:
    there = document.load(ref)
    plain = without_defaults(there)
    config = wanted.keys() & CONFIG_BY_NAME.keys() if request.own else set()
    given = sorted({*request.fields, *config})
    differing = [member for member in given if not same(plain.get(member), wanted.get(member))]
    notices = []
    if differing:
        message = f"the key is there already and differs in {', '.join(differing)}: it was left as it is"
        notices.append(Notice("exists_differs", message, "keys update changes it", ref.provider, ref.name))
    return _Decision(document, KeyChange("unchanged", False, ref.provider, redacted_entry(there)), notices)


def refuse_provider(store: Store, provider: str) -> None:
    """Raise what is more basic than bad input: an unusable file, or a provider that is not there."""
    find_provider(store.read(), provider)


def needs_value(store: Store, provider: str) -> bool:
    """Whether a key of this provider is useless without a value; raises for an unusable file or provider."""
    return not find_provider(store.read(), provider).rules.value_optional


def first_provider_notice(document: Document, place: Place) -> list[Notice]:
    """What ends when a file gets its first provider: the gateway's own look for keys."""
    if document.providers:
        return []
    message = (
        "this is the file's first provider: the gateway no longer looks for keys such as OPENAI_API_KEY "
        "in its own environment"
    )
    return [Notice("environment_lookup_ends", message, "", place.name)]


def later_provider_notice(place: Place) -> list[Notice]:
    """A word about a provider that release 1.5.1 does not know."""
    if not place.rules.later:
        return []
    message = f"{place.name} is known to later releases of the gateway only, not to 1.5.1"
    return [Notice("later_release", message, "", place.name)]
