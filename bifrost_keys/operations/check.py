"""Check a config file against the rules of the gateway."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

from bifrost_keys.gateway.fields.table import ALIAS_FIELDS, KEY, Field, as_gateway_reads, fold
from bifrost_keys.gateway.hashing.key_hash import has_hash, reproducible
from bifrost_keys.gateway.models.deployments import NAME, as_aliases
from bifrost_keys.gateway.providers.table import rules_for
from bifrost_keys.gateway.references import KnownKey
from bifrost_keys.gateway.releases import ReleaseRange
from bifrost_keys.gateway.restart.database_state import DatabaseState
from bifrost_keys.gateway.rules.catalog import CODES, Severity, effect_of
from bifrost_keys.gateway.rules.duplicate import Duplicates
from bifrost_keys.gateway.rules.fault import Fault, Path, breach, path_text
from bifrost_keys.gateway.rules.file import file_faults
from bifrost_keys.gateway.rules.key import entry_faults
from bifrost_keys.gateway.rules.provider import provider_faults
from bifrost_keys.gateway.rules.reference import reference_faults
from bifrost_keys.gateway.rules.weight import weights_overflow
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.jsontext.scanner import Member, members, value_at
from bifrost_keys.stores.config_file.ambiguous_names import PlacedFault
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.config_file.gateway_state import GatewayState
from bifrost_keys.stores.config_file.snapshot import FileSnapshot

# providers, the provider, keys, the key's place.
_ENTRY_PATH: Final = 4
_ALIAS: Final = tuple(each.field for each in ALIAS_FIELDS)
_MISREAD: Final = re.compile(r"\\/|\\u[dD][89abAB]").search


@dataclass(frozen=True)
class Finding:
    """A fault in a file. Line and column count from 1, and are None if the text has no such place.

    ``provider`` and ``name`` are those of the key concerned, if there is one, and may be printed; ``subject``
    and ``message`` make a sentence.
    """

    severity: Severity
    code: str
    path: str
    line: int | None
    column: int | None
    message: str
    effect: str
    hint: str
    provider: str | None = None
    name: str | None = None
    subject: str = ""

    @property
    def key(self) -> str | None:
        """The key that it is about, such as openai/prod; None if it is not about one key."""
        return f"{self.provider}/{self.name}" if self.provider is not None else None


def check_document(document: Document, given: str | None, *, release: str | None = None) -> list[Finding]:
    """Return every finding in a leniently parsed document, errors first, then in the order of the text.

    ``given`` is the path of the file; the gateway's database is looked for next to it, because a reference
    may be to a key that only the database has. ``release`` is the gateway's, if the user gave it; otherwise
    the database may show how old the gateway is. Raise InvalidInputError if it is not a release.
    """
    problems = document.problems
    if any(problem.code == "file-encrypted" for problem in problems):  # the rest cannot be checked
        return [_finding(document, problems[0])]
    snapshot = FileSnapshot(document, given, release=release)
    try:
        faults = snapshot.settled(lambda: _faults(document, snapshot.gateway))
    finally:
        snapshot.close()
    return sorted((_finding(document, fault) for fault in faults), key=_order)


def _faults(document: Document, gateway: GatewayState) -> Sequence[Fault]:
    rules = chain(
        _structure(document, gateway.releases),
        _keys(document, gateway.releases),
        _references(document, gateway),
        _rows(document, gateway.database),
    )
    return _once(document.problems, rules)


def _once(problems: Sequence[Fault], rules: Iterable[Fault]) -> list[Fault]:
    """Return the faults of the text and of the rules, without a second one about the same place."""
    unreadable = {fault.path for fault in problems if fault.code in ("type-wrong", "surrogate-lone")}
    known = {(fault.path, fault.code): fault for fault in problems}
    for fault in rules:
        if fault.path in unreadable or (fault.path, fault.code) in known:
            continue
        if fault.code == "field-case" and (fault.path, "member-duplicate") in known:
            continue
        if fault.code == "alias-duplicate":  # more exact than "two names differ in case"
            known.pop((fault.path, "member-duplicate"), None)
        known[fault.path, fault.code] = fault
    return list(known.values())


def _order(finding: Finding) -> tuple[bool, int, int, str]:
    return finding.severity != "error", finding.line or 0, finding.column or 0, finding.code


def _finding(document: Document, fault: Fault) -> Finding:
    line, column = document.position(document.offset_of(fault.path))
    entry = _entry_of(document, fault.path)
    provider, name = _handles(*entry) if entry is not None else (None, None)
    # A fault of the text itself already has its subject.
    about = fault.path[_ENTRY_PATH:] if entry is not None else fault.path
    return Finding(
        CODES[fault.code].severity,
        fault.code,
        path_text(fault.path),
        line,
        column,
        fault.message,
        effect_of(fault.code),
        fault.hint,
        provider,
        name,
        "" if isinstance(fault, PlacedFault) else path_text(about),
    )


def _entry_of(document: Document, path: Path) -> tuple[str, int, str | None] | None:
    """Return the provider, position and name of the key that a path leads to or into."""
    if len(path) < _ENTRY_PATH or path[0] != "providers" or not isinstance(path[3], int):
        return None
    provider, place = str(path[1]), path[3]
    names = document.names(provider)  # if two providers have one name, the last one counts
    return provider, place, names[place] if place < len(names) else None


def _structure(document: Document, releases: ReleaseRange) -> Iterator[Fault]:
    starts = {fold(member.name): member.start for member in document.index.top}

    def value_of(name: str) -> Any:
        start = starts.get(fold(name))
        return value_at(document.text, start)[0] if start is not None else None

    yield from file_faults(document.top_names, value_of, releases=releases)
    for span in document.spans:
        settings = document.provider_settings(span.name)
        count = len(span.keys.starts) if span.keys is not None else None
        for fault in provider_faults(span.name, settings, key_count=count, releases=releases):
            yield fault.below("providers", span.name)


def _keys(document: Document, releases: ReleaseRange) -> Iterator[Fault]:
    rules = {name: rules_for(name, document.provider_settings(name)) for name in document.providers}
    weights: dict[str, list[Any]] = {name: [] for name in rules}
    empty_is_all = document.empty_models_allow_all
    duplicates = Duplicates()
    for ref, entry in document.load_all():
        path, own = ("providers", ref.provider, "keys", ref.position), rules[ref.provider]
        read = as_gateway_reads(entry)
        weights[ref.provider].append(read.get("weight"))
        found = entry_faults(entry, own, empty_models_allow_all=empty_is_all, releases=releases)
        if is_stale(entry, empty_models_allow_all=empty_is_all):
            message = "is not the hash of this key: the gateway may drop what was changed in its web UI"
            found = [*found, breach("hash-stale", ("config_hash",), message, "keys check --fix")]
        found = [
            *found,
            *_spelling(document.text, ref),
            *duplicates.faults(path, _label(ref.provider, ref.position, ref.name), read, own),
        ]
        yield from (_with_command(fault, ref, entry).below(*path) for fault in found)
    for provider, each in weights.items():
        if weights_overflow(each):
            message = "have weights that add up to more than the gateway can count: it crashes at a request"
            yield breach("weights-too-large", ("providers", provider, "keys"), message, "use smaller weights")


def _with_command(fault: Fault, ref: EntryRef, entry: Mapping[str, Any]) -> Fault:
    """Return the fault with a hint that names the command which fixes it."""
    selector = shlex.quote(_label(ref.provider, ref.position, ref.name))
    if fault.code == "blacklist-all":
        return replace(fault, hint=f"keys update {selector} --clear blacklisted-models")
    if fault.code in ("name-missing", "name-empty"):
        return replace(fault, hint=f"keys check --fix gives it one, or: keys rename {selector} NAME")
    if fault.code == "field-case":
        return replace(fault, hint=f"{fault.hint}: keys check --fix does that")
    if fault.path[-1:] == (NAME,) and as_aliases(entry) == entry:
        return replace(
            fault, hint="some of it cannot be an alias beside those of the key: decide which one to keep"
        )
    return fault


def _label(provider: str, place: int, name: str | None) -> str:
    """Return the key's name as messages and commands spell it."""
    return "/".join(_handles(provider, place, name))


def _handles(provider: str, place: int, name: str | None) -> tuple[str, str]:
    """Return the provider, and the key's name or place there, in a form that may be printed."""
    return shown_name(provider), shown_name(name) if name else f"#{place + 1}"


def is_stale(entry: Mapping[str, Any], *, empty_models_allow_all: bool) -> bool:
    """Return whether no release computes the recorded hash, if the hash of this entry can be known."""
    recorded = entry.get("config_hash")
    if not isinstance(recorded, str) or not recorded:
        return False
    # Asked last, because nearly every recorded hash is right.
    differs = not has_hash(entry, recorded, empty_models_allow_all=empty_models_allow_all)
    return differs and reproducible(entry)


def _spelling(text: str, ref: EntryRef) -> Iterator[Fault]:
    """Yield a fault for each secret with an escape that the gateway's own reader does not understand."""
    if text.find("\\", ref.start, ref.end) < 0:
        return
    for path, member in _secret_members(text, ref.start):
        if text[member.start] == '"' and _MISREAD(text[member.start : member.end].replace("\\\\", "")):
            message = "is spelled with an escape that the gateway's reader of secrets does not understand"
            yield breach("value-escape", path, message, "write the characters themselves")


def _secret_members(
    text: str, start: int, fields: Iterable[Field] = KEY, path: Path = ()
) -> Iterator[tuple[Path, Member]]:
    """Yield the members of the object at ``start``, at any depth, that may be a reference."""
    named = {field.name: field for field in fields}
    for member in members(text, start):
        field, place = named.get(fold(member.name)), (*path, member.name)
        if field is not None and field.reference:
            yield place, member
        elif field is not None and field.kind == "object" and text[member.start] == "{":
            yield from _secret_members(text, member.start, field.fields, place)
        elif field is not None and field.kind == "aliases" and text[member.start] == "{":
            for target in members(text, member.start):
                if text[target.start] == "{":
                    yield from _secret_members(text, target.start, _ALIAS, (*place, target.name))


def _references(document: Document, gateway: GatewayState) -> Iterator[Fault]:
    database = gateway.database
    known = [KnownKey(ref.provider, ref.name, ref.id) for ref in document.all_entries()]
    known += [KnownKey(row.provider, row.name, row.key_id) for row in database.rows]
    off = not database.may_be_kept
    return reference_faults(document.top, known, database_is_off=off, releases=gateway.releases)


def _rows(document: Document, database: DatabaseState) -> Iterator[Fault]:
    """Yield a fault for a key found in its row by id, whose name is in another provider's row."""
    by_id = {row.key_id: row for row in database.rows}
    by_name = {row.name: row for row in database.rows}
    for ref in document.all_entries() if by_id else ():
        own, other = by_id.get(ref.id or ""), by_name.get(ref.name or "")
        if own is None or other is None or own is other or other.provider.lower() == ref.provider.lower():
            continue
        message = f"is the name of a key of {other.provider} in the gateway's database: it does not start"
        path = ("providers", ref.provider, "keys", ref.position, "name")
        yield breach("name-of-other-row", path, message, "give the key another name")
