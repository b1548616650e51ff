"""Find references to keys in other parts of the same file.

Virtual keys, projects and access profiles contain ids. (The gateway's documentation says names, but it does
not start if a name is not also the id.) ``*`` as the only item means all keys. Routing rules and pricing
overrides contain names or ids. Values of a wrong type are not references.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from bifrost_keys.gateway.fields.table import spelling
from bifrost_keys.gateway.rules.fault import Path

Kind = Literal["virtual-key", "target", "fallback", "override", "policy", "profile"]
# What a gateway does with a reference that does not resolve: it does not start, it does not use the object
# that contains the reference, or this is unknown, because only the enterprise edition reads it.
Dangling = Literal["stops", "unused", "unknown"]
ALL_KEYS = "*"


class Reference(NamedTuple):
    """A place that names a key; ``path`` leads from the top of the file to the text itself.

    ``provider`` is the provider that the key must belong to (None: any), compared ignoring case unless
    ``exact``. ``dangling`` says what happens if the reference does not resolve.
    """

    path: Path
    kind: Literal["name", "id"]
    provider: str | None
    target: str
    dangling: Dangling = "stops"
    exact: bool = False

    @property
    def checked(self) -> bool:
        """Whether the gateway does not start if the reference does not resolve."""
        return self.dangling == "stops"


class Referrer(NamedTuple):
    """An object of the file that may name keys."""

    kind: Kind
    path: Path
    data: Mapping[str, Any]

    def listed(self, name: str) -> list[Any]:
        """Return a list in the object; empty if it is absent or not a list."""
        value = self.data.get(spelling(self.data, name))
        return value if isinstance(value, list) else []

    def text(self, name: str) -> str:
        """Return a text in the object; empty if it is absent or not text."""
        value = self.data.get(spelling(self.data, name))
        return value if isinstance(value, str) else ""

    def path_of(self, name: str) -> Path:
        """Return the path of a member of the object, which need not exist."""
        return (*self.path, spelling(self.data, name))


class KnownKey(NamedTuple):
    """A key that a reference can resolve to, in the file or in the gateway's database."""

    provider: str
    name: str | None
    id: str | None


def find_referrers(top: Callable[[str], Any]) -> Iterator[Referrer]:
    """Yield every object that may name a key, in the order of the blocks.

    ``top`` returns a top-level value.
    """
    governance = top("governance"), ("governance",)
    for virtual in _members(*governance, "virtual_keys"):
        yield from _places("virtual-key", virtual, "provider_configs")
    for rule in _members(*governance, "routing_rules"):
        yield from _places("target", rule, "targets")
        yield from _places("fallback", rule, "fallbacks")
    for path, override in _members(*governance, "pricing_overrides"):
        yield Referrer("override", path, override)
    for path, project in _members(*governance, "projects"):
        yield from _places("profile", (path, project), "provider_configs")
    for policy, data in _members(top("circuit_breaker_config"), ("circuit_breaker_config",), "policies"):
        yield Referrer("policy", policy, data)
    for profile in _items(top("access_profiles"), ("access_profiles",)):
        yield from _places("profile", profile, "provider_configs")


def find_references(top: Callable[[str], Any]) -> list[Reference]:
    """Return every reference to a key; ``top`` returns the value of a top-level member of the file, or None.

    An empty text or ``*`` does not refer to a particular key and is omitted.
    """
    found = (reference for referrer in find_referrers(top) for reference in references_in(referrer))
    return [reference for reference in found if reference.target]


def references_in(place: Referrer) -> Iterator[Reference]:
    """Yield the references in one object."""
    provider = place.text("provider") or None
    if place.kind == "virtual-key":
        yield from _of_virtual_key(place, provider)
    elif place.kind in ("target", "fallback"):
        name = place.text("provider_key_name").strip()
        yield Reference(place.path_of("provider_key_name"), "name", provider, name)
        yield Reference(place.path_of("key_id"), "id", provider, place.text("key_id"), "unused")
    elif place.kind == "override":
        yield Reference(place.path_of("provider_key_name"), "name", None, place.text("provider_key_name"))
        key_id = place.text("provider_key_id")
        yield Reference(place.path_of("provider_key_id"), "id", None, key_id, "unused")
    elif place.kind == "policy":
        yield from _ids(place, "primary_key_ids", "unknown")
    else:
        yield from _ids(place, "key_ids", "unknown")


class References:
    """References to keys, indexed by the names and ids that they contain.

    ``where`` says where they are. ``without_key`` says what happens to all of them if the key is deleted;
    without it, each reference says so itself. ``unread`` says why they could not be read, and is empty if
    they were.
    """

    def __init__(
        self,
        references: Iterable[Reference],
        *,
        where: str = "elsewhere in the file",
        without_key: str = "",
        unread: str = "",
    ) -> None:
        self.where, self.without_key, self.unread = where, without_key, unread
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
        """Return the references to this key, in the order of the file.

        A reference by id is to the key with that id, whatever its name: a rename leaves it intact. An id that
        equals the key's name counts as its id.
        """
        targets = {target for target in (name, id) if target is not None}
        found = sorted(each for target in targets for each in self._by_target.get(target, ()))
        return [reference for _, reference in found if _leads_to(reference, provider, name, id)]


def unresolved(references: Iterable[Reference], keys: Iterable[KnownKey]) -> list[Reference]:
    """Return the references that match none of ``keys``, including those that the gateway does not check."""
    names: set[tuple[str | None, str]] = set()
    ids: set[tuple[str | None, str]] = set()
    for key in keys:
        for found, text in ((names, key.name), (ids, key.id)):
            if text is not None:
                found |= {(key.provider, text), (key.provider.lower(), text), (None, text)}
    return [
        reference
        for reference in references
        if (_provider(reference), reference.target) not in (names if reference.kind == "name" else ids)
    ]


def _provider(reference: Reference) -> str | None:
    return reference.provider if reference.exact or not reference.provider else reference.provider.lower()


def _leads_to(reference: Reference, provider: str, name: str | None, key_id: str | None) -> bool:
    if _provider(reference) not in (None, provider, provider.lower()):
        return False
    return reference.target == (name if reference.kind == "name" else key_id)


def _of_virtual_key(place: Referrer, provider: str | None) -> Iterator[Reference]:
    listed = list(_members(place.data, place.path, "keys"))
    if not isinstance(place.data.get(spelling(place.data, "keys")), list):
        yield from _ids(place, "key_ids", "stops")  # ignored if there are key ids
    for path, data in listed:
        key = Referrer(place.kind, path, data)
        # If both are given, the gateway uses the id.
        if key.text("key_id"):
            yield Reference(key.path_of("key_id"), "id", None, key.text("key_id"))
        else:
            yield Reference(key.path_of("name"), "name", provider, key.text("name"), exact=True)


def _ids(place: Referrer, name: str, dangling: Dangling) -> Iterator[Reference]:
    """Yield references by id; ids are looked up over all providers."""
    path = place.path_of(name)
    for index, target in enumerate(place.listed(name)):
        if isinstance(target, str) and target != ALL_KEYS:
            yield Reference((*path, index), "id", None, target, dangling)


def _places(kind: Kind, around: tuple[Path, Mapping[str, Any]], name: str) -> Iterator[Referrer]:
    path, data = around
    return (Referrer(kind, where, inner) for where, inner in _members(data, path, name))


def _members(data: Any, path: Path, name: str) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Yield the objects in the list ``data[name]``, each with its path."""
    if isinstance(data, Mapping):
        spelled = spelling(data, name)
        yield from _items(data.get(spelled), (*path, spelled))


def _items(listed: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for index, item in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(item, Mapping):
            yield (*path, index), item
