"""Write to the standard streams, completely or with an error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, Final

from bifrost_keys.cli.output.escaping import shown_json
from bifrost_keys.errors import IOFailureError
from bifrost_keys.gateway.secrets.masking import masked_message

# Nobody reads a longer list to the end, so it need not be indented.
_MOST_READ: Final = 1000
_BATCH: Final = 1 << 16


class ReaderGone(Exception):  # noqa: N818 (not an error)
    """Nobody reads standard output any more, and nothing was written: the run ends as by SIGPIPE."""

    exit_code = 128 + 13


def emit(text: Iterable[str], *, written: bool = False) -> None:
    """Write a result, whole or in pieces, to standard output. Raise IOFailureError if that fails.

    Pieces are made while they are written: 100,000 keys as one text would take as much memory as their file.
    """
    for batch in _batches((text,) if isinstance(text, str) else text):
        _write(batch, written=written)


def _batches(pieces: Iterable[str]) -> Iterator[str]:
    """Yield the text in large parts, with a line end after the last one."""
    batch: list[str] = []
    size, end = 0, "\n"
    for piece in pieces:
        if size >= _BATCH:
            yield "".join(batch)
            batch, size = [], 0
        batch.append(piece)
        size, end = size + len(piece), piece[-1:] or end
    yield "".join(batch) + ("" if end == "\n" else "\n")


def _write(text: str, *, written: bool) -> None:
    try:
        sys.stdout.write(_encodable(text))
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError) as error:
        give_up_stdout()
        if isinstance(error, BrokenPipeError) and not written:
            raise ReaderGone from None
        said = (
            "written: but the result could not be printed" if written else "the result could not be printed"
        )
        raise IOFailureError(said, code="output-failed") from None


def json_text(value: Any) -> str:
    """Return the value as indented JSON, with escapes for characters that standard output cannot encode."""
    return "".join(json_pieces(value))


def json_pieces(value: Any) -> Iterator[str]:
    """Yield the value as JSON, of which a member may be an iterator, for a list that is made in the meantime.

    If an object contains a very long list, each element is on one line: the indentation of Python's JSON
    encoder is written in Python, which takes four times as long.
    """
    members = dict(value) if isinstance(value, dict) else {}
    rest = {name: part for name, part in members.items() if isinstance(part, Iterator)}
    members |= {name: [*islice(part, _MOST_READ + 1)] for name, part in rest.items()}
    long = {name for name, part in members.items() if isinstance(part, list) and len(part) > _MOST_READ}
    if not long:
        yield _encoded(members if rest else value, indent=2)
        return
    before = "{\n"
    for name, part in members.items():
        yield f"{before}  {_encoded(name)}: "
        if name in long:
            yield from _lines(chain(part, rest.get(name, ())))
        else:
            yield _encoded(part)
        before = ",\n"
    yield "\n}"


def _lines(elements: Iterable[Any]) -> Iterator[str]:
    before = "[\n    "
    for element in elements:
        yield before + _encoded(element)
        before = ",\n    "
    yield "\n  ]"


def _encoded(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    if _encodable(text) != text:
        text = json.dumps(value, indent=indent)
    return shown_json(text)


def print_to_stderr(text: str) -> None:
    """Print one text on standard error; ignore a closed or full one."""
    try:
        sys.stderr.write(masked_message(text) + "\n")
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        return


def give_up_stdout() -> None:
    """Redirect standard output to nowhere, so that the interpreter's own last flush cannot fail."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.close(null)
    except OSError:
        return


def _encodable(text: str) -> str:
    """Return the text with escapes for characters that standard output cannot encode."""
    if text.isascii():
        return text
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)
