"""Find the provider or the key that a command names."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from bifrost_keys.errors import ConflictError, InvalidInputError, NotFoundError, UsageError
from bifrost_keys.gateway.providers.settings import destination, differing_destination
from bifrost_keys.gateway.providers.table import PROVIDERS, Provider, built_in, closest, is_keyless, rules_for
from bifrost_keys.gateway.secrets.detection import harmless, quoted_argument
from bifrost_keys.stores.protocol import Key, Snapshot

_LONGEST_PLACE: Final = 10
_WILDCARDS: Final = "*?["
_PATTERNS_ELSEWHERE: Final = "only enable, disable, update, externalize, export and test take patterns"


class TargetProvider(NamedTuple):
    """A provider to add keys to: its name as written, the rules for its keys, and whether it exists yet."""

    name: str
    rules: Provider
    exists: bool
    settings: Mapping[str, Any]


def find_provider(snapshot: Snapshot, name: str, wanted: Mapping[str, Any] | None = None) -> TargetProvider:
    """Return the provider of this name, ignoring case; a built-in one need not exist yet.

    ``wanted`` are the settings for a custom provider that does not exist. Raise NotFoundError with the
    nearest names, InvalidInputError for a keyless provider, ConflictError if its settings are different.
    """
    spelled = snapshot.provider_name(name)
    settings = snapshot.provider_settings(spelled) if spelled is not None else destination(wanted or {})
    if spelled is not None and (differing := differing_destination(wanted or {}, settings)):
        raise ConflictError(
            f"the provider {spelled} has other settings ({', '.join(differing)}): "
            "its keys would be sent to another address",
            code="provider-settings-differ",
            hint="change them in the file first, or omit them from the input",
        )
    rules = rules_for(spelled or name, settings)
    if rules is None:
        other = "see keys providers; a custom one needs --base-provider-type and --base-url"
        hint = _hint(name, _taking_keys(snapshot)) or other
        message = f"no provider named {quoted_argument(name)}"
        raise NotFoundError(message, code="provider-not-found", field="PROVIDER", hint=hint)
    if is_keyless(settings):
        raise InvalidInputError(
            f"the provider {spelled} is keyless: it takes no keys",
            code="provider-keyless",
            hint="is_key_less is set in its custom_provider_config",
        )
    return TargetProvider(spelled or name.lower(), rules, spelled is not None, settings)


def _hint(name: str, providers: Sequence[str]) -> str | None:
    """Return a hint with the provider that may be meant, None if there is none."""
    from bifrost_keys.gateway.providers.names import provider_hint  # only for errors

    return provider_hint(name, providers)


def _taking_keys(snapshot: Snapshot) -> list[str]:
    """Return the providers that a key can be added to: built-in ones, and custom ones of the snapshot."""
    there = {name: snapshot.provider_settings(name) for name in snapshot.providers}
    own = [name for name, body in there.items() if rules_for(name, body) and not is_keyless(body)]
    return [*own, *(name for name in PROVIDERS if snapshot.provider_name(name) is None)]


def existing_provider(snapshot: Snapshot, name: str) -> str:
    """Return the store's spelling of a provider; raise NotFoundError with the nearest names."""
    spelled = known_provider(snapshot, name)
    if spelled is None:
        hint = f"keys create {name.lower()} adds one"
        raise NotFoundError(
            f"{snapshot.source} has no keys of {name.lower()}", code="provider-not-found", hint=hint
        )
    return spelled


def known_provider(snapshot: Snapshot, name: str) -> str | None:
    """Return the store's spelling of a provider, None for a built-in one that it does not have.

    Raise NotFoundError with the nearest names.
    """
    spelled = snapshot.provider_name(name)
    if spelled is not None or built_in(name) is not None:
        return spelled
    keys = _matching(snapshot, [name])[name]
    hint = _hint(name, [*snapshot.providers, *PROVIDERS]) or "see keys providers"
    if keys:
        hint = f"keys get {keys[0].label} shows the key of that name"
    message = f"no provider named {quoted_argument(name)}"
    raise NotFoundError(message, code="provider-not-found", hint=hint)


def find_key(snapshot: Snapshot, selector: str) -> Key:
    """Return the one key that ``selector`` names: NAME, PROVIDER/NAME, PROVIDER/#2 or an id.

    Raise ConflictError listing the keys if several match, NotFoundError with the nearest names if none does.
    """
    provider, slash, name = selector.partition("/")
    if slash and snapshot.served:  # the other providers would need one request to the gateway each
        here = keys_named(snapshot, provider, name)
        if len(here) == 1:
            return here[0]
    return _only(snapshot, selector, _matching(snapshot, [selector])[selector])


def selected_keys(snapshot: Snapshot, names: Sequence[str]) -> Mapping[str, Sequence[Key]]:
    """Return the keys that these names select, by provider, in the order of the store; all without a name.

    A name is that of a provider or key, or a pattern. Raise NotFoundError with the nearest names.
    """
    whole, single = set(), set()
    for name in names:
        if "/" not in name and (built_in(name) is not None or snapshot.provider_name(name) is not None):
            whole.add(snapshot.provider_name(name))
            continue
        try:
            found = find_keys(snapshot, [name], patterns=True)
        except NotFoundError:
            bare = not {"/", *_WILDCARDS} & set(name)
            if bare and _hint(name, [*snapshot.providers, *PROVIDERS]):
                known_provider(snapshot, name)
            raise
        single |= {(key.provider, key.position) for key in found}
    selected = {}
    for provider in snapshot.providers:
        every = not names or provider in whole
        keys = [key for key in snapshot.keys(provider) if every or (provider, key.position) in single]
        if keys or (every and snapshot.has_keys(provider)):
            selected[provider] = keys
    return selected


def keys_named(snapshot: Snapshot, provider: str, name: str) -> list[Key]:
    """Return the keys of exactly this name at the provider; a sound file has at most one."""
    spelled = snapshot.provider_name(provider)
    return [key for key in snapshot.keys(spelled) if key.name == name] if spelled is not None else []


def find_keys(
    snapshot: Snapshot, selectors: Sequence[str], *, missing_allowed: bool = False, patterns: bool = False
) -> list[Key]:
    """Return the keys that these selectors name, each once; the error for missing ones names them all.

    With ``patterns``, a selector with ``*``, ``?`` or ``[…]`` that is not itself the name of a key selects
    every key whose name or ``provider/name`` it matches. Raise UsageError for a provider's name alone.
    """
    matching = _matching(snapshot, selectors)
    found: list[Key] = []
    missing: list[NotFoundError] = []
    for number, selector in enumerate(selectors, 1):
        if not matching[selector]:
            if patterns and (matched := _matching_pattern(snapshot, selector)):
                found += matched
                continue
            refuse_provider_name(snapshot, selector)
            if missing_allowed:
                continue
        try:
            found.append(_only(snapshot, selector, matching[selector], patterns=patterns))
        except NotFoundError as error:
            if len(selectors) > 1 and not harmless(selector):
                error.message += f" (name {number} of {len(selectors)})"
            missing.append(error)
    if len(missing) == 1:
        raise missing[0]
    if missing:
        message = f"{missing[0].message}; {'; '.join(error.message for error in missing[1:])}"
        hints = dict.fromkeys(error.hint for error in missing if error.hint)
        raise NotFoundError(message, code=missing[0].code, field="NAME", hint="; ".join(hints) or None)
    return list(dict.fromkeys(found))


def _matching_pattern(snapshot: Snapshot, pattern: str) -> list[Key]:
    if not set(_WILDCARDS) & set(pattern):
        return []
    return [
        key
        for key in snapshot.keys()
        if fnmatchcase(f"{key.provider}/{key.name or f'#{key.position + 1}'}", pattern)
        or (key.name and fnmatchcase(key.name, pattern))
    ]


def refuse_provider_name(snapshot: Snapshot, selector: str) -> None:
    """Raise UsageError if the selector is a provider's name instead of a key's."""
    if built_in(selector) or snapshot.provider_name(selector):
        raise UsageError(
            f"{selector} is the name of a provider, not of a key",
            code="provider-not-key",
            hint="name the key as PROVIDER/NAME",
        )


def _matching(snapshot: Snapshot, selectors: Sequence[str]) -> dict[str, list[Key]]:
    """Return the keys of each selector, reading the store only once."""
    found: dict[str, list[Key]] = {selector: [] for selector in selectors}
    qualified: dict[tuple[str, str | None], list[str]] = {}
    for selector in found:
        provider, slash, name = selector.partition("/")
        spelled = snapshot.provider_name(provider) if slash else None
        if spelled is not None:
            qualified.setdefault((spelled, name), []).append(selector)
    handles = {*found, *(name for _, name in qualified)}
    for key in snapshot.keys():
        place = None if key.name else f"#{key.position + 1}"
        if not (key.name in handles or key.id in handles or place in handles):
            continue
        named = qualified.get((key.provider, key.name or place), ())
        for selector in {key.name, key.id, *named}:
            if selector in found:
                found[selector].append(key)
    return found


def _missing_place(snapshot: Snapshot, provider: str, number: int) -> NotFoundError:
    """Return the error for PROVIDER/#N if no unnamed key is there."""
    spelled = snapshot.provider_name(provider)
    there = next((key for key in snapshot.keys(spelled) if key.position == number - 1), None)
    message, hint = f"{spelled} has no key #{number}", "keys list shows the keys"
    if there is not None:
        message, hint = f"{spelled} has no key without a name at #{number}", f"did you mean {there.label}?"
    return NotFoundError(message, code="key-not-found", field="NAME", hint=hint)


def _only(snapshot: Snapshot, selector: str, found: Sequence[Key], *, patterns: bool = False) -> Key:
    if len(found) == 1:
        return found[0]
    if found:
        listing = ", ".join(key.label for key in found)
        raise ConflictError(
            f"more than one key is named {quoted_argument(selector)}: {listing}",
            code="key-ambiguous",
            hint="name it PROVIDER/NAME, or by its id",
        )
    raise missing_key(snapshot, selector, patterns=patterns)


def missing_key(snapshot: Snapshot, selector: str, *, patterns: bool = False) -> NotFoundError:
    """Return the error for a key that does not exist, with the nearest names that do."""
    provider, _, place = selector.rpartition("/#")
    if (
        snapshot.provider_name(provider)
        and place.isascii()
        and place.isdigit()
        and len(place) < _LONGEST_PLACE
    ):
        return _missing_place(snapshot, provider, int(place))
    names = {key.name: key for key in snapshot.keys() if key.name}
    tails = (selector.rpartition(mark)[2] for mark in "/:.")
    found = next((found for tail in tails if (found := closest(tail, names))), [])
    near = [names[name].label for name in found]
    hint = f"did you mean {' or '.join(near)}?" if near else "keys list shows the keys"
    if not near and (built_in(selector) or snapshot.provider_name(selector)):
        hint = f"keys list {selector} shows the keys of that provider"
    if set(_WILDCARDS) & set(selector):
        plain = selector.translate(str.maketrans("", "", _WILDCARDS))
        message = f'no key matches "{selector}"' if harmless(plain) else "no key matches the pattern"
        hint = "keys list shows the keys" if patterns else _PATTERNS_ELSEWHERE
        return NotFoundError(message, code="key-not-found", field="NAME", hint=hint)
    message = f"no key named {quoted_argument(selector)}"
    return NotFoundError(message, code="key-not-found", field="NAME", hint=hint)
