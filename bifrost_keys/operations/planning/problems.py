"""Collect the refusals of a change of many keys, to report all of them at once."""

from __future__ import annotations

from typing import Final

from bifrost_keys.errors import (
    BifrostKeysError,
    ConfigUnusableError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
)
from bifrost_keys.gateway.rules.fault import Fault, Path, path_text

# If several kinds of error occur, the first in this list decides the exit code.
_ORDER: Final = (NotFoundError, ConfigUnusableError, InvalidInputError, ConflictError)

# Every key would fail for this reason, so it is reported once.
_NOT_OF_THE_INPUT: Final = frozenset({"database-not-readable"})


class Problems:
    """Refusals with their places in the input, raised as one error."""

    def __init__(self) -> None:
        self._found: list[tuple[BifrostKeysError, Fault]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, error: BifrostKeysError, path: Path) -> None:
        """Note a refusal of the part of the input at ``path``; raise one that is not about the input."""
        if error.code in _NOT_OF_THE_INPUT:
            raise error
        error.__traceback__ = None  # it would keep what each refused key was compared with in memory
        faults = error.faults or [Fault(error.code, (), "error", error.message, error.hint or "")]
        self._found += [(error, fault.below(*path)) for fault in faults]

    def add_fault(self, fault: Fault) -> None:
        """Note a fault whose path starts at the top of the input."""
        self._found.append((InvalidInputError(fault.message, code=fault.code), fault))

    def raise_all(self) -> None:
        """Raise one error that names every refusal, if there are any."""
        unique = list({fault: (error, fault) for error, fault in self._found}.values())
        if not unique:
            return
        kind = next((each for each in _ORDER if any(isinstance(error, each) for error, _ in unique)), None)
        first, fault = next(found for found in unique if kind is None or isinstance(found[0], kind))
        faults = [fault for _, fault in unique]
        place = path_text(fault.path)
        if len(faults) > 1:
            message, hint, code = f"{len(faults)} faults in the input; nothing was changed", None, first.code
        else:
            message, hint, code = f"{place}: {fault.message}", fault.hint or first.hint, first.code
        if isinstance(first, ConfigUnusableError):
            raise first
        raise type(first)(message, code=code, hint=hint, field=place or None, faults=faults)
