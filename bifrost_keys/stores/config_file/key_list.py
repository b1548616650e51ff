"""Read the list ``keys`` of a provider: the position, name and id of each entry."""

from __future__ import annotations

from array import array
from collections import Counter
from functools import lru_cache
from typing import Any, NamedTuple

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.rules.fault import Path, path_text
from bifrost_keys.jsontext.lines import Lines
from bifrost_keys.jsontext.scanner import Member, members, pairs_at, type_name, walk_array
from bifrost_keys.stores.config_file.ambiguous_names import (
    PlacedFault,
    has_surrogate_escape,
    naming_faults,
    nested_twins,
    text_faults,
)
from bifrost_keys.stores.config_file.reading_faults import Findings


class KeyList:
    """The list ``keys`` of one provider; ``starts[i]`` and ``ends[i]`` are the offsets of its i-th element.

    Offsets are in arrays, not in an object for each key, so that 100,000 keys take little memory. ``skipped``
    are the elements that are not objects.
    """

    def __init__(self, member: Member) -> None:
        self.member = member
        self.starts = array("Q")
        self.ends = array("Q")
        self.names: list[str | None] = []
        self.ids: list[str | None] = []
        self.skipped: set[int] = set()


def wrong_type(text: str, start: int, path: Path, expected: str) -> PlacedFault:
    """Return the fault of a value that is not an ``expected`` ("object", "list")."""
    message = f"{expected} expected at {path_text(path)}, found {type_name(text, start)}"
    return PlacedFault("type-wrong", path, "error", message, offset=start)


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
        end = walk_array(self._text, member.start, lambda start: self._read_element(keys, start, path))
        keys.member = member._replace(end=end)
        return keys

    def _read_element(self, keys: KeyList, start: int, path: Path) -> int:
        value, end = pairs_at(self._text, start, depth=4)
        name = id_ = None
        if self._text[start] != "{":
            self._findings.block([wrong_type(self._text, start, (*path, len(keys.starts)), "object")])
            keys.skipped.add(len(keys.starts))
        else:
            names = tuple([pair[0] for pair in value])
            shape = _shape(names)
            name, id_ = _text_at(value, shape.name), _text_at(value, shape.id)
            if shape.suspicious or self._findings.lenient:
                self._examine(start, end, (*path, len(keys.starts)), value, shape)
        keys.starts.append(start)
        keys.ends.append(end)
        keys.names.append(name)
        keys.ids.append(id_)
        return end

    def _examine(self, start: int, end: int, path: Path, pairs: Any, shape: _Shape) -> None:
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

    ``name`` and ``id`` are the positions of these members (-1: absent). ``suspicious``: one of the two
    appears twice or in another spelling; ``twins``: any two names differ only in case.
    """

    name: int
    id: int
    suspicious: bool
    twins: bool


@lru_cache(maxsize=256)
def _shape(names: tuple[str, ...]) -> _Shape:
    # Cached, because most entries of a file have the same members.
    folded = [fold(name) for name in names]
    last = {name: place for place, name in enumerate(folded)}
    counts = Counter(folded)
    suspicious = any(
        handle in last and (counts[handle] > 1 or names[last[handle]] != handle) for handle in ("name", "id")
    )
    return _Shape(last.get("name", -1), last.get("id", -1), suspicious, len(last) != len(names))


def _text_at(pairs: tuple[tuple[str, Any], ...], place: int) -> str | None:
    value = pairs[place][1] if place >= 0 else None
    return value if type(value) is str else None
