"""Read input from a file or from standard input."""

from __future__ import annotations

from typing import Final

from bifrost_keys.cli.session import Session
from bifrost_keys.gateway.secrets.detection import NOT_SHOWN, harmless

MAX_INPUT_BYTES: Final = 64 * 1024 * 1024


def read_input(session: Session, source: str) -> bytes:
    """Return the bytes of a named input, at most 64 MiB; ``-`` is standard input, for one reader only."""
    from bifrost_keys.stores.files.bounded_input import read_file, read_stdin

    if source == "-":
        session.claim_stdin("-")
        return read_stdin(limit=MAX_INPUT_BYTES)
    return read_file(source, limit=MAX_INPUT_BYTES, name=file_name(source, "the input"))


def input_name(source: str) -> str:
    """Return the name of an input in messages."""
    return "standard input" if source == "-" else source


def file_name(path: str, option: str) -> str:
    """Return the name of the file of an option in messages: its path, unless it may be a secret."""
    return path if harmless(path) else f"that of {option} {NOT_SHOWN}"
