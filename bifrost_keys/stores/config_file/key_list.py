"""Read the list ``keys`` of a provider: the position, name and id of each entry."""

from array import array
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.rules.fault import Fault, Path, path_text
from bifrost_keys.jsontext.lines import Lines
from bifrost_keys.jsontext.scanner import Member, members, pairs_at, type_name, walk_array
from bifrost_keys.stores.config_file.ambiguous_names import (
    has_surrogate_escape,
    naming_faults,
    nested_twins,
    text_faults,
)
from bifrost_keys.stores.config_file.reading_faults import Findings

_USUAL = 64


class KeyList:
    """The list ``keys`` of one provider; ``starts[i]`` and ``ends[i]`` are the offsets of its i-th element.

    Offsets are in arrays, not in an object for each key, so that 100,000 keys take little memory. ``skipped``
    are the elements that are not objects. ``values`` are hashes of the keys' values, which show without
    another reading that most are not equal; 0 where the value is not text.
    """

    def __init__(self, member: Member) -> None:
        self.member = member
        self.starts = array("Q")
        self.ends = array("Q")
        self.names: list[str | None] = []
        self.ids: list[str | None] = []
        self.values = array("q")
        self.skipped: set[int] = set()


class NumberIndex:
    """Find where a number is in a sequence; a dictionary of 100,000 would take nine times the memory."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = numbers
        self._first = array("q", [-1]) * (len(numbers) or 1)
        self._next = array("q", self._first)
        for place in range(len(numbers) - 1, -1, -1):
            bucket = numbers[place] % len(numbers)
            self._next[place] = self._first[bucket]
            self._first[bucket] = place

    def places(self, number: int) -> Iterator[int]:
        """Return every position of this number, in order."""
        place = self._first[number % len(self._first)]
        while place >= 0:
            if self._numbers[place] == number:
                yield place
            place = self._next[place]


def wrong_type(text: str, start: int, path: Path, expected: str) -> Fault:
    """Return the fault of a value that is not an ``expected`` ("object", "list")."""
    message = f"{expected} expected at {path_text(path)}, found {type_name(text, start)}"
    return Fault("type-wrong", path, "error", message, offset=start)


class KeyListReader:
    """Read the lists of one text."""

    def __init__(self, text: str, lines: Lines, findings: Findings) -> None:
        self._text = text
        self._lines = lines
        self._findings = findings
        self._surrogates = findings.lenient and has_surrogate_escape(text, 0, len(text))

    def read(self, member: Member, path: Path) -> KeyList:
        """Return the list that begins at ``member.start``; its end is not known yet.

        Raise ScanError, BlockedError.
        """
        keys = KeyList(member)
        end = walk_array(self._text, member.start, partial(self._read_element, keys, path))
        keys.member = member._replace(end=end)
        return keys

    def _read_element(self, keys: KeyList, path: Path, start: int) -> int:
        value, end = pairs_at(self._text, start, depth=4)
        name = id_ = secret = None
        if self._text[start] != "{":
            self._findings.block([wrong_type(self._text, start, (*path, len(keys.starts)), "object")])
            keys.skipped.add(len(keys.starts))
        else:
            fields = dict(value)
            shape = _shape_of(value, fields)
            name, id_, secret = fields.get(shape.name), fields.get(shape.id), fields.get("value")
            if shape.suspicious or self._findings.lenient:
                self._examine(start, end, (*path, len(keys.starts)), value, shape)
        keys.starts.append(start)
        keys.ends.append(end)
        keys.names.append(name if type(name) is str else None)
        keys.ids.append(id_ if type(id_) is str else None)
        keys.values.append(hash(secret) if type(secret) is str else 0)
        return end

    def _examine(self, start: int, end: int, path: Path, pairs: Any, shape: "_Shape") -> None:
        text = self._text
        if shape.suspicious:
            handles = ("name", "id")
            faults = naming_faults(members(text, start), path, self._lines, known=handles, twins=False)
            blocking = [fault for fault in faults if fold(str(fault.path[-1])) in handles]
            # If lenient, they are reported below, or by a rule about the entry's fields.
            self._findings.block(blocking, report=not self._findings.lenient)
        if (
            shape.twins
            or nested_twins(pairs)
            or (self._surrogates and has_surrogate_escape(text, start, end))
        ):
            self._findings.note(text_faults(text, start, path, self._lines))


class _Shape(NamedTuple):
    """The names of an entry's members.

    ``name`` and ``id`` are the spellings of these members. ``suspicious``: one of the two appears twice or in
    another spelling; ``twins``: any two names differ only in case.
    """

    name: str
    id: str
    suspicious: bool
    twins: bool


def _shape_of(pairs: Sequence[tuple[str, Any]], fields: Collection[str]) -> _Shape:
    """Return the shape of an entry with these members, of which ``fields`` are the different names."""
    names = tuple(fields) if len(fields) == len(pairs) else tuple([name for name, _ in pairs])
    # Most entries of a file have the same few members. The names of a huge one must not stay in memory.
    return _usual_shape(names) if len(names) <= _USUAL else _shape(names)


def _shape(names: Sequence[str]) -> _Shape:
    folded = [fold(name) for name in names]
    last = dict(zip(folded, names, strict=True))
    suspicious = any(
        last.get(handle, handle) != handle or folded.count(handle) > 1 for handle in ("name", "id")
    )
    return _Shape(last.get("name", "name"), last.get("id", "id"), suspicious, len(last) != len(names))


_usual_shape = lru_cache(maxsize=256)(_shape)
