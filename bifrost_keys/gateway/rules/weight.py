"""Rules about weights: the gateway draws a key by whole hundredths, in 64 bits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from bifrost_keys.gateway.rules.fault import Fault, Path, breach

_PATH: Final[Path] = ("weight",)
_LEAST: Final = 0.01
_MOST_HUNDREDTHS: Final = 2**63 - 1
# The sum of a million smaller weights is not too large.
_WORTH_ADDING: Final = 1e10


def weight_faults(weight: Any, *, missing: bool) -> list[Fault]:
    """Return the faults of a key's weight, None if it is absent, null or not a number."""
    if missing:
        return [breach("weight-missing", _PATH, "is missing: the gateway uses 0", "write 1")]
    if weight is None:
        return []
    if weight < 0:
        message = "is negative: the gateway may crash at a request that draws among several keys"
        return [breach("weight-negative", _PATH, message, "give 0 or more")]
    if _hundredths(weight) > _MOST_HUNDREDTHS:
        message = "is too large: the gateway crashes at a request that draws among several keys"
        return [breach("weight-too-large", _PATH, message, "use a smaller number such as 1")]
    if weight < _LEAST:
        message = "counts as 0: the key is drawn only when every weight is 0"
        return [breach("weight-zero", _PATH, message, "give 0.01 or more", refused=False)]
    return []


def added_weight_faults(weight: Any, others: Iterable[Any]) -> list[Fault]:
    """Return a fault if a weight is too large together with those of the provider's other keys."""
    if not isinstance(weight, (int, float)) or weight < _WORTH_ADDING:
        return []
    if not weights_overflow([weight, *others]):
        return []
    message = "is too large together with the others: the gateway cannot add up the weights of the provider"
    return [breach("weights-too-large", _PATH, message, "use a smaller number such as 1")]


def weights_overflow(weights: Iterable[Any]) -> bool:
    """Return whether valid weights add up to more than the gateway can count."""
    usable = [_hundredths(weight) for weight in weights if isinstance(weight, (int, float)) and weight > 0]
    return sum(usable) > _MOST_HUNDREDTHS and max(usable) <= _MOST_HUNDREDTHS


def _hundredths(weight: float) -> int:
    return int(weight * 100) if isinstance(weight, int) or weight < _MOST_HUNDREDTHS else _MOST_HUNDREDTHS + 1
