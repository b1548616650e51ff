"""An entry of the file beside the gateway's own row of that key.

The gateway keeps with each row the hash of the entry that it was taken from. That hash tells who
changed what: while it is still the entry's own, by either recipe, people changed the row in the web
page; otherwise the file changed, and the next start takes the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bifrost_keys.gateway.database_row import KeyRow
from bifrost_keys.gateway.fields import CONFIG_OBJECTS, FLAGS, alias_target, as_gateway_reads
from bifrost_keys.gateway.go_json import compact, number
from bifrost_keys.gateway.hashing import key_hashes, reproducible

State = Literal[
    "in-sync",
    "renamed",
    "will-be-undone",
    "changed-in-file",
    "changed-in-web",
    "differs",
    "only-in-file",
    "only-in-gateway",
]


@dataclass(frozen=True)
class Finding:
    """One thing that holds of a key, with the fields that it is about (never their values)."""

    state: State
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class KeyState:
    """What a key is, seen from the file and from the database: the first finding, and the others as notes.

    ``taken_again``: the fields are equal, but the next start takes the entry again, its hash differs.
    ``by_fields``: the hashes cannot be compared, the fields that are plain were.
    """

    state: State
    fields: tuple[str, ...] = ()
    notes: tuple[Finding, ...] = ()
    taken_again: bool = False
    by_fields: bool = False


@dataclass(frozen=True)
class Pair:
    """An entry and the row that belongs to it; either may be missing, but not both.

    ``place`` is what the caller gave with the entry.
    """

    place: Any
    entry: Mapping[str, Any] | None
    row: KeyRow | None


def pairs(
    entries: Iterable[tuple[Any, Mapping[str, Any]]],
    rows: Iterable[KeyRow],
    *,
    provider_of: Callable[[Any], str] = str,
) -> list[Pair]:
    """Every entry with its row, by id and else by name, in the order of the file; then rows without one.

    Ids and names are unique over all providers: of several entries that have a row's, the one at the
    row's own provider gets it. ``provider_of`` tells the provider of a place.
    """
    listed = list(entries)
    left = {id(row): row for row in rows}
    by_id = {row.key_id: row for row in left.values() if row.key_id}
    by_name = {row.name: row for row in left.values()}
    found: dict[int, KeyRow] = {}
    for known, field in ((by_id, "id"), (by_name, "name")):
        elsewhere: list[tuple[int, KeyRow]] = []
        for index, (place, entry) in enumerate(listed):
            key = entry.get(field)
            row = known.get(key) if isinstance(key, str) and index not in found else None
            if row is None or id(row) not in left:
                continue
            if provider_of(place).lower() == row.provider.lower():
                found[index] = left.pop(id(row))
            else:
                elsewhere.append((index, row))
        for index, row in elsewhere:
            if id(row) in left:
                found[index] = left.pop(id(row))
    matched = [Pair(place, entry, found.get(index)) for index, (place, entry) in enumerate(listed)]
    return matched + [Pair(None, None, row) for row in left.values()]


def compare(entry: Mapping[str, Any] | None, row: KeyRow | None, *, provider: str | None = None) -> KeyState:
    """The state of one key; ``entry`` None: it is not in the file, ``row`` None: not in the database.

    ``provider`` is where the entry stands, None: where the row does. Only a file can move a key.
    """
    if row is None or entry is None:
        return KeyState("only-in-file" if row is None else "only-in-gateway")
    fields = differing_fields(entry, row)
    if provider is not None and provider.lower() != row.provider.lower():
        moved = Finding("changed-in-file", ("provider", *(field for field in fields if field != "name")))
        if "name" in fields:
            return KeyState("renamed", (), (moved,))
        return KeyState(moved.state, moved.fields)
    if row.config_hash and row.config_hash in key_hashes(entry):
        if fields:
            return KeyState("changed-in-web", fields)
        return KeyState("in-sync", by_fields=not reproducible(entry))
    certain = reproducible(entry)
    if not certain and "name" not in fields:
        # The entry's hash depends on the gateway's environment, or on chance: it tells nothing.
        return KeyState("differs" if fields else "in-sync", fields, by_fields=True)
    findings = _findings(entry, row, fields, certain=certain)
    if not findings and row.encrypted and row.config_hash and _changed_in_file(entry, row) is None:
        return KeyState("changed-in-file")  # in what is encrypted: nothing that can be seen differs
    if not findings:
        return KeyState("in-sync", taken_again=True)
    return KeyState(findings[0].state, findings[0].fields, tuple(findings[1:]), by_fields=not certain)


def _findings(
    entry: Mapping[str, Any], row: KeyRow, fields: tuple[str, ...], *, certain: bool
) -> list[Finding]:
    """What holds of an entry whose hash is not the row's, the most telling first."""
    findings = [Finding("renamed")] if "name" in fields else []
    ours = _changed_in_file(entry, row)
    others = tuple(field for field in fields if field not in ("name", "enabled"))
    if "enabled" in fields and (not findings or ours is None or "enabled" in ours):
        findings.append(Finding("will-be-undone", ("enabled",)))
    elif "enabled" in fields:
        others = (*others, "enabled")
    if others:
        # The next start takes the file: that the web page changed a field is at most a note.
        web = ours is not None and findings
        side: State = "changed-in-web" if web else "changed-in-file" if certain else "differs"
        findings.append(Finding(side, others))
    return findings


def _changed_in_file(entry: Mapping[str, Any], row: KeyRow) -> frozenset[str] | None:
    """Which of name and ``enabled`` the file changed and nothing else; None when it changed more.

    Undoing just these gives the entry that the row was taken from: its hash is the row's.
    """
    if not row.config_hash:
        return None
    now = entry.get("enabled") is not False
    plain = {name: value for name, value in entry.items() if name != "enabled"}
    there = entry.get("name")
    # An absent ``enabled`` has the hash of a false one: what the entry and the row say is more likely.
    spelled = entry.get("enabled") if isinstance(entry.get("enabled"), bool) else None
    spellings = dict.fromkeys((spelled, row.entry.get("enabled"), None, True, False))
    for name in (there,) if there == row.name else (there, row.name):
        for enabled in spellings:
            earlier = {**plain, "name": name, "enabled": enabled}
            if row.config_hash in key_hashes(earlier):
                changed = {"name"} if name != there else set()
                return frozenset(changed | ({"enabled"} if (enabled is not False) is not now else set()))
    return None


def differing_fields(entry: Mapping[str, Any], row: KeyRow) -> tuple[str, ...]:
    """The fields in which entry and row differ, as the gateway reads them; ids and hashes apart.

    What the row cannot tell (encrypted, or broken in the database) does not differ.
    """
    ours, theirs = _plain(entry), _plain(row.entry)
    paths = [path for path in dict.fromkeys([*ours, *theirs]) if path not in row.unreadable]
    return tuple(".".join(path) for path in paths if ours.get(path) != theirs.get(path))


def changed_in_web(entry: Mapping[str, Any], row: KeyRow) -> tuple[str, ...]:
    """The fields that people changed in the gateway's web page since it last took this entry.

    The row keeps the hash of the entry that it was taken from: while that is still the entry's own hash,
    by either recipe, whatever differs was changed over there. Empty when the file changed since, too.
    """
    if row.config_hash and row.config_hash in key_hashes(entry):
        return differing_fields(entry, row)
    return ()


def _plain(entry: Mapping[str, Any]) -> dict[tuple[str, ...], Any]:
    """Every field by its path, absent and default alike left out."""
    read = as_gateway_reads(entry)
    fields: dict[tuple[str, ...], Any] = {
        ("name",): read.get("name") or None,
        ("value",): _text(read.get("value")) or None,
        ("models",): _unordered(read.get("models")) or None,
        ("blacklisted_models",): _unordered(read.get("blacklisted_models")) or None,
        ("weight",): _float(read.get("weight") or None),
        ("aliases",): _aliases(read.get("aliases")) or None,
        ("enabled",): None if read.get("enabled") is not False else False,
        ("use_for_batch_api",): read.get("use_for_batch_api") or None,
        **{(flag.name,): read.get(flag.name) or None for flag in FLAGS},
    }
    for config in CONFIG_OBJECTS:
        members = read.get(config.name)
        if isinstance(members, Mapping):
            fields |= {(config.name, name): _said(_text(value)) for name, value in members.items()}
    return {path: value for path, value in fields.items() if value is not None}


def _text(value: Any) -> Any:
    """A number in the place of a text is its own text."""
    return compact(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _unordered(models: Any) -> Any:
    """The list in one order: the gateway's hash does not know the order, and nothing else depends on it."""
    texts = isinstance(models, list) and all(isinstance(model, str) for model in models)
    return sorted(models) if texts else models


def _float(weight: Any) -> Any:
    """The weight in the spelling of the float64 that the gateway makes of it."""
    return number(weight) if isinstance(weight, (int, float)) else weight


def _aliases(aliases: Any) -> Any:
    if not isinstance(aliases, Mapping):
        return aliases
    return {source: alias_target(target) for source, target in aliases.items()}


def _said(value: Any) -> Any:
    """The value without what is empty or false in it, which the gateway does not store; None for nothing."""
    if isinstance(value, Mapping):
        value = {name: said for name, part in value.items() if (said := _said(part)) is not None}
    elif isinstance(value, list):
        value = [_said(part) for part in value]
    return value or None
