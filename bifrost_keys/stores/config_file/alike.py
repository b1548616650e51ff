"""Loads the keys of a text one after the other; of those that are alike only what differs is read.

In a large file most keys differ in what each has for itself alone: its name, id, secret and recorded
hash. A pattern made from one of them takes another apart. Where the texts of all its other members have
been seen together before they need not be parsed again, nor judged, nor hashed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from bifrost_keys.gateway.fields import OWN_FIELDS, fold
from bifrost_keys.jsontext.memory import Memory
from bifrost_keys.jsontext.scanner import value_at
from bifrost_keys.stores.config_file.layout import ProviderSpan
from bifrost_keys.stores.config_file.plain_entries import Shapes, likeness


class Rest:
    """Stands for all members of a key but its own: where it is the same object, they are the same."""

    __slots__ = ()


class Loaded(NamedTuple):
    """One key, as ``EntryRef`` tells of it, with its members.

    ``rest`` is the same for keys that differ in ``fields.OWN_FIELDS`` alone, None where that is not known.
    Members that are lists or objects may be the very ones of another key: they are not to be changed.
    """

    provider: str
    place: int
    start: int
    end: int
    name: str | None
    id: str | None
    entry: Mapping[str, Any]
    rest: Rest | None


def load_keys(text: str, spans: Iterable[ProviderSpan]) -> Iterator[Loaded]:
    """The keys of these providers of the text, in its order; what is no object is passed over."""
    loader = _Loader(text)
    for span in spans:
        keys = span.keys
        if keys is None:
            continue
        found = zip(keys.starts, keys.ends, keys.names, keys.ids, strict=True)
        for place, (start, end, name, id_) in enumerate(found):
            if place not in keys.skipped:
                yield Loaded(span.name, place, start, end, name, id_, *loader.load(start, end))


class _Loader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._shapes = Shapes(_shape)

    def load(self, start: int, end: int) -> tuple[dict[str, Any], Rest | None]:
        for match, own, shared, seen in self._shapes.made:
            found = match(self._text, start, end)
            if found is None:
                continue
            texts = found.groups()
            others = tuple([texts[place] for place in shared])
            before = seen.get(others)
            if before is None:
                before = seen.keep(others, (value_at(self._text, start)[0], Rest()))
            data = before[0].copy()
            for name, place in own:
                data[name] = texts[place]
            return data, before[1]
        data = value_at(self._text, start)[0]
        self._shapes.seen(tuple(data), self._text, start)
        return data, None


class _Shape(NamedTuple):
    """What takes entries of one shape apart: members and places among the pattern's groups.

    ``seen`` are the entries that were met first with these texts of the shared members.
    """

    match: Callable[[str, int, int], re.Match[str] | None]
    own: tuple[tuple[str, int], ...]
    shared: tuple[int, ...]
    seen: Memory[tuple[dict[str, Any], Rest]]


def _shape(text: str, start: int) -> _Shape:
    like = likeness(text, start, texts=OWN_FIELDS, others=True)
    own = tuple((name, place) for place, name in enumerate(like.groups) if name in OWN_FIELDS)
    shared = tuple(place for place, name in enumerate(like.groups) if name not in OWN_FIELDS)
    folded = {fold(name) for name in like.groups}
    clear = len(folded) == len(like.groups) and not OWN_FIELDS & {fold(like.groups[each]) for each in shared}
    return _Shape(re.compile(like.pattern).fullmatch if clear else _never, own, shared, Memory())


def _never(_text: str, _start: int, _end: int) -> None:
    """What two members claim to be is for the ordinary reader to decide."""
