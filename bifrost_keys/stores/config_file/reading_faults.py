"""Collect the faults of a text while reading it."""

from __future__ import annotations

from collections.abc import Sequence

from bifrost_keys.gateway.rules.fault import Fault

_HIDING = ("type-wrong", "member-duplicate")


class BlockedError(Exception):
    """A blocking fault was found, and further ones are not wanted."""


class Findings:
    """The faults found so far; ``blocking`` is the first for which an edit of the file is refused.

    ``misleading`` is the first for which reading is refused too: a value has a wrong type or a name appears
    twice, so that the result would differ from the file.
    """

    def __init__(self, *, lenient: bool) -> None:
        self.lenient = lenient
        self.problems: list[Fault] = []
        self.blocking: Fault | None = None
        self.misleading: Fault | None = None

    def block(self, faults: Sequence[Fault], *, report: bool = True) -> None:
        """Add faults that forbid an edit; raise BlockedError for the first, unless ``lenient``.

        Without ``report`` they are not added to ``problems``, because another rule reports them.
        """
        if not faults:
            return
        self.blocking = self.blocking or faults[0]
        hiding = (fault for fault in faults if fault.code in _HIDING)
        self.misleading = self.misleading or next(hiding, None)
        if report:
            self.problems += faults
        if not self.lenient:
            raise BlockedError

    def note(self, faults: Sequence[Fault]) -> None:
        """Add faults that do not forbid an edit."""
        self.problems += faults
