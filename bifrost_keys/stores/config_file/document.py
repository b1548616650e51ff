"""The text of a ``config.json``, and the positions of its keys in it."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from bifrost_keys.errors import ConfigUnusableError, NotFoundError
from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.lines import Lines
from bifrost_keys.jsontext.scanner import value_at
from bifrost_keys.jsontext.tree import Tree
from bifrost_keys.stores.config_file.decoding import decoded
from bifrost_keys.stores.config_file.layout import Index, ProviderSpan, read_index


class EntryRef(NamedTuple):
    """The entry of one key in a document; ``start`` and ``end`` are the offsets of its object in the text.

    ``provider`` is spelled as in the file; ``name`` and ``id`` are None if they are absent or not text.
    """

    provider: str
    position: int
    start: int
    end: int
    name: str | None
    id: str | None


class Document:
    """The text of a ``config.json``, parsed and immutable.

    A ``lenient`` document is only shown or checked: faults of the text itself are collected in ``problems``,
    and values of a wrong type are skipped. Any other document is refused with ConfigUnusableError, on first
    use, if an edit would have to guess.
    """

    def __init__(self, text: str, *, source: str = "config.json", lenient: bool = False) -> None:
        self.text = text
        self.source = source
        self.lines = Lines(text)
        self._lenient = lenient

    @classmethod
    def parse(cls, data: bytes, *, source: str = "config.json", lenient: bool = False) -> "Document":
        """Return the document in ``data``, the bytes of a file that messages call ``source``.

        Raise ConfigUnusableError with line and column if it is not UTF-8, not JSON, nested deeper than 500
        levels or not an object; unless ``lenient``, also for a wrong type or an ambiguous name in a place
        that an edit has to read.
        """
        return cls.of_text(decoded(data, source), source=source, lenient=lenient)

    @classmethod
    def of_text(cls, text: str, *, source: str = "config.json", lenient: bool = False) -> "Document":
        """Return the document with this text; raise ConfigUnusableError as ``parse`` does."""
        document = cls(text, source=source, lenient=lenient)
        _ = document.index
        return document

    def with_text(self, text: str) -> "Document":
        """Return a document with another text for this file."""
        return Document(text, source=self.source, lenient=self._lenient)

    @cached_property
    def index(self) -> Index:
        """The positions found in the text."""
        try:
            index = read_index(self.text, self.lines, lenient=self._lenient)
        except ScanError as fault:
            raise self._unusable(fault.offset, fault.message, code="text-not-json", hint=fault.hint) from None
        if index.blocking and not self._lenient:
            raise self.refusal(index.blocking)
        return index

    @cached_property
    def tree(self) -> Tree:
        """The values of the text by their paths."""
        return Tree(self.text, self.index.blocks(), fold)

    @property
    def problems(self) -> tuple[Fault, ...]:
        """The faults of the text itself in the order of the file; empty unless read leniently."""
        return self.index.problems

    @property
    def top_names(self) -> tuple[str, ...]:
        """The names at the top level, in the order of the file."""
        return tuple(member.name for member in self.index.top)

    def top(self, name: str) -> Any:
        """Return the value of the top-level member ``name``; None if it is absent or null."""
        found = [member for member in self.index.top if fold(member.name) == fold(name)]
        return value_at(self.text, found[-1].start)[0] if found else None

    @property
    def empty_models_allow_all(self) -> bool:
        """Whether a key without models serves every model, which only ``"version": 1`` says."""
        return bool(self.top("version") == 1)

    @property
    def spans(self) -> tuple[ProviderSpan, ...]:
        """The places of the providers, in the order of the file."""
        return self.index.providers

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of the providers, in the order and spelling of the file."""
        return tuple(span.name for span in self.spans)

    def provider_name(self, name: str) -> str | None:
        """Return the file's spelling of this provider, ignoring case; None if it has no such provider."""
        span = self._spans.get(fold(name))
        return span.name if span else None

    def provider_span(self, provider: str) -> ProviderSpan:
        """Return the position of the provider, ignoring case. Raise NotFoundError."""
        span = self._spans.get(fold(provider))
        if span is None:
            raise NotFoundError(f"no such provider in {self.source}", field="provider")
        return span

    def provider_settings(self, provider: str) -> dict[str, Any]:
        """Return the members of the provider's object other than ``keys``. Raise NotFoundError."""
        inner = self.provider_span(provider).members
        return {m.name: value_at(self.text, m.start)[0] for m in inner if fold(m.name) != "keys"}

    def has_keys(self, provider: str) -> bool:
        """Return whether the provider has a list ``keys``, even an empty one. Raise NotFoundError."""
        return self.provider_span(provider).keys is not None

    def names(self, provider: str) -> Sequence[str | None]:
        """Return the names of the provider's keys by index. Raise NotFoundError."""
        return self.provider_span(provider).names

    def entry(self, provider: str, index: int) -> EntryRef:
        """Return the entry at this place of the provider's ``keys``. Raise NotFoundError, IndexError."""
        span = self.provider_span(provider)
        if span.keys is None:
            raise IndexError(index)
        return _entry(span, range(len(span.keys.starts))[index])

    def entries(self, provider: str) -> Iterator[EntryRef]:
        """Return the provider's keys in the order of the file. Raise NotFoundError."""
        return _entries(self.provider_span(provider))

    def all_entries(self) -> Iterator[EntryRef]:
        """Yield the keys of all providers in the order of the file."""
        for span in self.spans:
            yield from _entries(span)

    def load(self, entry: EntryRef) -> dict[str, Any]:
        """Return the members of the entry as plain data; the last of several with the same name."""
        return self.load_at(entry.start)

    def load_at(self, start: int) -> dict[str, Any]:
        """Return the members of the entry at ``start``, for callers that keep offsets to save memory."""
        data: dict[str, Any] = value_at(self.text, start)[0]
        return data

    def position(self, offset: int) -> tuple[int, int]:
        """Return the line and column of the character at ``offset``, both from 1."""
        return self.lines.position(offset)

    def offset_of(self, path: Path) -> int:
        """Return the offset of the value at ``path``, or of the nearest value around it that exists."""
        return self.tree.offset_of(path)

    def require_readable(self) -> None:
        """Raise ConfigUnusableError if the keys cannot be shown as they are in the file."""
        if problem := self.index.misleading:
            raise self.refusal(problem)

    def require_editable(self) -> None:
        """Raise ConfigUnusableError for the first fault that makes an edit unsafe."""
        if problem := self.index.blocking:
            raise self.refusal(problem)

    def refusal(self, fault: Fault) -> ConfigUnusableError:
        """Return the error that refuses this file for ``fault``."""
        fixable = fault.path[2:3] == ("keys",) and fault.hint.startswith("spell it")
        hint = f"{fault.hint}: keys check --fix does that" if fixable else fault.hint
        return self._unusable(fault.offset, fault.message, code=fault.code, hint=hint)

    @cached_property
    def _spans(self) -> dict[str, ProviderSpan]:
        return {fold(span.name): span for span in self.spans}

    def _unusable(self, offset: int, message: str, *, code: str, hint: str) -> ConfigUnusableError:
        line, column = self.position(offset)
        return ConfigUnusableError(
            f"{self.source}:{line}:{column}: {message}",
            code=code,
            hint=hint or None,
            line=line,
            column=column,
        )


def _entries(span: ProviderSpan) -> Iterator[EntryRef]:
    keys = span.keys
    if keys is not None:
        places = range(len(keys.starts))
        yield from (_entry(span, place) for place in places if place not in keys.skipped)


def _entry(span: ProviderSpan, place: int) -> EntryRef:
    keys = span.keys
    assert keys is not None
    return EntryRef(
        span.name, place, keys.starts[place], keys.ends[place], keys.names[place], keys.ids[place]
    )
