"""Turn requested changes, by path, into a plan with a position in the text for each of them.

Both the splices (``splices``) and the proof of their result (``verify``) are derived from the plan.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from bifrost_keys.jsontext.equality import same
from bifrost_keys.jsontext.errors import PathError
from bifrost_keys.jsontext.scanner import Member
from bifrost_keys.jsontext.tree import Block, Path, Tree

UNSET: Final = object()
# Below this level a value that differs is rewritten, because a comparison reads it once per level.
_COMPARED_LEVELS: Final = 16


class Write(NamedTuple):
    """A value to be rewritten."""

    value: Any


class ObjectChange(NamedTuple):
    """Members changed (with their new names) or removed, and new ones after a position.

    In ``changed``, None is a value that stays. ``added[-1]`` goes before all others.
    """

    block: Block
    changed: "Mapping[int, tuple[str, Change | None]]"
    removed: Collection[int]
    added: Mapping[int, Sequence[tuple[str, Any]]]


class ListChange(NamedTuple):
    """Elements changed or removed, and new ones at the end."""

    block: Block
    changed: "Mapping[int, Change]"
    removed: Collection[int]
    added: Sequence[Any]


Change: TypeAlias = Write | ObjectChange | ListChange


class Request:
    """The changes requested for one value, and for the values in it.

    ``value`` is UNSET unless the whole value is given; ``order`` are names of members in the order in which
    new ones are written. ``creates``: the value may be absent.
    """

    def __init__(self) -> None:
        """Begin without a change."""
        self.children: dict[str | int, Request] = {}
        self.value: Any = UNSET
        self.order: Sequence[str] = ()
        self.appended: list[Any] = []
        self.name: str | None = None
        self.removed = False
        self.creates = False

    @property
    def may_be_new(self) -> bool:
        """Whether the change is possible if the value is absent."""
        return self.creates and not self.removed and self.name is None


def plan(tree: Tree, request: Request) -> Change | None:
    """Return the changes of the text; None if there are none. Raise PathError."""
    return _Planner(tree).value(tree.root, request, ())


class _Planner:
    def __init__(self, tree: Tree) -> None:
        self.tree = tree

    def value(self, start: int, request: Request, path: Path) -> Change | None:
        if request.value is not UNSET:
            return self._difference(start, request.value, path, request.order)
        block = self.tree.block(start)
        if block is None:
            if request.children or request.appended:
                raise PathError(path, start, "is neither an object nor a list")
            return None
        return (
            self._list(block, request, path) if block.members is None else self._object(block, request, path)
        )

    def _object(self, block: Block, request: Request, path: Path) -> Change | None:
        if request.appended:
            raise PathError(path, block.start, "is not a list")
        changed: dict[int, tuple[str, Change | None]] = {}
        removed: set[int] = set()
        new: dict[str, Any] = {}
        named: set[str] = set()
        for step, inner in request.children.items():
            below = (*path, step)
            if inner.may_be_new and isinstance(step, str) and not self.tree.places(block, step):
                self._take_name(block, step, below, named)
                new[step] = _built(inner, below, block.start)
                continue
            place, member = self._member(block, below)
            if inner.removed:
                removed.add(place)
                continue
            change = self.value(member.start, inner, below)
            name = member.name if inner.name is None else inner.name
            if name != member.name:
                self._take_name(block, name, (*path, name), named, own=place)
            if change is not None or name != member.name:
                changed[place] = (name, change)
        if not changed and not removed and not new:
            return None
        return ObjectChange(block, changed, removed, _placed(block, removed, new, request.order))

    def _member(self, block: Block, path: Path) -> tuple[int, Member]:
        """Return the member at the last step of the path, if it is the only one and has this spelling."""
        step = path[-1]
        places = self.tree.places(block, step) if isinstance(step, str) else ()
        if not places or block.members is None:
            raise PathError(path, block.start, "does not exist")
        member = block.members[places[-1]]
        if len(places) > 1 or member.name != step:
            raise PathError(path, member.name_start, "is there more than once, or in another spelling")
        return places[0], member

    def _take_name(self, block: Block, name: str, path: Path, named: set[str], own: int = -1) -> None:
        """Note the new name of a member; raise PathError if another one has it."""
        folded = self.tree.fold(name)
        if folded in named or any(place != own for place in self.tree.places(block, name)):
            raise PathError(path, block.start, "is the name of another member")
        named.add(folded)

    def _list(self, block: Block, request: Request, path: Path) -> Change | None:
        changed: dict[int, Change] = {}
        removed: set[int] = set()
        for step, inner in request.children.items():
            below = (*path, step)
            if not isinstance(step, int) or not 0 <= step < len(block.starts):
                raise PathError(below, block.start, "is not an element of the list")
            if inner.name is not None:
                raise PathError(below, block.starts[step], "is an element, which has no name")
            if inner.removed:
                removed.add(step)
            elif change := self.value(block.starts[step], inner, below):
                changed[step] = change
        if not changed and not removed and not request.appended:
            return None
        return ListChange(block, changed, removed, request.appended)

    def _difference(
        self, start: int, new: Any, path: Path, order: Sequence[str] = (), level: int = 0
    ) -> Change | None:
        """Return the changes that turn the value at ``start`` into ``new``."""
        if same(self.tree.data(start), new):  # not kept, because the members are read again one by one
            return None
        block = self.tree.block(start)
        members = block.members if block is not None else None
        if block is None or members is None or not isinstance(new, Mapping) or level == _COMPARED_LEVELS:
            return Write(new)
        if len({self.tree.fold(member.name) for member in members}) < len(members):
            raise PathError(path, start, "has a member twice")
        changed: dict[int, tuple[str, Change | None]] = {}
        removed: set[int] = set()
        for place, member in enumerate(members):
            name = member.name
            if name not in new:
                removed.add(place)
            elif change := self._difference(member.start, new[name], (*path, name), level=level + 1):
                changed[place] = (name, change)
        known = {member.name for member in members}
        fresh = {name: value for name, value in new.items() if name not in known}
        return ObjectChange(block, changed, removed, _placed(block, removed, fresh, order))


def _built(request: Request, path: Path, offset: int) -> Any:
    """Return the value of a new member; ``offset`` is the position of the object around it."""
    if request.value is not UNSET:
        return request.value
    if request.appended and not request.children:
        return list(request.appended)
    data = {}
    for step, inner in request.children.items():
        if request.appended or not isinstance(step, str) or not inner.may_be_new:
            raise PathError((*path, step), offset, "does not exist")
        data[step] = _built(inner, (*path, step), offset)
    return data


def _placed(
    block: Block, removed: Collection[int], new: Mapping[str, Any], order: Sequence[str]
) -> Mapping[int, Sequence[tuple[str, Any]]]:
    """Return the new members by the position of the member before them; -1 is before all others.

    A member in ``order`` goes after the last existing one that precedes it there, any other to the end.
    """
    if not new:
        return {}
    rank = {name: number for number, name in enumerate(order)}
    kept = [(place, m.name) for place, m in enumerate(block.members or ()) if place not in removed]
    ranked = [(rank[name], place) for place, name in kept if name in rank]
    placed: dict[int, list[tuple[str, Any]]] = {}
    for name in sorted(new, key=lambda name: rank.get(name, len(rank))):
        places = (place for number, place in ranked if number < rank[name]) if name in rank else None
        after = max(places, default=-1) if places is not None else kept[-1][0] if kept else -1
        placed.setdefault(after, []).append((name, new[name]))
    return placed
