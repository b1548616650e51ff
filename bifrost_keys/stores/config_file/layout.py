"""Find the positions in the text of a ``config.json`` that an edit needs."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.rules.fault import Fault, Path
from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.lines import Lines
from bifrost_keys.jsontext.scanner import Member, Members, after_space, pairs_at, type_name, walk_object
from bifrost_keys.jsontext.syntax_errors import syntax_error
from bifrost_keys.jsontext.tree import Block, object_block
from bifrost_keys.stores.config_file.ambiguous_names import (
    PROVIDER_NAMES,
    TOP_NAMES,
    encryption_faults,
    naming_faults,
)
from bifrost_keys.stores.config_file.key_list import KeyList, KeyListReader, wrong_type
from bifrost_keys.stores.config_file.reading_faults import BlockedError, Findings


class ProviderSpan(NamedTuple):
    """One member of ``providers`` that is an object; ``keys`` is None if it has no such list."""

    member: Member
    members: Members
    keys: KeyList | None

    @property
    def name(self) -> str:
        """The provider's name as the file spells it."""
        return self.member.name

    @property
    def names(self) -> Sequence[str | None]:
        """The names of its keys by index; None if absent or not text."""
        return self.keys.names if self.keys else ()

    @property
    def ids(self) -> Sequence[str | None]:
        """The ids of its keys by index; None if absent or not text."""
        return self.keys.ids if self.keys else ()


class Index(NamedTuple):
    """The positions and faults found in a text.

    ``provider_members`` are all members of ``providers``, ``providers`` those that are objects. An edit of
    the file is refused because of ``blocking``, and showing it because of ``misleading``, the first such
    faults.
    """

    start: int
    end: int
    top: Members
    providers_member: Member | None
    provider_members: Members
    providers: tuple[ProviderSpan, ...]
    problems: tuple[Fault, ...]
    blocking: Fault | None
    misleading: Fault | None

    def blocks(self) -> Iterator[Block]:
        """Yield the objects and lists that were read on the way to the keys, for ``jsontext.tree``."""
        yield object_block(self.start, self.end, self.top)
        if self.providers_member is not None:
            yield object_block(self.providers_member.start, self.providers_member.end, self.provider_members)
        for span in self.providers:
            yield object_block(span.member.start, span.member.end, span.members)
            if span.keys is not None:
                member = span.keys.member
                yield Block(member.start, member.end, span.keys.starts, span.keys.ends)


def read_index(text: str, lines: Lines, *, lenient: bool) -> Index:
    """Return the index of ``text``. Raise ScanError if it is not JSON or not an object.

    Reading stops at the first blocking fault, unless ``lenient``: then every entry is read whole, and a value
    of a wrong type is skipped and reported.
    """
    return _Reader(text, lines, lenient=lenient).read()


class _Reader:
    def __init__(self, text: str, lines: Lines, *, lenient: bool) -> None:
        self.text = text
        self.lines = lines
        self.findings = Findings(lenient=lenient)
        self.key_lists = KeyListReader(text, lines, self.findings)
        self.end = 0
        self.top = Members()
        self.providers: dict[int, tuple[Members, list[ProviderSpan]]] = {}

    def read(self) -> Index:
        start = after_space(self.text, 0)
        if start == len(self.text):
            raise ScanError(0, "the file is empty")
        with suppress(BlockedError):
            self._read_top(start)
        named = [member for member in self.top if fold(member.name) == "providers"]
        member = next((member for member in reversed(named) if member.start in self.providers), None)
        inner, spans = self.providers[member.start] if member else (Members(), [])
        return Index(
            start,
            self.end,
            self.top,
            member,
            inner,
            tuple(spans),
            tuple(sorted(self.findings.problems, key=lambda problem: problem.offset)),
            self.findings.blocking,
            self.findings.misleading,
        )

    def _read_top(self, start: int) -> None:
        if self.text[start] != "{":
            pairs_at(self.text, start, depth=0)
            raise ScanError(start, f"object expected at the top level, found {type_name(self.text, start)}")

        def visit(name: str, name_start: int, value: int) -> int:
            if fold(name) == "providers":
                end = self._read_providers(name, value)
            else:
                end = pairs_at(self.text, value, depth=1)[1]
            self.top.append(Member(name, name_start, value, end))
            return end

        self.end = walk_object(self.text, start, visit)
        rest = after_space(self.text, self.end)
        if rest != len(self.text):
            raise syntax_error(self.text, rest, "nothing more expected after the top level's object")
        self.findings.block(encryption_faults(self.text, self.top))
        self.findings.block(naming_faults(self.top, (), self.lines, known=TOP_NAMES, twins=False))

    def _read_providers(self, spelling: str, start: int) -> int:
        if self.text[start : start + 1] != "{":
            return self._skip(start, (spelling,), "object", depth=1)
        found = Members()
        spans: list[ProviderSpan] = []
        self.providers[start] = (found, spans)

        def visit(name: str, name_start: int, value: int) -> int:
            path = (spelling, name)
            if self.text[value : value + 1] == "{":
                end, inner, keys = self._read_provider(path, value)
                member = Member(name, name_start, value, end)
                spans.append(ProviderSpan(member, inner, keys))
            else:
                end = self._skip(value, path, "object", depth=2)
                member = Member(name, name_start, value, end)
            found.append(member)
            return end

        end = walk_object(self.text, start, visit)
        self.findings.block(naming_faults(found, (spelling,), self.lines, known=(), twins=True))
        return end

    def _read_provider(self, path: Path, start: int) -> tuple[int, Members, KeyList | None]:
        found = Members()
        lists: list[KeyList] = []

        def visit(name: str, name_start: int, value: int) -> int:
            if fold(name) != "keys":
                end = pairs_at(self.text, value, depth=3)[1]
            elif self.text[value : value + 1] == "[":
                keys = self.key_lists.read(Member(name, name_start, value, value), (*path, name))
                end = keys.member.end
                lists.append(keys)
            else:
                end = self._skip(value, (*path, name), "list", depth=3)
            found.append(Member(name, name_start, value, end))
            return end

        end = walk_object(self.text, start, visit)
        self.findings.block(naming_faults(found, path, self.lines, known=PROVIDER_NAMES, twins=False))
        return end, found, lists[-1] if lists else None

    def _skip(self, start: int, path: Path, expected: str, *, depth: int) -> int:
        end = pairs_at(self.text, start, depth=depth)[1]
        self.findings.block([wrong_type(self.text, start, path, expected)])
        return end
