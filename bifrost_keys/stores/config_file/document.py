"""A ``config.json`` as its text and the places found in it; an edit of it makes a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bifrost_keys.errors import ConfigUnusableError, NotFoundError
from bifrost_keys.gateway.fields import fold
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.lines import Lines
from bifrost_keys.jsontext.scanner import Member, value_at
from bifrost_keys.jsontext.tree import Tree
from bifrost_keys.stores.config_file.ambiguous_names import PlacedFault
from bifrost_keys.stores.config_file.decoding import decoded
from bifrost_keys.stores.config_file.key_list import KeyList
from bifrost_keys.stores.config_file.layout import Index, ProviderSpan, read_index


@dataclass(frozen=True)
class EntryRef:
    """One key's entry in one document: ``start`` and ``end`` enclose its object in the text.

    ``provider`` is spelled as in the file; ``name`` and ``id`` are None where absent or no text.
    """

    provider: str
    index: int
    start: int
    end: int
    name: str | None
    id: str | None


class Document:
    """The text of a ``config.json`` and what is found in it; never changes.

    ``lenient`` documents were read to be shown or checked, whatever is wrong with them: ``problems``
    holds the faults of the text itself, and what has the wrong type is skipped.
    """

    __slots__ = ("_index", "_lenient", "_lines", "_places", "_tree", "source", "text")

    def __init__(self, text: str, *, source: str = "config.json", lenient: bool = False) -> None:
        self.text = text
        self.source = source
        self._lenient = lenient
        self._lines = Lines(text)
        self._index: Index | None = None
        self._places: dict[str, ProviderSpan] | None = None
        self._tree: Tree | None = None

    @classmethod
    def parse(cls, data: bytes, *, source: str = "config.json", lenient: bool = False) -> Document:
        """The document in ``data``, the bytes of a file that messages call ``source``.

        Raises ConfigUnusableError with line and column for what is not UTF-8, not JSON, nested
        deeper than 500 levels or no object; unless ``lenient``, also for a wrong type or a doubtful
        name where an edit would have to look.
        """
        return cls.parse_text(decoded(data, source), source=source, lenient=lenient)

    @classmethod
    def parse_text(cls, text: str, *, source: str = "config.json", lenient: bool = False) -> Document:
        """The document of this text; refuses what ``parse`` refuses."""
        document = cls(text, source=source, lenient=lenient)
        document._found()
        return document

    @property
    def problems(self) -> tuple[PlacedFault, ...]:
        """The faults of the text itself in the order of the file; empty unless read leniently."""
        return self._found().problems

    @property
    def top_names(self) -> tuple[str, ...]:
        """The names at the top level, in the order of the file."""
        return tuple(member.name for member in self._found().top)

    def top(self, name: str) -> Any:
        """The value of the top-level member ``name``; None when it is absent (or null)."""
        member = _pick(self._found().top, name)
        return value_at(self.text, member.start)[0] if member else None

    @property
    def empty_models_allow_all(self) -> bool:
        """Whether a key without models serves every model: so says ``"version": 1``, and it alone."""
        return bool(self.top("version") == 1)

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of the providers, in the order and spelling of the file."""
        return tuple(span.name for span in self._found().providers)

    def provider_name(self, name: str) -> str | None:
        """The file's spelling of this provider, ignoring case; None when the file lacks it."""
        span = self._by_name().get(fold(name))
        return span.name if span else None

    def provider_settings(self, provider: str) -> dict[str, Any]:
        """The members of the provider's object other than ``keys``. Raises NotFoundError."""
        inner = self.provider_span(provider).members
        return {m.name: value_at(self.text, m.start)[0] for m in inner if fold(m.name) != "keys"}

    def has_keys(self, provider: str) -> bool:
        """Whether the provider has a list ``keys``, be it empty. Raises NotFoundError."""
        return self.provider_span(provider).keys is not None

    def entry_count(self, provider: str) -> int:
        """How many entries ``entries`` yields. Raises NotFoundError."""
        keys = self.provider_span(provider).keys
        return len(keys.starts) - len(keys.skipped) if keys else 0

    def names(self, provider: str) -> Sequence[str | None]:
        """The names of the provider's keys by index, without making a reference for each."""
        return self.provider_span(provider).names

    def ids(self, provider: str) -> Sequence[str | None]:
        """The ids of the provider's keys by index, without making a reference for each."""
        return self.provider_span(provider).ids

    def entry(self, provider: str, index: int) -> EntryRef:
        """The entry at this place of the provider's ``keys``. Raises NotFoundError, IndexError."""
        span = self.provider_span(provider)
        keys = span.keys
        if keys is None:
            raise IndexError(index)
        place = range(len(keys.starts))[index]
        return EntryRef(
            span.name, place, keys.starts[place], keys.ends[place], keys.names[place], keys.ids[place]
        )

    def entries(self, provider: str) -> Iterator[EntryRef]:
        """The provider's keys in the order of the file. Raises NotFoundError."""
        span = self.provider_span(provider)
        return _entries(span.name, span.keys)

    def all_entries(self) -> Iterator[EntryRef]:
        """The keys of all providers in the order of the file."""
        for span in self._found().providers:
            yield from _entries(span.name, span.keys)

    def load(self, entry: EntryRef) -> dict[str, Any]:
        """The members of the entry as plain data; of duplicate names the last."""
        data: dict[str, Any] = value_at(self.text, entry.start)[0]
        return data

    def load_all(self, provider: str | None = None) -> Iterator[tuple[EntryRef, dict[str, Any]]]:
        """The keys of the provider, or of all of them, each with its members. Raises NotFoundError."""
        refs = self.all_entries() if provider is None else self.entries(provider)
        return ((ref, self.load(ref)) for ref in refs)

    def with_text(self, text: str) -> Document:
        """The document of another text, read in the same way when it is asked for."""
        return Document(text, source=self.source, lenient=self._lenient)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of the character at ``offset``, both from 1."""
        return self._lines.position(offset)

    def offset_of(self, path: Path) -> int:
        """Where the value at ``path`` begins; where that is absent, its nearest parent that is there."""
        return self.tree.offset_of(path)

    def require_editable(self) -> None:
        """Raises ConfigUnusableError for the first fault that makes an edit of keys a gamble."""
        if problem := self._found().blocking:
            raise self.refusal(problem)

    def refusal(self, fault: PlacedFault) -> ConfigUnusableError:
        """The error that refuses this file for ``fault``."""
        mendable = fault.path[2:3] == ("keys",) and fault.hint.startswith("spell it")
        hint = f"{fault.hint}: keys check --fix does that" if mendable else fault.hint
        return _unusable(self, fault.offset, fault.message, code=fault.code, hint=hint)

    @property
    def spans(self) -> tuple[ProviderSpan, ...]:
        """The places of the providers, in the order of the file."""
        return self._found().providers

    @property
    def index(self) -> Index:
        """The places found in the text."""
        return self._found()

    @property
    def tree(self) -> Tree:
        """The values of the text by their paths."""
        if self._tree is None:
            self._tree = Tree(self.text, self._found().blocks(), fold)
        return self._tree

    @property
    def lines(self) -> Lines:
        """The line ends of the text."""
        return self._lines

    def provider_span(self, provider: str) -> ProviderSpan:
        """The provider's place, its name in any case. Raises NotFoundError."""
        span = self._by_name().get(fold(provider))
        if span is None:
            raise NotFoundError(f"no such provider in {self.source}", field="provider")
        return span

    def _by_name(self) -> dict[str, ProviderSpan]:
        if self._places is None:
            self._places = {fold(span.name): span for span in self._found().providers}
        return self._places

    def _found(self) -> Index:
        if self._index is None:
            try:
                index = read_index(self.text, self._lines, lenient=self._lenient)
            except ScanError as fault:
                raise _unusable(self, fault.offset, fault.message, code="not-json", hint=fault.hint) from None
            self._index = index
            if index.blocking and not self._lenient:
                raise self.refusal(index.blocking)
        return self._index


def _entries(provider: str, keys: KeyList | None) -> Iterator[EntryRef]:
    if keys is None:
        return
    for index, (start, end, name, id_) in enumerate(
        zip(keys.starts, keys.ends, keys.names, keys.ids, strict=True)
    ):
        if index not in keys.skipped:
            yield EntryRef(provider, index, start, end, name, id_)


def _pick(found: tuple[Member, ...], name: str) -> Member | None:
    return next((member for member in reversed(found) if fold(member.name) == fold(name)), None)


def _unusable(
    document: Document, offset: int, message: str, *, code: str, hint: str | None = None
) -> ConfigUnusableError:
    line, column = document.position(offset)
    return ConfigUnusableError(
        f"{document.source}:{line}:{column}: {message}",
        code=code,
        hint=hint or None,
        line=line,
        column=column,
    )
