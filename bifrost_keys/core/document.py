"""The text of ``config.json`` and where its providers and keys stand in it. Immutable.

Only what an edit must know is kept: the offsets of the entries, their names and ids. Everything else
stays text, so a file of 100,000 keys costs little more than its own size.
"""

from __future__ import annotations

import bisect
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from bifrost_keys.core.faults import Fault, Path
from bifrost_keys.core.scan import after_space, value_at, walk_array, walk_object

if TYPE_CHECKING:
    from bifrost_keys.core.edit import Edit


@dataclass(frozen=True, slots=True)
class EntryRef:
    """One key's place: ``text[start:end]``; name and id are None where absent or no text."""

    provider: str
    index: int
    start: int
    end: int
    name: str | None
    id: str | None


class Span(NamedTuple):
    """A member of an object: where its name and its value stand."""

    name_start: int
    start: int
    end: int


@dataclass(slots=True)
class ProviderSpan:
    """One provider object: its members, and its entries as parallel lists."""

    name: str
    span: Span
    members: dict[str, Span] = field(default_factory=dict)
    starts: array[int] = field(default_factory=lambda: array("Q"))
    ends: array[int] = field(default_factory=lambda: array("Q"))
    names: list[str | None] = field(default_factory=list)
    ids: list[str | None] = field(default_factory=list)


@dataclass(frozen=True)
class Document:
    """A parsed ``config.json``.

    ``problems`` is empty unless the text was parsed leniently: then it holds what a strict parse
    refuses, each with its path, and ``problem_offsets`` the place of each in the text.
    """

    text: str
    source: str
    members: dict[str, Span]
    spans: tuple[ProviderSpan, ...]
    problems: tuple[Fault, ...] = ()
    problem_offsets: tuple[int, ...] = ()

    @classmethod
    def parse(cls, data: bytes, *, source: str = "config.json", lenient: bool = False) -> Document:
        """The document of these bytes; raises ConfigUnusableError with line and column.

        ``lenient`` walks on past a wrong type or a doubled name, for reading and checking only.
        """
        from bifrost_keys.core.parser import decoded

        return cls.parse_text(decoded(data, source), source=source, lenient=lenient)

    @classmethod
    def parse_text(cls, text: str, *, source: str = "config.json", lenient: bool = False) -> Document:
        """The document of this text; raises ConfigUnusableError with line and column."""
        from bifrost_keys.core.parser import Parser

        return Parser(text, source, lenient=lenient).parse()

    @property
    def providers(self) -> tuple[str, ...]:
        """The providers' names in the order and spelling of the file."""
        return tuple(span.name for span in self.spans)

    @property
    def top_names(self) -> tuple[str, ...]:
        """The names of the top-level members in the order of the file."""
        return tuple(self.members)

    @property
    def has_providers(self) -> bool:
        """Whether the file has a ``providers`` object."""
        return "providers" in self.members

    def provider_name(self, name: str) -> str | None:
        """The file's spelling of this provider, ignoring case, or None."""
        return self._spellings.get(name.lower())

    def provider_span(self, provider: str) -> ProviderSpan:
        """The places of this provider (its spelling in the file); KeyError for an unknown one."""
        return self._by_name[provider]

    def provider_settings(self, provider: str) -> dict[str, Any]:
        """The members of a provider object, its keys apart."""
        members = self._by_name[provider].members
        return {name: self._value(span) for name, span in members.items() if name != "keys"}

    def has_keys(self, provider: str) -> bool:
        """Whether the provider object has a ``keys`` member."""
        return "keys" in self._by_name[provider].members

    def entry_count(self, provider: str) -> int:
        """How many entries the provider's ``keys`` has."""
        return len(self._by_name[provider].starts)

    def entry(self, provider: str, index: int) -> EntryRef:
        """The entry at this place of the provider's keys."""
        at = self._by_name[provider]
        return EntryRef(provider, index, at.starts[index], at.ends[index], at.names[index], at.ids[index])

    def entries(self, provider: str) -> Iterator[EntryRef]:
        """The provider's entries in the order of the file."""
        return _refs(self._by_name[provider])

    def all_entries(self) -> Iterator[EntryRef]:
        """Every entry of the file in its order."""
        for span in self.spans:
            yield from _refs(span)

    def load(self, entry: EntryRef) -> dict[str, Any]:
        """The members of an entry."""
        value, _ = value_at(self.text, entry.start)
        assert isinstance(value, dict)
        return value

    def top(self, name: str) -> Any:
        """The value of a top-level member, None when it is absent."""
        span = self.members.get(name)
        return None if span is None else self._value(span)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1, the column in characters."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def offset_of(self, path: Path) -> int:
        """The offset of the value at this path, or of the nearest thing around it that exists."""
        if not path:
            return after_space(self.text, 0)
        if path[0] == "providers" and len(path) > 1:
            span = self._by_name.get(str(path[1]))
            if span is not None and len(path) > 3 and path[2] == "keys":
                index = path[3]
                if isinstance(index, int) and index < len(span.starts):
                    return find_offset(self.text, span.starts[index], path[4:])
            if span is not None:
                return find_offset(self.text, span.span.start, path[2:])
        top = self.members.get(str(path[0]))
        return after_space(self.text, 0) if top is None else find_offset(self.text, top.start, path[1:])

    def edit(self) -> Edit:
        """A collection of changes to this document."""
        from bifrost_keys.core.edit import Edit

        return Edit(self)

    def _value(self, span: Span) -> Any:
        return value_at(self.text, span.start)[0]

    @cached_property
    def _by_name(self) -> dict[str, ProviderSpan]:
        return {span.name: span for span in self.spans}

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {span.name.lower(): span.name for span in self.spans}

    @cached_property
    def _line_starts(self) -> array[int]:
        starts = array("Q", [0])
        offset = self.text.find("\n")
        while offset >= 0:
            starts.append(offset + 1)
            offset = self.text.find("\n", offset + 1)
        return starts


def find_offset(text: str, start: int, path: Path) -> int:
    """The offset of the value at ``path`` below the value at ``start``, or of the nearest one around it."""
    for part in path:
        found = _child(text, start, part)
        if found is None:
            return start
        start = found
    return start


def _child(text: str, start: int, part: str | int) -> int | None:
    places: list[int] = []
    if isinstance(part, int) and text[start] == "[":

        def element(at: int) -> int:
            places.append(at)
            return value_at(text, at)[1]

        walk_array(text, start, element)
        return places[part] if part < len(places) else None
    if isinstance(part, str) and text[start] == "{":

        def visit(name: str, _: int, at: int) -> int:
            if name == part:
                places.append(at)
            return value_at(text, at)[1]

        walk_object(text, start, visit)
        return places[-1] if places else None
    return None


def _refs(span: ProviderSpan) -> Iterator[EntryRef]:
    for index, place in enumerate(zip(span.starts, span.ends, span.names, span.ids, strict=True)):
        yield EntryRef(span.name, index, *place)
