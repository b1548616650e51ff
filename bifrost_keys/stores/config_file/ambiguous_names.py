"""Find ambiguous members: duplicates, and names that differ only in case.

The gateway ignores case in the names of fields and takes the last of several, so an object with such members
may mean one thing to a person and another to the gateway.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from bifrost_keys.gateway.fields.table import CONFIG_OBJECTS, fold
from bifrost_keys.gateway.rules.fault import Fault, Path, path_text
from bifrost_keys.jsontext.lines import Lines
from bifrost_keys.jsontext.scanner import Member, Members, members, pairs_at, read_list, value_at

TOP_NAMES = frozenset(
    {"providers", "governance", "config_store", "version", "$schema", "source_of_truth"},
)
PROVIDER_NAMES = frozenset(
    {
        "keys",
        "custom_provider_config",
        "network_config",
        "proxy_config",
        "concurrency_and_buffer_size",
        "send_back_raw_request",
        "send_back_raw_response",
        "store_raw_request_response",
    }
)


def naming_faults(
    found: Members, path: Path, lines: Lines, *, known: Collection[str], twins: bool
) -> list[Fault]:
    """Return the faults for duplicates in one object, and for wrongly cased ``known`` names.

    With ``twins``, any two names that differ only in case are reported, known or not.
    """
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for number, name in enumerate(found.names):
        key, offset = fold(name), found.name_starts[number]
        earlier = first.setdefault(key, number)
        if earlier != number and (twins or key in known or found.names[earlier] == name):
            both = _both_lines(lines, found.name_starts[earlier], offset)
            message = f"{_clash(path, found.names[earlier], name)} ({both})"
            faults.append(_fault("member-duplicate", (*path, name), offset, message, "remove one of them"))
        elif key in known and name != key:
            message = f"{path_text((*path, name))} is read by the gateway as {key!r}"
            faults.append(_fault("field-case", (*path, name), offset, message, f"spell it {key!r}"))
    return faults


def text_faults(
    text: str, start: int, path: Path, lines: Lines, *, known: Collection[str] = ()
) -> list[Fault]:
    """Return every duplicate, case twin and lone surrogate escape, at any depth, in the entry at ``start``.

    ``known`` are the names of the fields of an entry: a field, or a field of a config object, that differs
    from a known one only in case is reported too.
    """
    faults: list[Fault] = []
    # The objects and lists on the way to the current one, each with an iterator over those that are left.
    around: list[Iterator[tuple[int, Path]]] = [iter([(start, path)])]
    while around:
        entered = next(around[-1], None)
        if entered is None:
            around.pop()
            continue
        offset, place = entered
        parts: Iterable[tuple[int, str | int]]
        if text[offset] == "{":
            found = members(text, offset)
            here: Collection[str] = ()
            if known and len(place) <= len(path) + 1:
                here = known if offset == start else _CONFIG_FIELDS.get(str(place[-1]), ())
            faults += naming_faults(found, place, lines, known=here, twins=True)
            faults += [_surrogate(member.name_start, place) for member in found if _is_broken(member.name)]
            parts = zip(found.starts, found.names, strict=True)
        else:
            starts = read_list(text, offset)[0]
            parts = zip(starts, range(len(starts)), strict=True)
        around.append(_inner(text, place, parts, faults))
    return sorted(faults, key=lambda fault: fault.offset)


def _inner(
    text: str, path: Path, parts: Iterable[tuple[int, str | int]], faults: list[Fault]
) -> Iterator[tuple[int, Path]]:
    """Yield the objects and lists among the parts; add the faults of the texts among them."""
    for offset, step in parts:
        if text[offset] in "{[":
            yield offset, (*path, step)
        elif text[offset] == '"' and _is_broken(value_at(text, offset)[0]):
            faults.append(_surrogate(offset, (*path, step)))


def encryption_faults(text: str, top: Iterable[Member]) -> list[Fault]:
    """Return a fault if SOPS encrypted the file: its checksum covers every value, so any edit breaks it."""
    for member in top:
        value = value_at(text, member.start)[0] if member.name == "sops" else None
        if isinstance(value, dict) and "mac" in value:
            message = "the file is encrypted by SOPS"
            hint = "run keys on the decrypted text: sops exec-file --no-fifo FILE 'keys --config {} …'"
            return [_fault("file-encrypted", ("sops",), member.name_start, message, hint)]
    return []


def may_be_faulty(text: str, start: int, known: Collection[str]) -> bool:
    """Return False if ``text_faults`` cannot find anything in the entry at ``start``: a quick first check."""
    pairs, end = pairs_at(text, start, depth=0)
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names) or not set(known).issuperset(names):
        return True
    nested = any(type(value) is tuple for _, value in pairs)
    return nested or nested_twins(pairs) or has_surrogate_escape(text, start, end)


def has_surrogate_escape(text: str, start: int, end: int) -> bool:
    """Return whether there may be half of a surrogate pair between the offsets: a quick first check."""
    return _SURROGATE_ESCAPE(text, start, end) is not None


def nested_twins(pairs: Sequence[tuple[str, Any]]) -> bool:
    """Return whether an object inside this one has two members whose names differ only in case.

    ``pairs`` is the object as returned by scanner.pairs_at.
    """
    todo = [inner for _, inner in pairs if type(inner) in _CONTAINERS]
    while todo:
        value = todo.pop()
        if type(value) is tuple:
            if len({fold(name) for name, _ in value}) != len(value):
                return True
            todo += [inner for _, inner in value if type(inner) in _CONTAINERS]
        else:
            todo += [inner for inner in value if type(inner) in _CONTAINERS]
    return False


_CONFIG_FIELDS = {config.name: frozenset(inner.name for inner in config.fields) for config in CONFIG_OBJECTS}
_CONTAINERS = (tuple, list)
_LONE = "[\ud800-\udfff]"
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]").search


def _clash(path: Path, earlier: str, later: str) -> str:
    if earlier == later:
        return f"{path_text((*path, later))} appears twice"
    return f"{path_text((*path, later))} differs from {path_text((*path, earlier))} only in case"


def _both_lines(lines: Lines, earlier: int, later: int) -> str:
    first, second = lines.position(earlier)[0], lines.position(later)[0]
    return f"lines {first} and {second}" if first != second else f"both on line {first}"


def _is_broken(text: str) -> bool:
    """Return whether the text contains half of a surrogate pair."""
    return not text.isascii() and re.search(_LONE, text) is not None


def _surrogate(offset: int, path: Path) -> Fault:
    message = f"{path_text(path)} contains half of a surrogate pair, which is not text"
    return _fault("surrogate-lone", path, offset, message, "write the whole character")


def _fault(code: str, path: Path, offset: int, message: str, hint: str) -> Fault:
    return Fault(code, path, "error", message, hint, offset=offset)
