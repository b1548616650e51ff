"""Errors in a JSON text, with their offset. No message contains any of the text."""

from __future__ import annotations


class ScanError(ValueError):
    """The text is not valid JSON at ``offset``; ``hint`` is the next step, or empty."""

    def __init__(self, offset: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message
        self.hint = hint


class PathError(LookupError):
    """The path of a change does not exist or is ambiguous; ``offset`` is the nearest position."""

    def __init__(self, path: tuple[str | int, ...], offset: int, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.offset = offset
        self.message = message
