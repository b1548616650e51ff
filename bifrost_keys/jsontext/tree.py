"""Finds values by their path, by the index as far as that leads."""

from __future__ import annotations

from collections.abc import Sequence

from bifrost_keys.gateway.fields import fold
from bifrost_keys.gateway.rules.fault import Path
from bifrost_keys.jsontext.scanner import Member, elements, members
from bifrost_keys.stores.config_file.key_list import KeyList
from bifrost_keys.stores.config_file.layout import Index


class Tree:
    """The values of one text by their paths; what was looked through once is remembered."""

    def __init__(self, text: str, index: Index) -> None:
        self._text = text
        self._index = index
        self._items: dict[int, Sequence[Member]] = {index.start: index.top}
        self._keys: dict[int, KeyList] = {}
        self._steps: dict[int, dict[str | int, Member]] = {}
        if index.providers_member:
            self._items[index.providers_member.start] = index.provider_members
        for span in index.providers:
            self._items[span.member.start] = span.members
            if span.keys:
                self._keys[span.keys.member.start] = span.keys

    def offset_of(self, path: Path) -> int:
        """Where the value at ``path`` begins; where that is absent, its nearest parent that is there.

        A name that is there in other case alone is the one that is meant: the gateway reads it so.
        """
        offset = self._index.start
        for step in path:
            item = self.item(offset, step) or self._in_other_case(offset, step)
            if item is None:
                break
            offset = item.start
        return offset

    def item(self, offset: int, step: str | int) -> Member | None:
        """The member or element (its name empty) of the container at ``offset``; of duplicates the last."""
        keys = self._keys.get(offset)
        if keys is not None:
            if isinstance(step, str) or not 0 <= step < len(keys.starts):
                return None
            return Member("", keys.starts[step], keys.starts[step], keys.ends[step])
        if offset not in self._steps:
            named = self._text[offset] == "{"
            self._steps[offset] = {
                member.name if named else place: member for place, member in enumerate(self.items(offset))
            }
        return self._steps[offset].get(step)

    def _in_other_case(self, offset: int, step: str | int) -> Member | None:
        if isinstance(step, int) or self._text[offset] != "{":
            return None
        alike = (member for member in reversed(self.items(offset)) if fold(member.name) == fold(step))
        return next(alike, None)

    def items(self, offset: int) -> Sequence[Member]:
        """All members or elements of the container at ``offset``; a scalar has none."""
        keys = self._keys.get(offset)
        if keys is not None:
            return [Member("", start, start, end) for start, end in zip(keys.starts, keys.ends, strict=True)]
        found = self._items.get(offset)
        if found is None:
            found = self._look(offset)
            self._items[offset] = found
        return found

    def _look(self, offset: int) -> Sequence[Member]:
        if self._text[offset] == "{":
            return members(self._text, offset)
        if self._text[offset] == "[":
            return [Member("", start, start, end) for start, end in elements(self._text, offset)]
        return ()
