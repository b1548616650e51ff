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
_LEVELS: Final = 3  # the list of files, a file, its findings


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
    """Yield the value as JSON, in which an iterator is a list that is made in the meantime.

    Each element of a very long list is on one line: the indentation of Python's JSON encoder is written in
    Python, which takes four times as long.
    """
    return _pieces(value, "\n")


def _pieces(value: Any, line: str) -> Iterator[str]:
    """Yield the pieces of a value; ``line`` is a line end and the indentation of the value's first line."""
    if isinstance(value, Iterator):
        first = [*islice(value, _MOST_READ + 1)]
        value = chain(first, value) if len(first) > _MOST_READ else first
    named, inner, before = isinstance(value, dict), f"{line}  ", ""
    if not _is_long(value) and not _is_long_inside(value):
        yield _encoded(value, indent=2).replace("\n", line)
        return
    yield "{" if named else "["
    for item in value.items() if named else value:
        yield before + inner + (f"{_encoded(item[0])}: " if named else "")
        if _is_long(value):
            yield _encoded(item)
        else:
            yield from _pieces(item[1] if named else item, inner)
        before = ","
    yield line + ("}" if named else "]")


def _is_long(value: Any) -> bool:
    return isinstance(value, Iterator) or (isinstance(value, list) and len(value) > _MOST_READ)


def _is_long_inside(value: Any, levels: int = _LEVELS) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels > 0 and any(_is_long(part) or _is_long_inside(part, levels - 1) for part in parts)


def _encoded(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=list)
    if _encodable(text) != text:
        text = json.dumps(json.loads(text), indent=indent)
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
