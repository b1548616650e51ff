"""Add a key to a provider."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from bifrost_keys.errors import ConflictError, UsageError
from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME
from bifrost_keys.gateway.key import new_entry, with_options, without_defaults
from bifrost_keys.gateway.providers.table import Provider, built_in
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.rules.key import new_faults
from bifrost_keys.gateway.secrets.detection import quoted_argument
from bifrost_keys.gateway.secrets.redaction import redacted_entry
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.planning.name_index import NameIndex
from bifrost_keys.operations.planning.plan import Plan, make_change
from bifrost_keys.operations.planning.refusals import refuse_faults, together
from bifrost_keys.operations.results import ChangeReport, KeyChange
from bifrost_keys.operations.selectors import find_provider
from bifrost_keys.stores.protocol import Key, Notice, Store

_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class CreateRequest(NamedTuple):
    """The key to create, its fields as the file spells them. Never shown, because it contains the secret.

    ``own`` are the fields of the provider's config object; ``settings`` are those of a custom provider that
    is created with its first key. ``faults`` were found while the input was read and are reported with the
    others. Faults whose code is in ``allowed`` are warnings.
    """

    provider: str
    fields: Mapping[str, Any]
    new_id: str
    own: Mapping[str, Any] = _NONE
    settings: Mapping[str, Any] = _NONE
    if_not_exists: bool = False
    overwrite_web: bool = False
    faults: Sequence[Fault] = ()
    allowed: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"CreateRequest(provider={self.provider!r}, …)"


def create_key(store: Store, request: CreateRequest, *, dry_run: bool = False) -> ChangeReport:
    """Append the key to the provider's keys, in one transaction.

    Raise NotFoundError for an unknown provider, InvalidInputError with every fault of the input at once,
    ConflictError for a name or id that is taken.
    """
    _refuse_early(store, request)

    def decide(plan: Plan) -> None:
        plan.allowed = request.allowed
        place = find_provider(plan.snapshot, request.provider, request.settings)
        index = NameIndex(plan.snapshot)
        name = request.fields["name"] if "name" in request.fields else index.free_name(place.name)
        fields, foreign = _new_fields(request, place.rules, name)
        existing = _taken(index, fields, place.name, same_provider=request.if_not_exists)
        if existing is not None:
            refuse_faults(together(request.faults, foreign))
            _keep_existing(plan, existing, fields, request)
        else:
            plan.add(place, fields, read=[*request.faults, *foreign])

    return make_change(store, decide, overwrite_web=request.overwrite_web, dry_run=dry_run)


def _new_fields(request: CreateRequest, rules: Provider, name: str) -> tuple[dict[str, Any], list[Fault]]:
    fields, foreign = with_options(request.fields, request.own, rules)
    return new_entry(fields, key_id=request.fields.get("id") or request.new_id, name=name), foreign


def _refuse_early(store: Store, request: CreateRequest) -> None:
    """Refuse, before the lock is taken, what the rules of a built-in provider refuse."""
    if request.if_not_exists and not {"name", "id"} & request.fields.keys():
        raise UsageError("--if-not-exists needs --name or --id", code="name-or-id-missing")
    rules = built_in(request.provider)
    if rules is None:
        return
    # The name that the key gets by default is always a valid one.
    fields, foreign = _new_fields(request, rules, request.fields.get("name", rules.name))
    # With --if-not-exists the key may exist, and then needs no value; only the store knows.
    allowed = request.allowed | ({"value-missing"} if request.if_not_exists else set())
    found = [fault for fault in new_faults(None, fields, rules) if fault.code not in allowed]
    faults = together(request.faults, [*foreign, *found])
    if faults:
        refuse_provider(store, request.provider, request.settings)
        refuse_faults(faults)


def _taken(index: NameIndex, fields: Mapping[str, Any], provider: str, *, same_provider: bool) -> Key | None:
    """Raise ConflictError if the name or id is taken; return None if both are free.

    With ``same_provider``, return the key of this provider that has the name or id instead.
    """
    found = []
    for what, key in (("name", index.named(fields["name"])), ("id", index.with_id(fields["id"]))):
        if key is None:
            continue
        if same_provider and key.provider == provider:
            found.append(key)
            continue
        shown = f" {quoted_argument(fields[what])}" if what == "name" else ""
        raise ConflictError(
            f"the {what}{shown} is taken by {key.label}",
            code=f"{what}-taken",
            field=what,
            hint="choose another one, or change that key with keys update",
        )
    if len(found) > 1 and found[0] is not found[1]:
        message = "the name and the id belong to different keys"
        raise ConflictError(message, code="key-ambiguous", hint="give only one of them")
    return found[0] if found else None


def _keep_existing(plan: Plan, key: Key, wanted: Mapping[str, Any], request: CreateRequest) -> None:
    """Leave an existing key as it is, and warn if it differs."""
    plain = without_defaults(key.fields)
    config = wanted.keys() & CONFIG_BY_NAME.keys() if request.own else set()
    given = sorted({*request.fields, *config})
    differing = [member for member in given if not same(plain.get(member), wanted.get(member))]
    if differing:
        message = f"the key exists already and differs in {', '.join(differing)}: it was not changed"
        plan.notices.append(
            Notice("key-exists-differs", message, "keys update changes it", key.provider, key.handle)
        )
    redacted = redacted_entry(key.fields)
    plan.changes.append(KeyChange("unchanged", False, key.provider, redacted, position=key.position))


def refuse_provider(store: Store, provider: str, settings: Mapping[str, Any] | None = None) -> None:
    """Raise the error for an unusable file or an unknown provider, which goes before bad input."""
    find_provider(store.read(), provider, settings)


def needs_value(store: Store, request: CreateRequest) -> bool:
    """Return whether a key of the provider needs a value; raise if the file or provider is unusable."""
    return not find_provider(store.read(), request.provider, request.settings).rules.value_optional
