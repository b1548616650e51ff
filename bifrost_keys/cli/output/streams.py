"""Write to the standard streams, completely or with an error."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Final

from bifrost_keys.cli.output.escaping import shown_json
from bifrost_keys.errors import IOFailureError
from bifrost_keys.gateway.secrets.masking import masked_message

# Nobody reads a longer list to the end, so it need not be indented.
_MOST_READ: Final = 1000


class ReaderGone(Exception):  # noqa: N818 (not an error)
    """Nobody reads standard output any more, and nothing was written: the run ends as by SIGPIPE."""

    exit_code = 128 + 13


def emit(text: str, *, written: bool = False) -> None:
    """Write a result to standard output. Raise IOFailureError if that fails."""
    whole = text if text.endswith("\n") or not text else text + "\n"
    try:
        sys.stdout.write(_encodable(whole))
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
    """Return the value as indented JSON, with escapes for characters that standard output cannot encode.

    If an object contains a very long list, each element is on one line: the indentation of Python's JSON
    encoder is written in Python, which takes four times as long.
    """
    text = _indented(value, ensure_ascii=False)
    if _encodable(text) != text:
        text = _indented(value, ensure_ascii=True)
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


def _indented(value: Any, *, ensure_ascii: bool) -> str:
    members = value.items() if isinstance(value, dict) else ()
    long = {name for name, part in members if isinstance(part, list) and len(part) > _MOST_READ}
    if not long:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=2)
    encode = json.JSONEncoder(ensure_ascii=ensure_ascii).encode
    lines = []
    for name, part in value.items():
        text = "[\n    " + ",\n    ".join(map(encode, part)) + "\n  ]" if name in long else encode(part)
        lines.append(f"  {encode(name)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _encodable(text: str) -> str:
    """Return the text with escapes for characters that standard output cannot encode."""
    if text.isascii():
        return text
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)
