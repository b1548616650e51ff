"""Read what refers to keys at a gateway: virtual keys, routing rules and pricing overrides.

The list of virtual keys contains them unmasked, so only the members named here are taken from a response.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from bifrost_keys.errors import ServerUnusableError
from bifrost_keys.stores.gateway_api.session import Session

Place = Literal["virtual-key", "routing-rule", "pricing-override"]
_PAGE: Final = 100
_LISTS: Final[tuple[tuple[Place, str, str], ...]] = (
    ("virtual-key", "virtual-keys", "virtual_keys"),
    ("routing-rule", "routing-rules", "rules"),
    ("pricing-override", "pricing-overrides", "pricing_overrides"),
)


@dataclass(frozen=True)
class Reference:
    """Something at the gateway that names keys by their ids.

    ``every_key``: a virtual key that allows all keys of the provider, including future ones. Without that and
    without ids, a virtual key denies everything.
    """

    place: Place
    name: str
    provider: str | None
    key_ids: tuple[str, ...]
    every_key: bool = False


def read_references(session: Session) -> tuple[Reference, ...]:
    """Return every reference to keys; raise AccessDeniedError if the credential may not see them."""
    return tuple(
        reference
        for place, path, member in _LISTS
        for each in _pages(session, path, member)
        for reference in _references(place, each)
    )


def _pages(session: Session, path: str, member: str) -> Iterator[Mapping[str, Any]]:
    """Yield every entry of a list, which comes at once from the recorded releases, or page by page."""
    what = f"its {path.replace('-', ' ')}"
    address, seen = f"/api/governance/{path}", 0
    query = ""
    while True:
        answer = session.ask(address + query, what)
        entries = answer.get(member) if isinstance(answer, Mapping) else None
        if not isinstance(answer, Mapping) or not isinstance(entries, list | None):
            raise ServerUnusableError(
                f"the gateway's response to {what} is not a list", code="answer-not-json"
            )
        yield from (entry for entry in entries or () if isinstance(entry, Mapping))
        seen += len(entries or ())
        total = answer.get("total_count")
        if not entries or not isinstance(total, int) or seen >= total:
            return
        query = f"?limit={_PAGE}&offset={seen}"


def _references(place: Place, entry: Mapping[str, Any]) -> Iterator[Reference]:
    name = _text(entry.get("name")) or _text(entry.get("id")) or ""
    if place == "virtual-key":
        for config in _mappings(entry.get("provider_configs")):
            ids = tuple(
                key_id for key in _mappings(config.get("keys")) if (key_id := _text(key.get("key_id")))
            )
            every = config.get("allow_all_keys") is True or "keys" not in config
            yield Reference(place, name, _text(config.get("provider")), ids, every)
    elif place == "routing-rule":
        for target in (*_mappings(entry.get("targets")), *_mappings(entry.get("fallbacks"))):
            if key_id := _text(target.get("key_id")):
                yield Reference(place, name, _text(target.get("provider")), (key_id,))
    elif key_id := _text(entry.get("provider_key_id")):
        yield Reference(place, name, _text(entry.get("provider")), (key_id,))


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
