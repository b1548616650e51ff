"""Refuse a change with all of its faults, and warn about unusual values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bifrost_keys.errors import InvalidInputError
from bifrost_keys.gateway.rules.fault import Fault, path_text
from bifrost_keys.stores.protocol import Notice


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Raise InvalidInputError naming every fault, if there are any."""
    unique = list(dict.fromkeys(faults))
    if not unique:
        return
    first = unique[0]
    place = path_text(first.path)
    if len(unique) > 1:
        code, message, hint = "input-invalid", f"{len(unique)} faults in the input", None
    else:
        code, hint = first.code, first.hint or None
        message = f"{place} {first.message}" if place else first.message
    raise InvalidInputError(message, code=code, hint=hint, field=place or None, faults=unique)


def together(read: Sequence[Fault], judged: Iterable[Fault]) -> list[Fault]:
    """Return the faults found while the input was read, and those ``judged`` at other places.

    A value that could not be read is judged as if it were empty: that second fault is not the user's.
    """
    places = {fault.path for fault in read}
    return [*read, *(fault for fault in judged if fault.path not in places)]


def warnings_of(faults: Iterable[Fault], provider: str, name: str | None) -> list[Notice]:
    """Return the faults that are allowed, as warnings about this key."""
    return [
        Notice(
            fault.code,
            f"{path_text(fault.path)} {fault.message}",
            fault.hint,
            provider,
            name,
        )
        for fault in faults
        if not fault.refused
    ]
