"""Parse Go's regular expressions (RE2), and refuse those that Go refuses.

Python's own compiler cannot decide this, because each of the two accepts patterns that the other refuses.
Whatever needs Unicode's tables, such as the name of a script, is assumed to be valid.
"""

import re
from typing import Final, NamedTuple, TypeAlias

_MOST_REPEATS: Final = 1000
_MOST_GROUPS_WITHIN: Final = 1000
# With a leading zero, or without a number before the comma, it is plain text.
_REPEAT: Final = re.compile(r"\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}", re.ASCII)
_GROUP_NAME: Final = re.compile(r"P?<[A-Za-z0-9_]+>", re.ASCII)
_FLAGS: Final = re.compile(r"[imsU]*(?:-[imsU]+)?[:)]")
_POSIX_CLASSES: Final = frozenset(
    ("alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space")
) | {"upper", "word", "xdigit"}
# Unicode's general categories; a longer name may be a script.
_CATEGORIES: Final = "C[cfson]?|L[cmlotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?"
_UNICODE_CLASS: Final = re.compile(
    rf"[pP](?:\{{\^?(?:{_CATEGORIES}|[A-Za-z][A-Za-z0-9_ -]{{2,}})\}}|[CLMNPSZ])", re.IGNORECASE | re.ASCII
)
# Escapes of one character or code point, inside and outside brackets.
_CHARACTER_ESCAPE: Final = re.compile(
    r"[afnrtv]|[\x00-/:-@\[-`{-\x7f]|0[0-7]{0,2}|[1-7][0-7]{1,2}"
    r"|x[0-9A-Fa-f]{2}|x\{0*(?:[0-9A-Fa-f]{1,5}|10[0-9A-Fa-f]{4})\}"
)
_CLASS_ESCAPE: Final = re.compile("[dDsSwW]")
_PLACE_ESCAPE: Final = re.compile("[AbBz]")
_NAMED_ESCAPES: Final = dict(zip("afnrtv", "\a\f\n\r\t\v", strict=True))


class Atom(NamedTuple):
    """A part of the pattern that matches one character or, with ``place``, an empty text at a position."""

    source: str
    place: bool = False


class Group(NamedTuple):
    """Alternatives, each a sequence of nodes. The whole pattern is a group too."""

    branches: "list[list[Node]]"


class Repeat(NamedTuple):
    """A repeated node; ``most`` is None for no limit."""

    node: "Node"
    least: int
    most: int | None


Node: TypeAlias = Atom | Group | Repeat


class Pattern(NamedTuple):
    """A valid pattern; ``flagged`` if it sets flags, which may change the meaning of its parts."""

    root: Group
    flagged: bool


class RefusedError(Exception):
    """The reason why RE2 refuses a pattern, as a predicate such as "has no closing bracket"."""


def read_pattern(text: str) -> Pattern:
    """Parse a pattern. Raise RefusedError if RE2 refuses it."""
    return _Reader(text).read()


class _Level(NamedTuple):
    """An open group: its branches, and the largest product of counted repeats in it so far."""

    branches: list[list[Node]]
    counted: list[int]


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._levels = [_Level([[]], [1])]
        self._flagged = False
        # The largest product of counted repeats in the last node; None if there is nothing to repeat.
        self._last: int | None = None

    def read(self) -> Pattern:
        repeated = False
        while self._at < len(self._text):
            character = self._text[self._at]
            counted = _REPEAT.match(self._text, self._at) if character == "{" else None
            if character in "*+?" or counted is not None:
                if repeated:
                    raise RefusedError("repeats a repetition, as in ++ or {2}{3}")
                self._repeat(character, counted)
                repeated = True
            else:
                self._at += 1
                self._one(character)
                repeated = False
        if len(self._levels) > 1:
            raise RefusedError("has no closing parenthesis")
        return Pattern(Group(self._levels[0].branches), self._flagged)

    def _one(self, character: str) -> None:
        if character == "(":
            self._open()
        elif character == ")":
            self._close()
        elif character == "|":
            self._levels[-1].branches.append([])
            self._last = None
        elif character == "[":
            start = self._at - 1
            self._brackets()
            self._put(Atom(self._text[start : self._at]))
        elif character == "\\":
            self._escape()
        elif character in "^$":
            self._put(Atom(character, place=True))
        else:
            self._put(Atom(character if character in ".{" else re.escape(character)))

    def _put(self, node: Node, repeats: int = 1) -> None:
        level = self._levels[-1]
        level.branches[-1].append(node)
        level.counted.append(repeats)
        self._last = repeats

    def _repeat(self, character: str, counted: re.Match[str] | None) -> None:
        if self._last is None:
            raise RefusedError("has a repetition of nothing")
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(character, (0, None))
        if counted is not None:
            least = int(counted[1])
            most = int(counted[3]) if counted[3] else None if counted[2] else least
            if max(least, most or 0) > _MOST_REPEATS or (most is not None and most < least):
                raise RefusedError("has a repeat count above 1000, or with a maximum below its minimum")
            self._last *= max(1, least if most is None else most)
            if self._last > _MOST_REPEATS:
                raise RefusedError("has nested repeats of more than 1000 times in total")
            self._levels[-1].counted.append(self._last)
        branch = self._levels[-1].branches[-1]
        if branch:  # a group of flags adds no node
            branch[-1] = Repeat(branch[-1], least, most)
        self._at = counted.end() if counted is not None else self._at + 1
        if self._text.startswith("?", self._at):
            self._at += 1

    def _open(self) -> None:
        if self._text.startswith("?", self._at):
            self._at += 1
            if named := _GROUP_NAME.match(self._text, self._at):
                self._at = named.end()
            elif flags := _FLAGS.match(self._text, self._at):
                self._at = flags.end()
                self._flagged = self._flagged or flags[0] not in (":", "i)")
                if flags[0].endswith(")"):  # flags for the rest of the pattern, not a group
                    return
            else:
                raise RefusedError(_group_refusal(self._text[self._at :]))
        if len(self._levels) > _MOST_GROUPS_WITHIN:
            raise RefusedError("is nested too deeply")
        self._levels.append(_Level([[]], [1]))
        self._last = None

    def _close(self) -> None:
        if len(self._levels) == 1:
            raise RefusedError("has a closing parenthesis without an opening one")
        closed = self._levels.pop()
        self._put(Group(closed.branches), max(closed.counted))

    def _escape(self) -> None:
        start = self._at - 1
        if self._text.startswith("Q", self._at):
            end = self._text.find("\\E", self._at)
            quoted = self._text[self._at + 1 : end if end >= 0 else len(self._text)]
            self._at = end + 2 if end >= 0 else len(self._text)
            for character in quoted:
                self._put(Atom(re.escape(character)))
            return
        for known in (_PLACE_ESCAPE, _CLASS_ESCAPE, _UNICODE_CLASS, _CHARACTER_ESCAPE):
            if found := known.match(self._text, self._at):
                self._at = found.end()
                self._put(Atom(self._text[start : self._at], place=known is _PLACE_ESCAPE))
                return
        raise RefusedError(_escape_refusal(self._text[self._at : self._at + 1]))

    def _brackets(self) -> None:
        if self._text.startswith("^", self._at):
            self._at += 1
        first = True
        while first or not self._text.startswith("]", self._at):
            first = False
            self._bracket_item()
        self._at += 1

    def _bracket_item(self) -> None:
        if self._text.startswith("[:", self._at) and (end := self._text.find(":]", self._at + 2)) >= 0:
            if self._text[self._at + 2 : end].removeprefix("^") not in _POSIX_CLASSES:
                raise RefusedError("has an unknown class between [: and :]")
            self._at = end + 2
            return
        if self._text.startswith("\\", self._at):
            for known in (_CLASS_ESCAPE, _UNICODE_CLASS):
                if found := known.match(self._text, self._at + 1):
                    self._at = found.end()
                    return
        low = self._bracket_character()
        if self._text.startswith("-", self._at) and not self._text.startswith("-]", self._at):
            self._at += 1
            if self._bracket_character() < low:
                raise RefusedError("has a range that ends before it begins")

    def _bracket_character(self) -> int:
        """Read one character of a bracket, or an escape; return its code point."""
        if self._at >= len(self._text):
            raise RefusedError("has no closing bracket")
        if self._text[self._at] != "\\":
            self._at += 1
            return ord(self._text[self._at - 1])
        found = _CHARACTER_ESCAPE.match(self._text, self._at + 1)
        if found is None:
            raise RefusedError(_escape_refusal(self._text[self._at + 1 : self._at + 2]))
        self._at = found.end()
        return _code_point(found[0])


def _code_point(escape: str) -> int:
    if escape[0] == "x":
        return int(escape[1:].strip("{}"), 16)
    if escape[0].isdigit():
        return int(escape, 8)
    return ord(_NAMED_ESCAPES.get(escape, escape))


def _group_refusal(rest: str) -> str:
    if rest.startswith(("=", "!", "<=", "<!")):
        return "has a lookahead or lookbehind, which RE2 does not support"
    if rest.startswith(">"):
        return "has an atomic group, which RE2 does not support"
    if rest.startswith("P="):
        return "has a backreference, which RE2 does not support"
    return "has a group that begins with an unknown (?"


def _escape_refusal(character: str) -> str:
    if not character:
        return "ends with a backslash"
    if character in "123456789":
        return "has a backreference, which RE2 does not support"
    if character == "Z":
        return r"contains \Z, which RE2 does not support; patterns match whole names anyway"
    return "contains an unknown escape sequence"
