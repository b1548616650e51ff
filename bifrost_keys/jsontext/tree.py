"""Find values of a JSON text by path."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from bifrost_keys.jsontext.errors import ScanError
from bifrost_keys.jsontext.scanner import Members, after_space, read_list, read_object, value_at
from bifrost_keys.jsontext.syntax_errors import syntax_error

Path: TypeAlias = tuple[str | int, ...]
Fold: TypeAlias = Callable[[str], str]


class Block(NamedTuple):
    """An object or a list in a text, from its bracket at ``start`` to its last bracket, before ``end``.

    ``starts`` and ``ends`` enclose its items: the members of an object with their names, or the elements of a
    list. ``members`` is None for a list.
    """

    start: int
    end: int
    starts: Sequence[int]
    ends: Sequence[int]
    members: Members | None = None

    def value(self, place: int) -> int:
        """Return the offset of the value of the item at this index."""
        return self.starts[place] if self.members is None else self.members[place].start


def object_block(start: int, end: int, found: Members) -> Block:
    """Return the object between the offsets, which has these members."""
    return Block(start, end, found.name_starts, found.ends, found)


class Tree:
    """The values of one text by their paths, each read only once.

    ``known`` are blocks that were read already. Two names are the same if ``fold`` makes them equal. The text
    must be JSON; ``read_tree`` checks that.
    """

    def __init__(self, text: str, known: Iterable[Block] = (), fold: Fold = str) -> None:
        self.text = text
        self.root = after_space(text, 0)
        self.fold = fold
        self._blocks: dict[int, Block | None] = {block.start: block for block in known}
        self._places: dict[int, dict[str, list[int]]] = {}
        self._last: dict[int, dict[str, int]] = {}

    def block(self, offset: int) -> Block | None:
        """Return the object or list that begins at ``offset``; None for any other value."""
        if offset not in self._blocks:
            self._blocks[offset] = self._read(offset)
        return self._blocks[offset]

    def places(self, block: Block, name: str) -> Sequence[int]:
        """Return the indices of the object's members with this name, in any spelling that is equal."""
        if block.start not in self._places:
            places: dict[str, list[int]] = {}
            for place, each in enumerate(block.members.names if block.members else ()):
                places.setdefault(self.fold(each), []).append(place)
            self._places[block.start] = places
        return self._places[block.start].get(self.fold(name), ())

    def place(self, block: Block, step: str | int) -> int | None:
        """Return the index of an item; of several members, the last one with this exact spelling first."""
        if block.members is None:
            return step if isinstance(step, int) and 0 <= step < len(block.starts) else None
        if not isinstance(step, str):
            return None
        if block.start not in self._last:
            self._last[block.start] = {each: place for place, each in enumerate(block.members.names)}
        exact = self._last[block.start].get(step)
        if exact is not None:
            return exact
        found = self.places(block, step)
        return found[-1] if found else None

    def offset_of(self, path: Path) -> int:
        """Return the offset of the value at ``path``, or of the nearest value around it that exists."""
        offset = self.root
        for step in path:
            block = self.block(offset)
            place = self.place(block, step) if block is not None else None
            if block is None or place is None:
                break
            offset = block.value(place)
        return offset

    def data(self, offset: int) -> Any:
        """Return the value at ``offset`` as plain data."""
        return value_at(self.text, offset)[0]

    def _read(self, offset: int) -> Block | None:
        if self.text[offset] == "{":
            found, end = read_object(self.text, offset)
            return object_block(offset, end, found)
        if self.text[offset] == "[":
            starts, ends, end = read_list(self.text, offset)
            return Block(offset, end, starts, ends)
        return None


def read_tree(text: str, fold: Fold = str) -> Tree:
    """Return the tree of a text that may not be JSON. Raise ScanError."""
    start = after_space(text, 0)
    if start == len(text):
        raise ScanError(start, "the text is empty")
    end = after_space(text, value_at(text, start)[1])
    if end != len(text):
        raise syntax_error(text, end, "nothing more expected after the value")
    return Tree(text, fold=fold)
