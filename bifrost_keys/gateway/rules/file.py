"""Rules about the top level of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from bifrost_keys.gateway.fields.table import fold
from bifrost_keys.gateway.releases import ANY_RELEASE, Release, ReleaseRange
from bifrost_keys.gateway.rules.fault import Fault, breach
from bifrost_keys.gateway.rules.json_types import TOP_TYPES, type_faults
from bifrost_keys.gateway.rules.release import newer_member_faults
from bifrost_keys.gateway.rules.unknown import file_members, unknown_faults

SCHEMA: Final = "https://www.getbifrost.ai/schema"
_MEMBERS: Final = file_members()
# Top-level members added after 1.5.1, each with its release if that is known.
_SINCE: Final[Mapping[str, Release]] = {
    "agents": (2, 3, 1),
    "alerting": (1, 6, 4),
    "circuit_breaker_config": (1, 6, 0),
    "server": (1, 5, 12),
    "setup_token": (2, 0, 0),
    "source_of_truth": (1, 5, 9),
    "trusted_networks": (2, 2, 0),
    "webhooks": (1, 6, 5),
}
_VERSIONS: Final = (1, 2)
_SOURCES: Final = ("split", "config.json")


def file_faults(
    names: Sequence[str], value_of: Callable[[str], Any], *, releases: ReleaseRange = ANY_RELEASE
) -> Iterator[Fault]:
    """Yield the faults of the file outside its providers; paths begin at the top.

    ``names`` are the top-level members, ``value_of`` returns the value of one; ``releases`` are the possible
    releases of the gateway.
    """
    yield from _unknown(names, value_of)
    yield from newer_member_faults(names, _SINCE, releases)
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
        # A custom provider is recognised by its keys.
        value = value_of(str(fault.path[0])) if fault.code == _MEMBERS.code else None
        if isinstance(value, Mapping) and isinstance(value.get("keys"), list):
            message = "has no effect in the file: known gateways do not read it there"
            yield breach("field-misplaced", fault.path, message, "a provider belongs inside providers")
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
    if type(version) is int and version not in _VERSIONS and abs(version) < 2**63:
        message = "is neither 1 nor 2, the versions that the gateway knows"
        yield breach("version-unknown", ("version",), message, "write 2, or omit it")


def _source_of_truth(value: Any) -> Iterator[Fault]:
    if isinstance(value, str) and value.strip().lower() not in (*_SOURCES, ""):
        message = "is neither split nor config.json: the gateway treats it as split"
        yield breach(
            "source-of-truth-unknown", ("source_of_truth",), message, 'write "config.json" or "split"'
        )
