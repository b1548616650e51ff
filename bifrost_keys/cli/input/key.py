"""Convert command-line options to the fields of a key."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from bifrost_keys.cli.input.named import file_name
from bifrost_keys.cli.input.secret import (
    advise_against_argument,
    read_value,
    secret_file,
    stdin_source,
    value_faults,
    without_line_end,
)
from bifrost_keys.cli.key_options import OWN_OPTIONS, FieldOptions, KeyChanges, KeyOptions
from bifrost_keys.cli.session import Session
from bifrost_keys.errors import InvalidInputError, UsageError
from bifrost_keys.gateway.key import number_of, plain_number
from bifrost_keys.gateway.models.names import pattern_of
from bifrost_keys.gateway.rules.fault import Fault
from bifrost_keys.gateway.rules.secret import given_faults
from bifrost_keys.gateway.secrets.detection import is_reference

MAX_BODY_BYTES: Final = 1024 * 1024
_LONGEST_INTEGER: Final = 19


class KeyInput:
    """The given fields in the form of the file; ``own`` are those of the config object.

    ``body`` are the names of the fields that are only in a request body.
    """

    def __init__(self) -> None:
        """Begin without any field."""
        self.fields: dict[str, Any] = {}
        self.own: dict[str, Any] = {}
        self.faults: list[Fault] = []
        self.left_out: tuple[str, ...] = ()
        self.body: frozenset[str] = frozenset()


@contextmanager
def basics_first(look: Callable[[], object]) -> Iterator[None]:
    """If the input is bad, call ``look`` first, to report an unusable file or a missing provider or key."""
    try:
        yield
    except InvalidInputError:
        look()
        raise


def read_key(
    session: Session, options: KeyOptions, own: FieldOptions, *, from_file: str | None = None
) -> KeyInput:
    """Return the key that the options describe; they take precedence over a request body in ``from_file``.

    Raise UsageError for two sources of one secret or of standard input; faults of the content are collected.
    """
    _refuse_two_sources(session, options, own, from_file)
    key = _body(from_file) if from_file is not None else KeyInput()
    body = dict(key.fields)
    value = read_value(session, options)
    if value is not None:
        key.fields["value"] = value
        key.faults = [fault for fault in key.faults if fault.path[:1] != ("value",)]
        key.faults += value_faults(options, value)
    for member, models in (("models", options.model), ("blacklisted_models", options.blacklisted_model)):
        if models:
            key.fields[member] = models
            key.faults += _comma_faults(member, models)
    if isinstance(options, KeyChanges):
        key.faults += _comma_faults("models", options.add_model or ())
    for member, wanted in (("enabled", options.enabled), ("use_for_batch_api", options.batch)):
        if wanted is not None:
            key.fields[member] = wanted
    key.fields |= own.switches
    if options.weight is not None:
        key.fields["weight"] = _weight(options.weight, key.faults)
    if options.alias:
        key.fields["aliases"] = alias_pairs(options.alias, key.faults)
    _read_own(session, own, key)
    key.body = frozenset(name for name, value in body.items() if key.fields[name] is value)
    return key


def _refuse_two_sources(
    session: Session, options: KeyOptions, own: FieldOptions, from_file: str | None
) -> None:
    """Raise UsageError before anything is read, because it goes before faults of the content."""
    stdin = stdin_source(options)
    if from_file == "-":
        session.claim_stdin("--from-file -")
        if stdin is not None:
            session.claim_stdin(stdin)
    for each in OWN_OPTIONS:
        if own.value(each) is not None and own.file(each) is not None:
            option = each.field.option
            raise UsageError(f"two sources for one secret: {option} and {option}-file", code="source-twice")


def _body(source: str) -> KeyInput:
    from bifrost_keys.gateway.request_body import from_wire, is_view, parse_object, views_in
    from bifrost_keys.stores.files.bounded_input import read_file, read_stdin

    if source == "-":
        data, name = read_stdin(limit=MAX_BODY_BYTES), "standard input"
    else:
        data, name = read_file(source, limit=MAX_BODY_BYTES, name=file_name(source, "--from-file")), source
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidInputError(f"{name} is not UTF-8", field="--from-file") from None
    parsed = parse_object(text, what=name)
    if views_in(parsed) is not None and not is_view(parsed):
        hint = "keys apply reads a list of keys"
        raise InvalidInputError(f"{name} is not one key", field="--from-file", hint=hint)
    fields, faults, left_out = from_wire(parsed["key"] if is_view(parsed) else parsed)
    key = KeyInput()
    key.fields, key.faults, key.left_out = fields, faults, left_out
    return key


def _weight(text: str, faults: list[Fault]) -> Any:
    number = number_of(text)
    if number is None:
        message = "must be a JSON number, for example 1 or 0.5"
        faults.append(Fault("weight-not-a-number", ("weight",), "error", message, "use 0 or more"))
        return 1
    return plain_number(number)


def _comma_faults(member: str, models: Sequence[str]) -> list[Fault]:
    """Return a fault for a list in one option, which would become one model that does not exist.

    A pattern may contain commas.
    """
    message, hint = "contains a comma", "repeat the option for each model"
    return [
        Fault("model-comma", (member, index), "error", message, hint)
        for index, model in enumerate(models)
        if "," in model and pattern_of(model) is None
    ]


def alias_pairs(texts: Sequence[str], faults: list[Fault]) -> dict[str, str]:
    """Return the aliases of FROM=TO texts; add a fault for any other text."""
    pairs: dict[str, str] = {}
    for index, text in enumerate(texts):
        source, mark, target = text.partition("=")
        if not mark:
            hint = "for example gpt-4o=my-deployment"
            faults.append(Fault("alias-form", ("aliases", index), "error", "must be FROM=TO", hint))
        elif "*" in source:
            message = "contains *, which is not a wildcard in an alias, so no request ever matches it"
            hint = "use the exact name of each model"
            faults.append(Fault("alias-wildcard", ("aliases", index), "error", message, hint))
        elif target.startswith(("{", "[")):
            message, hint = (
                "has JSON as its target, not the name of a model",
                "--from-file reads an alias that is an object",
            )
            faults.append(Fault("alias-form", ("aliases", index), "error", message, hint))
        elif target == "*":
            message, hint = "has * as its target, which is not a model", "use the model's name"
            faults.append(Fault("alias-wildcard", ("aliases", index), "error", message, hint))
        elif source in pairs:
            faults.append(Fault("alias-duplicate", ("aliases", index), "error", "is given twice"))
        else:
            pairs[source] = target
    return pairs


def _read_own(session: Session, options: FieldOptions, key: KeyInput) -> None:
    exposed: list[str] = []
    for own in OWN_OPTIONS:
        name, value, path = own.name, options.value(own), options.file(own)
        option = own.field.option
        if path is not None:
            key.own[name] = secret_file(path, f"{option}-file")
        elif isinstance(value, list):
            if own.field.kind == "objects":
                key.own[name] = [_bucket(text, first=not i) for i, text in enumerate(value)]
            else:
                key.own[name] = value
        elif own.field.kind == "integer" and isinstance(value, str):
            key.own[name] = _integer(value, name, key.faults)
        elif value is not None:
            key.own[name] = without_line_end(value) if isinstance(value, str) else value
            if own.field.secret and key.own[name] and not is_reference(key.own[name]):
                exposed.append(f"{option}-file PATH")
        if own.field.secret and name in key.own:
            joined = value is not None  # from --secret-key=--text; as two words it was refused before
            faults = given_faults(key.own[name], (name,))
            key.faults += [fault for fault in faults if not joined or fault.code != "value-option"]
    if exposed:
        advise_against_argument(session, f"env.NAME, or {' and '.join(exposed)}")


def _integer(text: str, name: str, faults: list[Fault]) -> int | None:
    if text.isascii() and text.removeprefix("-").isdigit() and len(text) < _LONGEST_INTEGER:
        return int(text)
    message = "must be a whole number, for example 3600"
    faults.append(Fault("number-not-whole", (name,), "error", message))
    return None


def _bucket(text: str, *, first: bool) -> dict[str, Any]:
    name, mark, prefix = text.partition("=")
    bucket: dict[str, Any] = {"bucket_name": name}
    if mark and prefix:
        bucket["prefix"] = prefix
    if first:
        bucket["is_default"] = True
    return bucket
