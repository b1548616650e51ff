"""The rules about the top level of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bifrost_keys.gateway.fields import fold
from bifrost_keys.gateway.rules.fault import Fault, breach
from bifrost_keys.gateway.rules.json_types import TOP_TYPES, type_faults
from bifrost_keys.gateway.rules.unknown import file_members, unknown_faults

SCHEMA: Final = "https://www.getbifrost.ai/schema"
_MEMBERS: Final = file_members()
_VERSIONS: Final = (1, 2)
_SOURCES: Final = ("split", "config.json")


def file_faults(names: Sequence[str], value_of: Callable[[str], Any]) -> Iterator[Fault]:
    """What is wrong with the file outside of its providers; paths begin at the top.

    ``names`` are the members at the top level, ``value_of`` returns the value of one.
    """
    yield from _unknown(names, value_of)
    for name in names:
        shape = TOP_TYPES.get(fold(name))
        if shape is not None:
            yield from type_faults(value_of(name), shape, (name,))
    yield from _schema(names, value_of("$schema"))
    yield from _version(value_of("version"))
    yield from _source_of_truth(value_of("source_of_truth"))
    if "providers" not in {fold(name) for name in names}:
        message = "is missing: the gateway looks for keys in its own environment"
        yield breach("providers-missing", ("providers",), message, "keys create adds one")


def _unknown(names: Sequence[str], value_of: Callable[[str], Any]) -> Iterator[Fault]:
    for fault in unknown_faults(names, _MEMBERS):
        # A provider of one's own is recognised by its keys.
        value = value_of(str(fault.path[0])) if fault.code == _MEMBERS.code else None
        if isinstance(value, Mapping) and isinstance(value.get("keys"), list):
            message = "has no effect in the file: known gateways do not read it there"
            yield breach("misplaced-field", fault.path, message, "a provider belongs inside providers")
        else:
            yield fault


def _schema(names: Sequence[str], address: Any) -> Iterator[Fault]:
    hint = f'write "$schema": "{SCHEMA}"'
    if "$schema" not in map(fold, names):
        yield breach("schema-missing", ("$schema",), "is missing: editors cannot check the file", hint)
    elif address != SCHEMA:
        message = "is not the address of Bifrost's schema: releases before 1.5.12 warn at each start"
        yield breach("schema-address", ("$schema",), message, hint)


def _version(version: Any) -> Iterator[Fault]:
    if type(version) is int and version not in _VERSIONS:
        message = "is neither 1 nor 2, the versions of the file that the gateway knows"
        yield breach("version-unknown", ("version",), message, "write 2, or leave it out")


def _source_of_truth(value: Any) -> Iterator[Fault]:
    if isinstance(value, str) and value.strip().lower() not in (*_SOURCES, ""):
        message = "is neither split nor config.json: the gateway takes it as split"
        yield breach(
            "source-of-truth-unknown", ("source_of_truth",), message, 'write "config.json" or "split"'
        )
