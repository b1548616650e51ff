"""Is the file right? Every rule of the gateway that its keys, and the references to them, break."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bifrost_keys.gateway.fields import CONFIG_BY_NAME, fold
from bifrost_keys.gateway.hashing import key_hashes, reproducible
from bifrost_keys.gateway.providers import built_in, closest, is_keyless, provider_faults, rules_for
from bifrost_keys.gateway.references import KnownKey, find_references, unresolved
from bifrost_keys.gateway.rules.catalog import effect_of
from bifrost_keys.gateway.rules.fault import Fault, Severity, path_text
from bifrost_keys.gateway.rules.key import entry_faults
from bifrost_keys.jsontext.scanner import Member, members
from bifrost_keys.stores.config_file.ambiguous_names import PROVIDER_NAMES, TOP_NAMES
from bifrost_keys.stores.config_file.document import Document, EntryRef
from bifrost_keys.stores.config_file.gateway_database import read_database
from bifrost_keys.stores.config_file.layout import ProviderSpan

TOP_LEVEL: Final = frozenset(
    {
        *("$schema", "access_profiles", "audit_logs", "auth_config", "circuit_breaker_config", "client"),
        *("cluster_config", "config_store", "encryption_key", "env_label", "feature_flags", "framework"),
        *("governance", "guardrails_config", "large_payload_optimization", "load_balancer_config"),
        *("logs_store", "mcp", "plugins", "providers", "scim_config", "server", "skills_registry"),
        *("source_of_truth", "vector_store", "version", "websocket"),
    }
)
_ENTRY_PATH: Final = 4
_MISREAD: Final = re.compile(r"\\/|\\u[dD][89abAB]").search


@dataclass(frozen=True)
class Finding:
    """One breach in a file; line and column from 1, None where the text has no such place."""

    severity: Severity
    code: str
    path: str
    line: int | None
    column: int | None
    message: str
    effect: str
    hint: str


def check_document(document: Document, given: str | None) -> list[Finding]:
    """Every finding in a leniently parsed document, in the order of its text.

    ``given`` is the file's path, beside which the gateway's database is looked for: a key that only it
    knows resolves a reference.
    """
    faults = [*_structure(document), *_keys(document), *_references(document, given)]
    findings = [_finding(document, fault) for fault in dict.fromkeys(faults)]
    return sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0, finding.code))


def _finding(document: Document, fault: Fault) -> Finding:
    line, column = document.position(document.offset_of(fault.path))
    return Finding(
        fault.severity,
        fault.code,
        path_text(fault.path),
        line,
        column,
        fault.message,
        effect_of(fault.code),
        fault.hint,
    )


def _structure(document: Document) -> Iterator[Fault]:
    for problem in document.problems:
        # A key's own field in other case is a rule about keys, told with the others.
        if not (problem.code == "field-case" and len(problem.path) > _ENTRY_PATH):
            yield problem
    for name in document.top_names:
        if name not in TOP_LEVEL and fold(name) not in TOP_NAMES:  # of those the text's problems tell
            message = "is no block of this file"
            hint = f"spell it {fold(name)!r}" if fold(name) in TOP_LEVEL else _suggestion(name, TOP_LEVEL)
            yield Fault("top-level-unknown", (name,), "error", message, hint)
    if "$schema" not in document.top_names:
        hint = 'write "$schema": "https://www.getbifrost.ai/schema"'
        yield Fault("schema-missing", (), "warning", "$schema is missing", hint)
    if "providers" not in document.top_names:
        message = "providers is missing: the gateway looks for keys in its own environment"
        yield Fault("providers-missing", (), "warning", message, "keys create adds one")
    for span in document.spans:
        yield from _provider(document, span)


def _suggestion(name: str, known: Iterable[str]) -> str:
    near = closest(name, sorted(known), most=1)
    return f"did you mean {near[0]}?" if near else "leave it out"


def _provider(document: Document, span: ProviderSpan) -> Iterator[Fault]:
    path = ("providers", span.name)
    settings = document.provider_settings(span.name)
    for fault in provider_faults(span.name, settings):
        yield fault.below(*path)
    names = [member.name for member in span.members]
    for name in names:
        if fold(name) not in PROVIDER_NAMES:
            message = "is no field of a provider"
            hint = _suggestion(name, PROVIDER_NAMES)
            yield Fault("provider-unknown-field", (*path, name), "error", message, hint)
    if span.name != span.name.lower() and built_in(span.name) is not None:
        message = f"the gateway reads the name as {span.name.lower()}"
        yield Fault("provider-case", path, "warning", message, f"write {span.name.lower()}")
    rules = rules_for(span.name, settings)
    count = len(span.names)
    if is_keyless(settings):
        code = "keyless-with-keys" if count else "keyless-without-keys"
        message = (
            "a keyless provider takes no keys" if count else "the gateway's schema wants a key all the same"
        )
        yield Fault(code, (*path, "keys"), "warning", message)
        return
    optional = rules is not None and rules.keys_optional and "keys" not in names
    reported = any(problem.path[: len(path) + 1] == (*path, "keys") for problem in document.problems)
    if not (count or optional or reported):
        message = "the gateway's schema wants at least one key"
        yield Fault("keys-missing", (*path, "keys"), "error", message, "keys create adds one")


def _keys(document: Document) -> Iterator[Fault]:
    rules = {name: rules_for(name, document.provider_settings(name)) for name in document.providers}
    empty_is_all = document.empty_models_allow_all
    doubles = _Doubles(document)
    for ref, entry in document.load_all():
        found = entry_faults(entry, rules[ref.provider], empty_models_allow_all=empty_is_all)
        if is_stale(entry):
            message = "is not the hash of this key: the gateway may drop what was changed in its web page"
            found = [*found, Fault("stale-hash", ("config_hash",), "warning", message, "keys check --fix")]
        found = [*found, *_spelling(document.text, ref), *doubles.faults(ref, entry)]
        yield from (fault.below("providers", ref.provider, "keys", ref.index) for fault in found)


def is_stale(entry: Mapping[str, Any]) -> bool:
    """Whether the recorded hash is neither recipe's, for an entry whose hash can be known."""
    recorded = entry.get("config_hash")
    if not isinstance(recorded, str) or not recorded:
        return False
    # Nearly every recorded hash is right, so whether it could be known is asked last.
    return recorded not in key_hashes(entry) and reproducible(entry)


def _spelling(text: str, ref: EntryRef) -> Iterator[Fault]:
    """Secrets with an escape that the gateway's reader of secrets does not understand."""
    if text.find("\\", ref.start, ref.end) < 0:
        return
    for path, member in _secret_members(text, ref.start):
        if text[member.start] == '"' and _MISREAD(text[member.start : member.end].replace("\\\\", "")):
            message = "is spelled with an escape that the gateway's reader of secrets does not understand"
            yield Fault("value-escape", path, "error", message, "write the characters themselves")


def _secret_members(text: str, start: int) -> Iterator[tuple[tuple[str, ...], Member]]:
    for member in members(text, start):
        config = CONFIG_BY_NAME.get(fold(member.name))
        if fold(member.name) == "value":
            yield (member.name,), member
        elif config is not None and text[member.start] == "{":
            for inner in members(text, member.start):
                field = config.field(fold(inner.name))
                if field is not None and field.reference:
                    yield (member.name, inner.name), inner


class _Doubles:
    """Finds the name, id and secret that an earlier key has too; remembers who had each first."""

    def __init__(self, document: Document) -> None:
        self._first: dict[str, dict[str, EntryRef]] = {"value": {}}
        # Whether there are any is told for all names at once, and for all ids.
        for what in ("name", "id"):
            texts = [text for span in document.spans for text in getattr(span, f"{what}s") if text]
            if len(set(texts)) < len(texts):
                self._first[what] = {}

    def faults(self, ref: EntryRef, entry: Mapping[str, Any]) -> list[Fault]:
        """What this key has of an earlier one's."""
        faults = []
        for what, first_with in self._first.items():
            text = ref.name if what == "name" else ref.id if what == "id" else entry.get("value")
            first = first_with.setdefault(text, ref) if text and isinstance(text, str) else ref
            if first is not ref:
                place = path_text(("providers", first.provider, "keys", first.index))
                faults.append(_double(what, place))
        return faults


def _double(what: str, place: str) -> Fault:
    if what == "value":
        message, hint = f"is the secret of {place} too", "one key with both weights"
        return Fault("duplicate-value", ("value",), "warning", message, hint)
    message = f"the {what} is that of {place} too"
    return Fault(f"duplicate-{what}", (what,), "error", message, "give each key its own")


def _references(document: Document, given: str | None) -> Iterator[Fault]:
    references = find_references(document.top("governance"))
    if not references:
        return
    known = [KnownKey(ref.provider, ref.name, ref.id) for ref in document.all_entries()]
    rows = read_database(document.top("config_store"), given).rows
    known += [KnownKey(row.provider, row.name, row.key_id) for row in rows]
    names = {key.name for key in known}
    for reference in unresolved(references, known):
        hint = "name a key of this provider, or remove the reference"
        if reference.kind == "id" and reference.target in names:
            hint = "it holds a key's name: write the key's id"
        if reference.checked:
            message = "leads to no key: the gateway does not start"
            yield Fault("reference-unresolved", reference.path, "error", message, hint)
        else:
            message = "leads to no key: the gateway starts, and the target has none to use"
            yield Fault("reference-unchecked", reference.path, "error", message, hint)
