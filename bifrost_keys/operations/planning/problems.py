"""Collect everything that is wrong with a change of many keys, to report it together."""

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

# Of several exit codes the first: what is not there, an unusable file, wrong input, a conflict.
_ORDER: Final = (NotFoundError, ConfigUnusableError, InvalidInputError, ConflictError)

# Every key meets this in the same way: it is said once.
_NOT_OF_THE_INPUT: Final = frozenset({"database-not-readable"})


class Problems:
    """Collects refusals with their places in the input, and raises one error for all of them."""

    def __init__(self) -> None:
        self._found: list[tuple[BifrostKeysError, Fault]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, error: BifrostKeysError, path: Path) -> None:
        """Note a refusal of what is at ``path`` of the input; raise one that is not about the input."""
        if error.code in _NOT_OF_THE_INPUT:
            raise error
        faults = error.faults or [Fault(error.code, (), "error", error.message, error.hint or "")]
        self._found += [(error, fault.below(*path)) for fault in faults]

    def add_fault(self, fault: Fault) -> None:
        """Note a fault of the input whose path leads from its top."""
        self._found.append((InvalidInputError(fault.message, code=fault.code), fault))

    def raise_all(self) -> None:
        """Raise one error that names every refusal; nothing when there is none."""
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
