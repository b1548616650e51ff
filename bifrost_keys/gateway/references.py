"""References to keys from the ``governance`` block of the same file.

A virtual key's ``key_ids`` hold ids (the gateway's documentation says names, but a name stops it,
unless the id equals the name), ``*`` stands for all keys; routing rules and pricing overrides hold
names or ids. All but the ``key_id`` of a routing target are checked: one that does not resolve keeps
the gateway from starting. Values of a wrong type are no references: they are left to the gateway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from bifrost_keys.gateway.fields import spelling
from bifrost_keys.gateway.rules.fault import Path


class Reference(NamedTuple):
    """One place that names a key; ``path`` leads from the top of the file to the text itself.

    ``provider`` is the provider that the key must belong to (None: any). ``checked``: the gateway does
    not start when the reference does not resolve.
    """

    path: Path
    kind: Literal["name", "id"]
    provider: str | None
    target: str
    checked: bool


class KnownKey(NamedTuple):
    """What a reference can resolve to: a key of the file or of the gateway's database."""

    provider: str
    name: str | None
    id: str | None


def find_references(governance: Any) -> list[Reference]:
    """Every reference to a key in the parsed ``governance`` block, in the order of the file.

    Empty texts and ``*`` refer to no key in particular and are not among them.
    """
    return [
        reference
        for reference in (
            *_virtual_keys(governance),
            *_routing_rules(governance),
            *_pricing_overrides(governance),
        )
        if reference.target
    ]


class References:
    """References to keys, found by the names and ids that they hold."""

    def __init__(self, references: Iterable[Reference]) -> None:
        self._by_target: dict[str, list[tuple[int, Reference]]] = {}
        for place, reference in enumerate(references):
            self._by_target.setdefault(reference.target, []).append((place, reference))

    def to(
        self,
        *,
        provider: str,
        name: str | None,
        id: str | None = None,  # noqa: A002
    ) -> list[Reference]:
        """Those that lead to this key, in the order of the file; an id that equals its name counts as its id.

        A reference by id leads to the key by its id alone: a rename leaves it intact.
        """
        targets = {target for target in (name, id) if target is not None}
        found = sorted(each for target in targets for each in self._by_target.get(target, ()))
        return [reference for _, reference in found if _leads_to(reference, provider, name, id)]


def unresolved(references: Iterable[Reference], keys: Iterable[KnownKey]) -> list[Reference]:
    """The references that lead to none of ``keys``, those that the gateway does not check included."""
    names: set[tuple[str | None, str]] = set()
    ids: set[tuple[str | None, str]] = set()
    for key in keys:
        for found, text in ((names, key.name), (ids, key.id)):
            if text is not None:
                found.add((key.provider.lower(), text))
                found.add((None, text))
    return [
        reference
        for reference in references
        if (reference.provider and reference.provider.lower(), reference.target)
        not in (names if reference.kind == "name" else ids)
    ]


def _leads_to(reference: Reference, provider: str, name: str | None, key_id: str | None) -> bool:
    if reference.provider is not None and reference.provider.lower() != provider.lower():
        return False
    return reference.target == (name if reference.kind == "name" else key_id)


def _virtual_keys(governance: Any) -> Iterator[Reference]:
    for path, virtual in _members(governance, ("governance",), "virtual_keys"):
        for where, config in _members(virtual, path, "provider_configs"):
            provider = _text(config, "provider")[1] or None
            for place, target in _items(config, where, "key_ids"):
                if isinstance(target, str) and target != "*":
                    yield Reference(place, "id", provider, target, checked=True)
            for place, key in _members(config, where, "keys"):
                # Where a key has both, the gateway looks at the id.
                by_id = _reference(key, place, "key_id", "id", provider)
                yield by_id if by_id.target else _reference(key, place, "name", "name", provider)


def _routing_rules(governance: Any) -> Iterator[Reference]:
    for path, rule in _members(governance, ("governance",), "routing_rules"):
        for where, target in _members(rule, path, "targets"):
            provider = _text(target, "provider")[1] or None
            yield _reference(target, where, "provider_key_name", "name", provider)
            yield _reference(target, where, "key_id", "id", provider)._replace(checked=False)


def _pricing_overrides(governance: Any) -> Iterator[Reference]:
    for path, override in _members(governance, ("governance",), "pricing_overrides"):
        yield _reference(override, path, "provider_key_name", "name", None)
        yield _reference(override, path, "provider_key_id", "id", None)


def _reference(
    data: Mapping[str, Any], path: Path, name: str, kind: Literal["name", "id"], provider: str | None
) -> Reference:
    spelled, target = _text(data, name)
    return Reference((*path, spelled), kind, provider, target, checked=True)


def _members(data: Any, path: Path, name: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The objects in the list ``data[name]``, each with its path."""
    for place, item in _items(data, path, name):
        if isinstance(item, Mapping):
            yield place, item


def _items(data: Any, path: Path, name: str) -> Iterator[tuple[Path, Any]]:
    spelled = spelling(data, name) if isinstance(data, Mapping) else name
    listed = data.get(spelled) if isinstance(data, Mapping) else None
    if isinstance(listed, list):
        for index, item in enumerate(listed):
            yield (*path, spelled, index), item


def _text(data: Mapping[str, Any], name: str) -> tuple[str, str]:
    """How the field is spelled and its text; empty when it is absent or no text."""
    spelled = spelling(data, name)
    value = data.get(spelled)
    return spelled, value if isinstance(value, str) else ""
