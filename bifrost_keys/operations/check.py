"""Check the keys of a store: find every rule of the gateway that they, or references to them, break."""

import shlex
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields.table import as_gateway_reads
from bifrost_keys.gateway.models.deployments import NAME, as_aliases
from bifrost_keys.gateway.providers.table import rules_for
from bifrost_keys.gateway.rules.catalog import CODES, Severity, effect_of
from bifrost_keys.gateway.rules.duplicate import Duplicates
from bifrost_keys.gateway.rules.fault import Fault, Path, breach, path_text
from bifrost_keys.gateway.rules.key import entry_faults
from bifrost_keys.gateway.rules.weight import weights_overflow
from bifrost_keys.gateway.secrets.masked import Masked, masks_as_references
from bifrost_keys.gateway.secrets.masking import shown_name
from bifrost_keys.stores.config_file.document import Document
from bifrost_keys.stores.config_file.snapshot import FileSnapshot
from bifrost_keys.stores.protocol import Key, Snapshot, Store

# providers, the provider, keys, the key's place.
_ENTRY_PATH: Final = 4
# A gateway knows every member that it shows itself, and spells it correctly.
_OF_SPELLING: Final = frozenset(
    {"field-unknown", "config-field-unknown", "field-misplaced", "field-newer", "field-case", "alias-object"}
)


class Finding(NamedTuple):
    """A fault in a file. Line and column count from 1, and are None if the text has no such place.

    ``provider`` and ``name`` are those of the key concerned, if there is one, and may be printed; ``subject``
    and ``message`` make a sentence.
    """

    severity: Severity
    code: str
    place: Path
    line: int | None
    column: int | None
    message: str
    effect: str
    hint: str
    provider: str | None = None
    name: str | None = None
    about: Path = ()

    @property
    def path(self) -> str:
        """The place in the file, such as ``providers.openai.keys[2].weight``."""
        return path_text(self.place)

    @property
    def subject(self) -> str:
        """The subject of the sentence; empty if ``message`` has one."""
        return path_text(self.about)

    @property
    def key(self) -> str | None:
        """The key that it is about, such as openai/prod; None if it is not about one key."""
        return f"{self.provider}/{self.name}" if self.provider is not None else None


def check_store(store: Store) -> list[Finding]:
    """Return every finding in a store, with all its faults; raise what reading it raises."""
    return check_snapshot(store.inspect())


def check_document(document: Document, given: str | None, *, release: str | None = None) -> list[Finding]:
    """Return every finding in a leniently parsed document.

    ``given`` is the path of the file; the gateway's database is looked for next to it. ``release`` is the
    gateway's, if the user gave it. Raise InvalidInputError if it is not a release.
    """
    snapshot = FileSnapshot(document, given, release=release)
    try:
        return check_snapshot(snapshot)
    finally:
        snapshot.close()


def check_snapshot(snapshot: Snapshot) -> list[Finding]:
    """Return every finding, errors first, then in the order of the text, or else of the store."""
    text = snapshot.text_faults
    if any(fault.code == "file-encrypted" for fault in text):  # the rest cannot be checked
        return [_finding(snapshot, text[0], {}, {id(text[0])})]
    faults = snapshot.settled(lambda: _once(text, [*_keys(snapshot), *snapshot.own_faults()]))
    places = {_place(fault.path) for fault in faults}
    keys = {place: key for key in snapshot.keys() if (place := (key.provider, key.position)) in places}
    of_text = {id(fault) for fault in text}
    return sorted((_finding(snapshot, fault, keys, of_text) for fault in _removed(faults)), key=_order)


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


def _removed(faults: list[Fault]) -> Iterator[Fault]:
    """Yield the faults in their order and remove them: there may be very many, each to become a finding."""
    faults.reverse()
    while faults:
        yield faults.pop()


def _order(finding: Finding) -> tuple[bool, int, int, str]:
    in_text = finding.line is not None
    return finding.severity != "error", finding.line or 0, finding.column or 0, finding.code * in_text


def _finding(
    snapshot: Snapshot, fault: Fault, keys: Mapping[tuple[str, int], Key], of_text: Container[int]
) -> Finding:
    line, column = snapshot.position(fault.path) or (None, None)
    key = keys.get(_place(fault.path))
    # A fault of the text itself already has its subject.
    about = () if id(fault) in of_text else fault.path[_ENTRY_PATH if key is not None else 0 :]
    known = CODES.get(fault.code)
    return Finding(
        # A fault that refuses an edit is an error there, but may be only a warning in a check.
        known.severity if known is not None else fault.severity,
        fault.code,
        fault.path,
        line,
        column,
        fault.message,
        effect_of(fault.code),
        fault.hint,
        shown_name(key.provider) if key is not None else None,
        key.handle if key is not None else None,
        about,
    )


def _place(path: Path) -> tuple[str, int]:
    """Return the provider and position of the key that a path leads to or into; -1 if there is none."""
    if len(path) < _ENTRY_PATH or path[0] != "providers" or not isinstance(path[3], int):
        return "", -1
    return str(path[1]), path[3]


def _keys(snapshot: Snapshot) -> Iterator[Fault]:
    rules = {name: rules_for(name, snapshot.provider_settings(name)) for name in snapshot.providers}
    weights: dict[str, list[Any]] = {name: [] for name in rules}
    duplicates, releases = Duplicates(), snapshot.releases
    empty_is_all = snapshot.empty_models_allow_all
    for key in snapshot.keys():
        path, own = ("providers", key.provider, "keys", key.position), rules[key.provider]
        entry = masks_as_references(key.fields) if snapshot.served else key.fields
        read = as_gateway_reads(entry)
        weights[key.provider].append(read.get("weight"))
        found = [
            *entry_faults(entry, own, empty_models_allow_all=empty_is_all, releases=releases),
            *snapshot.key_faults(key),
            *duplicates.faults(key, _comparable(key.fields, read), own),
        ]
        key.forget()  # it stays for comparison with the others
        if snapshot.served:
            found = [fault for fault in found if fault.code not in _OF_SPELLING]
        yield from (_with_command(fault, key).below(*path) for fault in _removed(found))
    for provider, each in weights.items():
        if weights_overflow(each):
            message = "have weights that add up to more than the gateway can count: it crashes at a request"
            yield breach("weights-too-large", ("providers", provider, "keys"), message, "use smaller weights")


def _comparable(fields: Mapping[str, Any], read: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the key without its masked secret: two secrets may have the same mask and still differ."""
    return {**read, "value": None} if isinstance(fields.get("value"), Masked) else read


def _with_command(fault: Fault, key: Key) -> Fault:
    """Return the fault with a hint that names the command which fixes it."""
    selector = shlex.quote(key.label)
    if fault.code == "blacklist-all":
        return fault._replace(hint=f"keys update {selector} --clear blacklisted-models")
    if fault.code in ("name-missing", "name-empty"):
        return fault._replace(hint=f"keys check --fix gives it one, or: keys rename {selector} NAME")
    if fault.code == "field-case":
        return fault._replace(hint=f"{fault.hint}: keys check --fix does that")
    if fault.path[-1:] == (NAME,) and as_aliases(key.fields) == key.fields:
        return fault._replace(
            hint="some of it cannot be an alias beside those of the key: decide which one to keep"
        )
    return fault
