"""Explain which keys the gateway may use for a model, how often, and why it does not use the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bifrost_keys.errors import InvalidInputError, NotFoundError
from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.models.names import folded, pattern_of
from bifrost_keys.gateway.models.routing import is_listed, may_serve, only_model, target_of
from bifrost_keys.gateway.providers.table import Provider, closest, is_keyless, rules_for
from bifrost_keys.gateway.secrets.detection import quoted_argument
from bifrost_keys.gateway.secrets.masking import shown_id, shown_name
from bifrost_keys.gateway.unused import ADDRESSES, Rule, alias_rule, key_rule, provider_rule
from bifrost_keys.operations.selectors import existing_provider
from bifrost_keys.stores.protocol import Key, Snapshot


class Candidate(NamedTuple):
    """A key that may be drawn.

    ``share`` is in percent; the provider is asked for the model ``target``.
    """

    name: str
    id: str
    weight: float
    share: float
    target: str


class Exclusion(NamedTuple):
    """A key that is not used, and why; ``rule`` is a stable code."""

    name: str
    id: str
    rule: str
    reason: str


class _Usable(NamedTuple):
    """A key that may be drawn, and what is needed of its entry for that."""

    key: Key
    weight: float
    target: str


class Explanation(NamedTuple):
    """The keys of one provider for one model, in the order of the file.

    ``keyless``: the provider is called without a key. ``even``: every weight counts as 0, so that each
    candidate is drawn equally often.
    """

    provider: str
    model: str
    batch: bool
    keyless: bool
    even: bool
    candidates: tuple[Candidate, ...]
    excluded: tuple[Exclusion, ...]


def explain(snapshot: Snapshot, provider: str, model: str, *, batch: bool = False) -> Explanation:
    """Return the keys that may serve ``model``; with ``batch``, for batch and file requests.

    Raise NotFoundError with the nearest names for a provider that the file does not have, and for a model
    that no key names if no key takes every model; InvalidInputError for an empty model.
    """
    if snapshot.provider_name(provider) is None and snapshot.provider_name(model) is not None:
        message = f"no provider named {quoted_argument(provider)}"
        hint = "the provider comes first: keys explain PROVIDER MODEL"
        raise NotFoundError(message, code="provider-not-found", hint=hint)
    spelled = existing_provider(snapshot, provider)
    if not model.strip():
        raise InvalidInputError("the name of the model is empty", code="model-empty", field="MODEL")
    settings = snapshot.provider_settings(spelled)
    if is_keyless(settings):
        return Explanation(shown_name(spelled), shown_name(model), batch, True, False, (), ())
    rules = rules_for(spelled, settings)
    empty_is_all = snapshot.empty_models_allow_all
    drops = rules is None or snapshot.drops_providers
    whole = provider_rule(spelled, settings) if drops else None
    usable: list[_Usable] = []
    excluded: dict[int, Exclusion] = {}
    for key, fields in _entries(snapshot, spelled):
        whole = whole or (alias_rule([(key.label, fields)], rules) if drops else None)
        if whole is not None:
            every = tuple(Exclusion(*_handles(each), *whole) for each in snapshot.keys(spelled))
            return Explanation(shown_name(spelled), shown_name(model), batch, False, False, (), every)
        decided = _unset(snapshot.unresolved(key), rules) or _excluding(
            fields, rules, model, batch=batch, empty_is_all=empty_is_all
        )
        if decided is None:
            usable.append(_Usable(key, _weight(fields), shown_name(target_of(fields, model))))
        else:
            excluded[key.position] = Exclusion(*_handles(key), *decided)
    if not usable:
        _refuse_unknown(model, _entries(snapshot, spelled), rules, empty_is_all=empty_is_all)
    total = sum(_hundredths(each.weight) for each in usable)
    candidates = []
    for key, weight, target in usable:
        drawn = _hundredths(weight)
        if total and not drawn:
            reason = f"its weight {weight:g} counts as 0: it is drawn only when every weight is 0"
            excluded[key.position] = Exclusion(*_handles(key), "weight", reason)
            continue
        share = 100 * drawn / total if total else 100 / len(usable)
        candidates.append(Candidate(*_handles(key), weight, share, target))
    ordered = tuple(excluded[index] for index in sorted(excluded))
    spelled, model = shown_name(spelled), shown_name(model)
    return Explanation(spelled, model, batch, False, bool(usable) and not total, tuple(candidates), ordered)


def _handles(key: Key) -> tuple[str, str]:
    """Return the key's selector at its provider, and its id, in a form that may be printed."""
    return key.handle, shown_id(key.id or "")


def _entries(snapshot: Snapshot, provider: str) -> Iterator[tuple[Key, dict[str, Any]]]:
    return ((key, as_gateway_reads(key.read())) for key in snapshot.keys(provider))


def _unset(members: Sequence[str], rules: Provider | None) -> Rule | None:
    """Return why the key's value or the address of its server is empty, None if both are set."""
    for name in members:
        if name == "value" and not (rules is not None and rules.value_optional):
            return Rule("value", "the variable that its value refers to is not set at the gateway")
        if name.rpartition(".")[2] in ADDRESSES:
            return Rule("config", f"the variable that {name} refers to is not set at the gateway")
    return None


def _excluding(
    key: Mapping[str, Any], rules: Provider | None, model: str, *, batch: bool, empty_is_all: bool
) -> tuple[str, str] | None:
    """Return the rule that excludes the key and why; None if it may be used."""
    if key.get("enabled") is False:
        return "disabled", "it is disabled"
    if batch and key.get("use_for_batch_api") is not True:
        return "batch", "it is not for batch and file requests (use_for_batch_api)"
    if (unused := key_rule(key, rules)) is not None:
        return unused
    only = only_model(key, rules)
    if only not in (None, model):
        return "vllm-model", f"it serves {only} (model_name) and nothing else"
    return _lists(key, model, rules, empty_is_all=empty_is_all)


def _lists(
    key: Mapping[str, Any], model: str, rules: Provider | None, *, empty_is_all: bool
) -> tuple[str, str] | None:
    """Return the exclusion by whitelist or blacklist. Both list names as in requests, not alias targets."""
    blocked, allowed = key.get("blacklisted_models"), key.get("models")
    if "*" in _texts(blocked):
        return "blacklist", "blacklisted_models blocks every model"
    if is_listed(blocked, model):
        return "blacklist", "blacklisted_models blocks the model"
    answer = may_serve(key, model, rules, empty_is_all=empty_is_all)
    if answer is None:
        return "pattern", "whether its patterns (regex:) match the model cannot be decided here"
    if answer:
        return None
    if not _texts(allowed):
        what = "is empty" if "models" in key else "is missing"
        return "whitelist", f"models {what}: it serves no model"
    target = target_of(key, model)
    if target != model and is_listed(allowed, target):
        return "alias", f"models contains {target}, but requests name its alias, which is not in models"
    return "whitelist", "the model is not in models"


def _refuse_unknown(
    model: str, keys: Iterable[tuple[Key, dict[str, Any]]], rules: Provider | None, *, empty_is_all: bool
) -> None:
    """Raise NotFoundError if no key takes every model and none names this one."""
    named: set[str] = set()
    for _, key in keys:
        only, models = only_model(key, rules), _texts(key.get("models"))
        if only is None and ("*" in models or (not models and empty_is_all)):
            return
        names = {only} if only is not None else set(models)
        aliases = key.get("aliases")
        mentioned = [*names, *_texts(key.get("blacklisted_models"))]
        mentioned += aliases if isinstance(aliases, Mapping) else ()
        if any(map(pattern_of, names)) or folded(model) in map(folded, mentioned):
            return
        if only is None:
            named |= _unblocked(names, _texts(key.get("blacklisted_models")))
        elif may_serve(key, only, rules, empty_is_all=empty_is_all):
            named.add(only)
    if not named:
        return
    near = closest(model, named)
    some = near or sorted(named)[:3]
    hint = f"did you mean {' or '.join(near)}?" if near else f"they name {', '.join(map(shown_name, some))}"
    message = "no key of this provider names this model, and none takes every model"
    raise NotFoundError(message, code="model-not-found", field="MODEL", hint=hint)


def _unblocked(names: set[str], blocked: list[str]) -> set[str]:
    """Return the names that a blacklist does not contain, as far as that can be determined here."""
    exactly = set(map(folded, blocked))
    patterns = [entry for entry in blocked if entry == "*" or pattern_of(entry) is not None]
    return {name for name in names if folded(name) not in exactly and is_listed(patterns, name) is False}


def _weight(key: Mapping[str, Any]) -> float:
    weight = key.get("weight", 0)
    return weight if isinstance(weight, (int, float)) and not isinstance(weight, bool) else 0


def _hundredths(weight: float) -> int:
    """Return the weight as the gateway draws it, cut to whole hundredths."""
    return max(0, weight * 100 if isinstance(weight, int) else int(min(weight, 1e300) * 100))


def _texts(listed: Any) -> list[str]:
    return [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else []
