"""Change fields of a key, for update, set and rotate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bifrost_keys.errors import ConflictError, UsageError
from bifrost_keys.gateway.desired_state import DesiredKey, without_masks
from bifrost_keys.gateway.fields.table import CONFIG_BY_NAME, CONFIG_OBJECTS
from bifrost_keys.gateway.hashing.key_hash import has_hash
from bifrost_keys.gateway.key import combined, with_options, without_defaults
from bifrost_keys.gateway.providers.table import Provider
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.jsontext.equality import same
from bifrost_keys.operations.clear import clear_field
from bifrost_keys.operations.create import CreateRequest, create_key
from bifrost_keys.operations.planning.plan import Plan, make_change
from bifrost_keys.operations.results import Action, ChangeReport
from bifrost_keys.operations.selectors import find_keys, keys_named
from bifrost_keys.stores.protocol import Key, Notice, Snapshot, Store

_MOST_NAMES: Final = 20


@dataclass(frozen=True)
class Patch:
    """The fields to change, as the file spells them. Never shown, because it may contain a secret.

    ``own`` are fields of the provider's config object. ``add_models``, ``remove_models``, ``add_aliases`` and
    ``remove_aliases`` change the lists; ``clear`` names optional fields to remove. ``if_hash`` is the hash
    that the key must still have. ``faults`` were found while the input was read. ``body`` are the names of
    the fields from a request body: what the key shows there already, also masked, changes nothing.
    """

    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)
    own: Mapping[str, Any] = field(default_factory=dict, repr=False)
    add_models: Sequence[str] = ()
    remove_models: Sequence[str] = ()
    add_aliases: Mapping[str, str] = field(default_factory=dict)
    remove_aliases: Sequence[str] = ()
    clear: Sequence[str] = ()
    if_hash: str | None = None
    faults: Sequence[Fault] = ()
    body: frozenset[str] = frozenset()

    @property
    def given(self) -> frozenset[str]:
        """The names of the fields that get a value, and of the objects around and the members inside them."""
        models = {"models"} if self.add_models or self.remove_models else set()
        aliases = {"aliases"} if self.add_aliases or self.remove_aliases else set()
        around = {config.name for config in CONFIG_OBJECTS if any(map(config.field, self.own))}
        within = {name for value in self.fields.values() if isinstance(value, Mapping) for name in value}
        return frozenset({*self.fields, *self.own, *models, *aliases, *around, *within})

    @property
    def empty(self) -> bool:
        """Whether the patch changes nothing."""
        models, aliases = (self.add_models, self.remove_models), (self.add_aliases, self.remove_aliases)
        return not (self.fields or self.own or any(models) or any(aliases) or self.clear)


def update_key(
    store: Store,
    selector: str,
    patch: Patch,
    *,
    action: Action = "updated",
    patterns: bool = True,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Change only the given fields, of the key that ``selector`` names or the keys that it matches.

    ``action`` is the name of the change in the report. Without ``patterns``, the selector names a single key.
    Raise NotFoundError, ConflictError (ambiguous, changed since ``if_hash``, changed in the web UI),
    InvalidInputError with every fault that the change would cause, UsageError for a field that is both given
    and cleared.
    """
    both = patch.given & {name.replace("-", "_").rpartition(".")[2] for name in patch.clear}
    if both:
        message = f"--clear {min(both)} contradicts an option that sets the field"
        raise UsageError(
            message, code="field-given-and-cleared", field="--clear", hint="leave one of them out"
        )
    if patch.empty and not patch.faults:
        raise UsageError("no field to change was given", code="change-missing", hint="see keys update --help")

    def decide(plan: Plan) -> None:
        keys = find_keys(plan.snapshot, [selector], patterns=patterns)
        shared = len(keys) > 1 and bool(patch.fields.get("value"))
        plan.warns_of_shared_secrets = not shared  # one warning for all of them
        for key in keys:
            apply_patch(plan, key, patch, action=action)
        if shared:
            plan.notices.append(_shared_secret(keys))

    return make_change(store, decide, overwrite_web=overwrite_web, dry_run=dry_run)


def rotate_key(
    store: Store,
    selector: str,
    value: str,
    *,
    overwrite_web: bool = False,
    dry_run: bool = False,
) -> ChangeReport:
    """Give one key a new secret, and change nothing else. It takes no pattern: no two keys share a secret."""
    return update_key(
        store,
        selector,
        Patch({"value": value}),
        action="rotated",
        patterns=False,
        overwrite_web=overwrite_web,
        dry_run=dry_run,
    )


def set_key(store: Store, request: CreateRequest, patch: Patch, *, dry_run: bool = False) -> ChangeReport:
    """Update the key that ``request`` names, or create it if it does not exist.

    Raise what update_key and create_key raise, and ConflictError if two keys have the name, or if the key
    disappears between the first read and the lock.
    """
    provider, name = request.provider, request.fields["name"]
    if not keys_named(store.read(), provider, name):
        return create_key(store, request, dry_run=dry_run)

    def decide(plan: Plan) -> None:
        keys = keys_named(plan.snapshot, provider, name)
        if not keys:
            raise ConflictError("the key was deleted in the meantime", code="key-gone", hint="try again")
        if len(keys) > 1:
            raise ConflictError("two keys have this name", code="key-ambiguous", hint="see keys check")
        apply_patch(plan, keys[0], patch)

    return make_change(store, decide, overwrite_web=request.overwrite_web, dry_run=dry_run)


def apply_patch(plan: Plan, key: Key, patch: Patch, *, action: Action = "updated") -> bool:
    """Add the patched key to the plan; return whether anything changes."""
    if patch.body:
        patch = replace(patch, fields=_without_shown(patch, key.fields))
    new, faults = patched(key.fields, patch, plan.rules(key.provider))
    faults += [*patch.faults]
    if "id" in patch.fields and key.fields.get("id") not in (None, "", patch.fields["id"]):
        message = "is already set: references may contain it, and the gateway keeps the old one"
        faults.append(Fault("id-fixed", ("id",), "error", message, "omit it"))
    plan.judge(key, new, read=faults)
    if patch.if_hash is not None:
        _refuse_other_hash(plan.snapshot, key, patch.if_hash)
    _refuse_taken_id(plan.snapshot, key, new)
    return plan.put(key, new, action=action)


def _without_shown(patch: Patch, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields without those of a body that ``get -o json`` prints of the entry."""
    body = {name: value for name, value in patch.fields.items() if name in patch.body}
    kept = without_masks(DesiredKey((), body).differing(entry), entry)
    return {
        name: kept.get(name, value)
        for name, value in patch.fields.items()
        if name not in body or name in kept
    }


def patched(
    old: Mapping[str, Any], patch: Patch, rules: Provider | None
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the patched entry, and the faults of the patch itself."""
    fields = dict(patch.fields)
    for name in CONFIG_BY_NAME.keys() & fields.keys():
        fields[name] = combined(old.get(name), fields[name], CONFIG_BY_NAME[name].fields)
    new = _merged(old, fields)
    faults: list[Fault] = []
    if patch.own and rules is not None:
        required = {each.name for each in rules.config.fields if each.required} if rules.config else set()
        own = {
            name: None if value == "" and name not in required else value for name, value in patch.own.items()
        }
        new, faults = with_options(new, own, rules)
    faults += _wildcard_faults(new, patch)
    new = _with_aliases(_with_models(new, patch), patch)
    cleared = [clear_field(new, name, rules) for name in patch.clear]
    return new, faults + [fault for fault in cleared if fault is not None]


def _wildcard_faults(entry: Mapping[str, Any], patch: Patch) -> list[Fault]:
    """Return a fault if a model is added to a key that already serves every model."""
    listed = entry.get("models")
    if (
        not isinstance(listed, list)
        or "*" not in listed
        or "*" in patch.remove_models
        or not patch.add_models
    ):
        return []
    hint = "to limit the key, replace the list with --model"
    return [Fault("model-wildcard-mixed", ("models",), "error", "allows every model already", hint)]


def _with_models(entry: dict[str, Any], patch: Patch) -> dict[str, Any]:
    if not (patch.add_models or patch.remove_models):
        return entry
    listed = entry.get("models")
    models = [model for model in listed if isinstance(model, str)] if isinstance(listed, list) else []
    removed = {model.lower() for model in patch.remove_models}
    models = [model for model in models if model.lower() not in removed]
    have = {model.lower() for model in models}
    models += [model for model in patch.add_models if model.lower() not in have]
    return {**entry, "models": models}


def _with_aliases(entry: dict[str, Any], patch: Patch) -> dict[str, Any]:
    """Return the entry with the aliases changed. Names that differ only in case are one to the gateway."""
    had = entry.get("aliases")
    aliases = {**had} if isinstance(had, Mapping) else {}
    gone = {name.lower() for name in (*patch.add_aliases, *patch.remove_aliases)}
    kept = {n: target for n, target in aliases.items() if n.lower() not in gone or n in patch.add_aliases}
    changed = {**kept, **patch.add_aliases}
    return entry if changed == aliases else _merged(entry, {"aliases": changed})


def _shared_secret(keys: Sequence[Key]) -> Notice:
    names = ", ".join(key.label for key in keys[:_MOST_NAMES])
    more = f" and {len(keys) - _MOST_NAMES} more" if len(keys) > _MOST_NAMES else ""
    hint = "give each key a secret of its own: keys rotate PROVIDER/NAME"
    return Notice("value-duplicate", f"{len(keys)} keys have one secret now: {names}{more}", hint)


def _refuse_other_hash(snapshot: Snapshot, key: Key, wanted: str) -> None:
    empty_is_all = snapshot.empty_models_allow_all
    if not has_hash(key.fields, wanted.strip().lower(), empty_models_allow_all=empty_is_all):
        raise ConflictError(
            f"{key.label} has changed: its hash is different",
            code="hash-differs",
            field="--if-hash",
            hint="keys get shows the key, keys hash its hash",
        )


def _refuse_taken_id(snapshot: Snapshot, key: Key, new: Mapping[str, Any]) -> None:
    key_id = new.get("id")
    if not key_id or key_id == key.id:
        return
    holder = next((other for other in snapshot.keys() if other.id == key_id), None)
    if holder is not None:
        message = f"the id is taken by {holder.label}"
        raise ConflictError(message, code="id-taken", field="id", hint="choose another id")


def _merged(old: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the key with these fields, without new ones that only repeat a default."""
    given = {name: value for name, value in fields.items() if name not in old or not same(old[name], value)}
    plain = without_defaults(given)
    new = {**old, **given}
    return {name: plain.get(name, value) for name, value in new.items() if name not in given or name in plain}
