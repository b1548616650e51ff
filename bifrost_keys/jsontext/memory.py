"""What was concluded from a thing serves for all that are alike; of the first thousand kinds, not more."""

from __future__ import annotations

from typing import Any, TypeVar

_Value = TypeVar("_Value")
MOST = 1000


class Memory(dict[Any, _Value]):
    """What was concluded, by what it was concluded from."""

    def keep(self, handle: object, value: _Value) -> _Value:
        """The value, remembered under ``handle`` unless that is None or the memory is full."""
        if handle is not None and len(self) < MOST:
            self[handle] = value
        return value
