"""Finding what a command names: a provider, a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from bifrost_keys.errors import ConflictError, InvalidInputError, NotFoundError
from bifrost_keys.gateway.providers import PROVIDERS, Provider, built_in, closest, is_keyless, rules_for
from bifrost_keys.operations.gateway_state import Knowledge
from bifrost_keys.stores.config_file.document import Document, EntryRef


class Place(NamedTuple):
    """A provider to work on: the name to write, the rules for its keys, and whether the file has it."""

    name: str
    rules: Provider
    exists: bool
    settings: dict[str, Any]


def find_provider(
    document: Document, name: str, knowledge: Knowledge | None = None, *, overwrite_web: bool = False
) -> Place:
    """The provider of this name, ignoring case; a built-in one need not be in the file yet.

    Raises NotFoundError with the nearest names; ConflictError when only the gateway's database knows it
    and ``overwrite_web`` is not set, because the next start would erase what was set up there.
    """
    spelled = document.provider_name(name)
    settings = document.provider_settings(spelled) if spelled is not None else {}
    rules = rules_for(spelled or name, settings)
    known_there = knowledge is not None and name.lower() in {
        other.lower() for other in knowledge.database.providers
    }
    if spelled is None and known_there and not overwrite_web:
        raise ConflictError(
            f"the provider {name.lower()} was set up in the gateway's web page and is not in this file: "
            "the next start would erase its base URL, headers and proxy settings",
            code="provider_in_database",
            hint="add the key in the web page, or give --overwrite-web",
        )
    if rules is None:
        near = closest(name, [*document.providers, *PROVIDERS])
        other = "see keys providers; one of your own needs its custom_provider_config in the file first"
        hint = f"did you mean {' or '.join(near)}?" if near else other
        raise NotFoundError("no such provider", code="provider_not_found", field="PROVIDER", hint=hint)
    if is_keyless(settings):
        raise InvalidInputError(
            f"the provider {spelled} is keyless: it takes no keys",
            code="provider_keyless",
            hint="its custom_provider_config says is_key_less",
        )
    return Place(spelled or name.lower(), rules, spelled is not None, settings)


def find_key(document: Document, selector: str) -> EntryRef:
    """The one key that ``selector`` names: NAME, PROVIDER/NAME or an id.

    Raises ConflictError listing them when several match, NotFoundError with the nearest names when
    none does.
    """
    return _only(document, selector, _answering(document, [selector])[selector])


def keys_named(document: Document, provider: str, name: str) -> list[EntryRef]:
    """The keys of exactly this name at the provider; in a sound file at most one."""
    spelled = document.provider_name(provider)
    return [ref for ref in document.entries(spelled) if ref.name == name] if spelled is not None else []


def holder_of_id(document: Document, key_id: str) -> EntryRef | None:
    """The first key of the file that has this id."""
    return next((ref for ref in document.all_entries() if ref.id == key_id), None)


def find_each(
    document: Document, selectors: Sequence[str], *, missing_allowed: bool = False
) -> list[EntryRef]:
    """The keys that these selectors name, each once; of a missing one the error tells which it is."""
    answering = _answering(document, selectors)
    found = []
    for number, selector in enumerate(selectors, 1):
        if missing_allowed and not answering[selector]:
            continue
        try:
            found.append(_only(document, selector, answering[selector]))
        except NotFoundError as error:
            if len(selectors) > 1:
                error.message += f" (name {number} of {len(selectors)})"
            raise
    return list(dict.fromkeys(found))


def _answering(document: Document, selectors: Sequence[str]) -> dict[str, list[EntryRef]]:
    """The keys that answer to each of the selectors: one look at the file, however many they are."""
    found: dict[str, list[EntryRef]] = {selector: [] for selector in selectors}
    qualified: dict[tuple[str, str | None], list[str]] = {}
    for selector in found:
        provider, slash, name = selector.partition("/")
        spelled = document.provider_name(provider) if slash else None
        if spelled is not None:
            qualified.setdefault((spelled, name), []).append(selector)
    handles = {*found, *(name for _, name in qualified)}
    for ref in document.all_entries():
        if ref.name not in handles and ref.id not in handles:  # as nearly all of many
            continue
        for selector in {ref.name, ref.id, *qualified.get((ref.provider, ref.name), ())}:
            if selector in found:
                found[selector].append(ref)
    return found


def _only(document: Document, selector: str, found: Sequence[EntryRef]) -> EntryRef:
    if len(found) == 1:
        return found[0]
    if found:
        listing = ", ".join(label(ref) for ref in found)
        raise ConflictError(
            f"more than one key answers to that: {listing}",
            code="ambiguous_key",
            hint="name it PROVIDER/NAME, or by its id",
        )
    raise missing_key(document, selector)


def missing_key(document: Document, selector: str) -> NotFoundError:
    """The error for a key that is not there: it suggests names of the file and repeats nothing else."""
    names = {ref.name: ref for ref in document.all_entries() if ref.name}
    near = [label(names[name]) for name in closest(selector.rpartition("/")[2], names)]
    hint = f"did you mean {' or '.join(near)}?" if near else "keys list shows the keys"
    return NotFoundError("no such key", code="key_not_found", field="NAME", hint=hint)


def label(ref: EntryRef) -> str:
    """How a key is named in messages: ``provider/name``."""
    return f"{ref.provider}/{ref.name if ref.name is not None else ref.id or f'#{ref.index + 1}'}"


def existing_provider(document: Document, name: str) -> str:
    """The file's spelling of a provider; raises NotFoundError with the nearest names."""
    spelled = document.provider_name(name)
    if spelled is not None:
        return spelled
    if built_in(name) is not None:
        hint = f"keys create {name.lower()} adds one"
        raise NotFoundError("the file has no such provider", code="provider_not_found", hint=hint)
    near = closest(name, document.providers)
    hint = f"did you mean {' or '.join(near)}?" if near else "see keys providers"
    raise NotFoundError("no such provider", code="provider_not_found", hint=hint)
